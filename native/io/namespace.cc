// namespace.cc - anonymous network namespaces, held by file descriptor, and work done inside them.
#include "namespace.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "netlink.h"

namespace kubewire {

namespace {

struct Errand {
  const std::function<Status()>* work;
  Status status;
};

void* run_errand(void* argument) {
  Errand* errand = static_cast<Errand*>(argument);
  errand->status = (*errand->work)();
  return nullptr;
}

}  // namespace

Status on_helper_thread(const std::function<Status()>& work) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  Errand errand{&work, {}};
  pthread_t thread;
  int error = pthread_create(&thread, nullptr, run_errand, &errand);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) return Status::failed(error, "start a helper thread");
  pthread_join(thread, nullptr);
  return errand.status;
}

Status create_namespace(int* fd) {
  *fd = -1;
  return on_helper_thread([fd]() -> Status {
    if (unshare(CLONE_NEWNET) != 0) return Status::failed("unshare(CLONE_NEWNET)");
    int opened = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (opened < 0) return Status::failed("open /proc/thread-self/ns/net");
    InterfaceConfig loopback;
    loopback.name = "lo";
    loopback.up = true;
    Status status = configure_interface(loopback);
    if (!status.ok()) {
      close(opened);
      return status;
    }
    *fd = opened;
    return {};
  });
}

Status in_namespace(int fd, const std::function<Status()>& work) {
  return on_helper_thread([fd, &work]() -> Status {
    if (setns(fd, CLONE_NEWNET) != 0) return Status::failed("setns(CLONE_NEWNET)");
    return work();
  });
}

Status write_sysctl(const std::string& key, const std::string& value) {
  std::string path = "/proc/sys/" + key;
  // As in sysctl(8): dots separate, and a slash inside a part means a dot (interface names such as eth0.5).
  for (size_t i = 10; i < path.size(); i++) {
    if (path[i] == '.') {
      path[i] = '/';
    } else if (path[i] == '/') {
      path[i] = '.';
    }
  }
  if (path.find("//") != std::string::npos || path.find("/../") != std::string::npos) {
    return Status::failed(EINVAL, "sysctl " + key);
  }
  int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return Status::failed("sysctl " + key);
  ssize_t written = write(fd, value.data(), value.size());
  const bool all = written == static_cast<ssize_t>(value.size());
  const Status status = all ? Status{} : Status::failed("sysctl " + key + "=" + value);
  close(fd);
  return status;
}

}  // namespace kubewire
