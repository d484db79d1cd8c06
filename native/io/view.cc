// view.cc - mount namespaces with a pod's own files, made on a thread that ends with its work.
#include "view.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <set>
#include <utility>

#include "namespace.h"

namespace kubewire {

namespace {

// Of linux/mount.h, which cannot be included beside sys/mount.h everywhere.
constexpr unsigned kCloneTree = 1 | O_CLOEXEC;
constexpr unsigned kRecursive = 0x8000;
constexpr unsigned kMoveFromFd = 0x04;
constexpr unsigned kMoveToLink = 0x10;
constexpr unsigned kOpenCloexec = 1;
constexpr unsigned kConfigString = 1;
constexpr unsigned kConfigCreate = 6;
constexpr uint64_t kReadOnly = 1;

struct MountAttributes {
  uint64_t set, clear, propagation, user_namespace;
};

/// Closes itself.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Fd clone_tree(int folder, const char* path, unsigned flags) {
  return Fd(static_cast<int>(syscall(SYS_open_tree, folder, path, kCloneTree | flags)));
}

bool move_mount_to(const Fd& tree, int folder, const char* path) {
  return syscall(SYS_move_mount, tree.get(), "", folder, path, kMoveFromFd | kMoveToLink) == 0;
}

/// A file system in memory, mounted nowhere yet.
Fd memory(mode_t mode) {
  const Fd context(static_cast<int>(syscall(SYS_fsopen, "tmpfs", kOpenCloexec)));
  char text[16];
  snprintf(text, sizeof text, "%o", mode & 07777);
  if (!context.ok() || syscall(SYS_fsconfig, context.get(), kConfigString, "mode", text, 0) != 0 ||
      syscall(SYS_fsconfig, context.get(), kConfigCreate, nullptr, nullptr, 0) != 0) {
    return Fd();
  }
  return Fd(static_cast<int>(syscall(SYS_fsmount, context.get(), kOpenCloexec, 0)));
}

Status failed(const char* what, const std::string& path) { return Status::failed(what + (" (" + path + ")")); }

/// Shows one entry of a folder at the same name in another.
Status show(int from, int to, const char* name) {
  struct stat entry;
  if (fstatat(from, name, &entry, AT_SYMLINK_NOFOLLOW) != 0) return {};
  if (S_ISLNK(entry.st_mode)) {
    char target[4096];
    const ssize_t length = readlinkat(from, name, target, sizeof target - 1);
    if (length < 0) return failed("readlink", name);
    target[length] = 0;
    return symlinkat(target, to, name) == 0 ? Status{} : failed("symlink", name);
  }
  const bool folder = S_ISDIR(entry.st_mode);
  const int made = folder ? mkdirat(to, name, 0755) : mknodat(to, name, S_IFREG | 0644, 0);
  if (made != 0) return failed("create", name);
  const Fd tree = clone_tree(from, name, kRecursive | AT_SYMLINK_NOFOLLOW);
  if (!tree.ok() || !move_mount_to(tree, to, name)) return failed("mount", name);
  return {};
}

/// The files of a view while it is made, on a thread that is in it.
class Making {
 public:
  /// Of a store or a mirror: what is made there is seen by nobody else.
  void own(int fd) {
    struct stat root;
    if (fstat(fd, &root) == 0) own_.insert(root.st_dev);
  }

  /// Makes an empty file or folder at `path`, and the folders above it.
  Status make(const std::string& path, bool folder) {
    struct stat found;
    if (stat(path.c_str(), &found) == 0) {
      return S_ISDIR(found.st_mode) == folder ? Status{}
                                              : Status::failed(folder ? ENOTDIR : EISDIR, "mount on " + path);
    }
    const size_t slash = path.rfind('/');
    const std::string parent = slash == 0 ? "/" : path.substr(0, slash);
    Status status = make(parent, true);
    if (!status.ok()) return status;
    struct stat above;
    if (stat(parent.c_str(), &above) != 0) return failed("stat", parent);
    if (own_.count(above.st_dev) == 0 && !(status = mirror(parent)).ok()) return status;
    // A link that leads nowhere.
    unlink(path.c_str());
    const int made = folder ? mkdir(path.c_str(), 0755) : mknod(path.c_str(), S_IFREG | 0644, 0);
    return made == 0 ? Status{} : failed("create", path);
  }

 private:
  Status mirror(const std::string& path) {
    const Fd before(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    struct stat folder;
    if (!before.ok() || fstat(before.get(), &folder) != 0) return failed("open", path);
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(path.c_str()), closedir);
    const Fd mirrored = memory(folder.st_mode);
    if (!entries || !mirrored.ok()) return failed("mirror", path);
    if (!move_mount_to(mirrored, AT_FDCWD, path.c_str())) return failed("mirror", path);
    // What is mounted over the root is seen only by who enters it.
    if (path == "/" && (fchdir(mirrored.get()) != 0 || chroot(".") != 0)) return failed("enter", path);
    own(mirrored.get());
    Status status;
    while (const dirent* entry = status.ok() ? readdir(entries.get()) : nullptr) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") status = show(before.get(), mirrored.get(), name.c_str());
    }
    return status;
  }

  std::set<dev_t> own_;
};

/// A mount namespace of the calling thread's own, from which nothing comes back to the machine.
Status leave_machine() {
  if (unshare(CLONE_NEWNS) != 0) return Status::failed("unshare(CLONE_NEWNS)");
  return mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 ? Status{} : Status::failed("make / private");
}

int own_namespace() { return open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC); }

}  // namespace

Status create_store(int* ns, int* root) {
  return on_helper_thread([=]() -> Status {
    const Status left = leave_machine();
    if (!left.ok()) return left;
    Fd here(own_namespace());
    Fd files = memory(0755);
    // Any folder will do that is there on every machine: nobody looks it up in this namespace.
    if (!here.ok() || !files.ok() || !move_mount_to(files, AT_FDCWD, "/proc")) return Status::failed("mount tmpfs");
    *ns = here.release();
    *root = files.release();
    return {};
  });
}

Status create_view(int store_ns, int store_root, const std::vector<ViewMount>& mounts, int* fd) {
  return on_helper_thread([&]() -> Status {
    Status status = leave_machine();
    if (!status.ok()) return status;
    Fd home(own_namespace());
    if (!home.ok() || setns(store_ns, CLONE_NEWNS) != 0) return Status::failed("setns(CLONE_NEWNS)");
    std::vector<Fd> trees;
    for (const ViewMount& one : mounts) {
      trees.push_back(clone_tree(store_root, one.source.c_str(), 0));
      if (!trees.back().ok()) return failed("open_tree", one.source);
    }
    if (setns(home.get(), CLONE_NEWNS) != 0) return Status::failed("setns(CLONE_NEWNS)");
    Making making;
    making.own(store_root);
    for (size_t i = 0; status.ok() && i < mounts.size(); i++) {
      struct stat source;
      if (fstat(trees[i].get(), &source) != 0) return failed("stat", mounts[i].source);
      status = making.make(mounts[i].target, S_ISDIR(source.st_mode));
      if (!status.ok()) break;
      if (!move_mount_to(trees[i], AT_FDCWD, mounts[i].target.c_str())) status = failed("mount", mounts[i].target);
    }
    // Only now, because other places may lie inside.
    MountAttributes attributes = {kReadOnly, 0, 0, 0};
    for (size_t i = 0; status.ok() && i < mounts.size(); i++) {
      if (mounts[i].read_only &&
          syscall(SYS_mount_setattr, trees[i].get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) != 0) {
        status = failed("make read-only", mounts[i].target);
      }
    }
    if (status.ok()) *fd = home.release();
    return status;
  });
}

}  // namespace kubewire
