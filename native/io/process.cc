// process.cc - programs run inside namespaces, and what this process itself may do.
#include "process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "tap.h"

namespace kubewire {

namespace {

/// Where in the child something went wrong; sent through a pipe with errno.
enum class Step : int {
  USER_NAMESPACE,
  NETWORK_NAMESPACE,
  MOUNT_NAMESPACE,
  HOSTNAME,
  DIRECTORY,
  STDIO,
  TERMINAL,
  PARENT,
  EXEC,
  UNSHARE,
  OPEN_TUN,
  SET_TUN
};

constexpr const char* kStepNames[] = {"enter the user namespace",
                                      "enter the network namespace",
                                      "enter the mount namespace",
                                      "set the host name",
                                      "change directory",
                                      "set up stdio",
                                      "take the terminal",
                                      "parent is gone",
                                      "exec",
                                      "unshare",
                                      "open /dev/net/tun",
                                      "TUNSETIFF"};

struct Failure {
  Step step;
  int error;
};

[[noreturn]] void give_up(int report, Step step) {
  const Failure failure{step, errno};
  (void)!write(report, &failure, sizeof failure);
  _exit(127);
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const std::string& text : strings) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

/// The file that execvp would run, so that the child needs no search; empty = none.
std::string find_program(const std::string& name, const std::vector<std::string>& env) {
  if (name.find('/') != std::string::npos) return name;
  std::string path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (const std::string& entry : env) {
    if (entry.starts_with("PATH=")) path = entry.substr(5);
  }
  for (size_t start = 0; start <= path.size() && !name.empty();) {
    const size_t end = std::min(path.find(':', start), path.size());
    const std::string folder = path.substr(start, end - start);
    const std::string file = (folder.empty() ? "." : folder) + "/" + name;
    if (access(file.c_str(), X_OK) == 0) return file;
    start = end + 1;
  }
  return "";
}

/// Everything that the child needs, in memory before fork.
struct Prepared {
  const Command& command;
  std::string program;
  std::vector<char*> argv, env;
  pid_t parent;
  int null_fd;
  int report;
};

void reset_signals() {
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; number++) sigaction(number, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void set_up_stdio(const Prepared& prepared) {
  // First out of the way, because a source may be one of the targets.
  int high[3];
  for (int i = 0; i < 3; i++) {
    const int source = prepared.command.stdio[i] < 0 ? prepared.null_fd : prepared.command.stdio[i];
    high[i] = fcntl(source, F_DUPFD_CLOEXEC, 10);
    if (high[i] < 0) give_up(prepared.report, Step::STDIO);
  }
  for (int i = 0; i < 3; i++) {
    if (dup2(high[i], i) < 0) give_up(prepared.report, Step::STDIO);
    // Node.js makes the pipes that it has non-blocking; a program that gets one loses what does not fit at once.
    const int flags = fcntl(i, F_GETFL);
    if (flags >= 0 && (flags & O_NONBLOCK)) fcntl(i, F_SETFL, flags & ~O_NONBLOCK);
  }
}

/// In the child: system calls only.
[[noreturn]] void become(const Prepared& prepared) {
  const Command& command = prepared.command;
  reset_signals();
  if (command.own_session) setsid();
  if (command.user_namespace >= 0 && setns(command.user_namespace, CLONE_NEWUSER) != 0) {
    give_up(prepared.report, Step::USER_NAMESPACE);
  }
  if (command.network_namespace >= 0 && setns(command.network_namespace, CLONE_NEWNET) != 0) {
    give_up(prepared.report, Step::NETWORK_NAMESPACE);
  }
  if (command.mount_namespace >= 0 && setns(command.mount_namespace, CLONE_NEWNS) != 0) {
    give_up(prepared.report, Step::MOUNT_NAMESPACE);
  }
  if (!command.hostname.empty() &&
      (unshare(CLONE_NEWUTS) != 0 || sethostname(command.hostname.data(), command.hostname.size()) != 0)) {
    give_up(prepared.report, Step::HOSTNAME);
  }
  if (!command.directory.empty() && chdir(command.directory.c_str()) != 0) give_up(prepared.report, Step::DIRECTORY);
  set_up_stdio(prepared);
  if (command.terminal && ioctl(0, TIOCSCTTY, 0) != 0) give_up(prepared.report, Step::TERMINAL);
  // The parent is the thread that forked; it lives as long as the child, unless the whole process is killed.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != prepared.parent) give_up(prepared.report, Step::PARENT);
  syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC);
  execve(prepared.program.c_str(), prepared.argv.data(), prepared.env.data());
  give_up(prepared.report, Step::EXEC);
}

/// Waits for the child; kills it when its owner ends first.
Exit wait_for(pid_t pid, int owner_pid) {
  const int owner = owner_pid == 0 ? -1 : static_cast<int>(syscall(SYS_pidfd_open, owner_pid, 0));
  if (owner_pid != 0 && owner < 0) kill(pid, SIGKILL);
  const int child = owner < 0 ? -1 : static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (child >= 0) {
    pollfd both[2] = {{child, POLLIN, 0}, {owner, POLLIN, 0}};
    while (poll(both, 2, -1) < 0 && errno == EINTR) {
    }
    if (both[0].revents == 0) kill(pid, SIGKILL);
    close(child);
  }
  if (owner >= 0) close(owner);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? Exit{0, WTERMSIG(status)} : Exit{WEXITSTATUS(status), 0};
}

/// Forks on this thread and reads the child's report: empty = it runs.
Status fork_child(const std::function<void(int report)>& child, pid_t* pid, const std::string& what) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return Status::failed("pipe2");
  *pid = fork();
  if (*pid == 0) {
    child(report[1]);
    _exit(0);
  }
  Status status = *pid < 0 ? Status::failed("fork") : Status{};
  close(report[1]);
  Failure failure;
  if (status.ok() && read(report[0], &failure, sizeof failure) == sizeof failure) {
    status = Status::failed(failure.error, kStepNames[static_cast<int>(failure.step)] + what);
    while (waitpid(*pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  close(report[0]);
  return status;
}

/// Runs one child: fork, tell the starter, wait, tell who wants to know when it ended.
struct Keeper {
  Command command;
  std::string program;
  std::function<void(Exit)> ended;
  std::mutex mutex;
  std::condition_variable started;
  bool done = false;
  Status status;
  pid_t pid = -1;

  void run() {
    Prepared prepared{command, program, pointers(command.argv), pointers(command.env), getpid(), -1, -1};
    prepared.null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    pid_t child = -1;
    const Status result = fork_child(
        [&](int report) {
          prepared.report = report;
          become(prepared);
        },
        &child, " (" + command.argv[0] + ")");
    close(prepared.null_fd);
    {
      const std::lock_guard lock(mutex);
      status = result;
      pid = child;
      done = true;
    }
    started.notify_one();
    if (result.ok()) ended(wait_for(child, command.owner_pid));
  }
};

void* keep(void* argument) {
  const std::unique_ptr<std::shared_ptr<Keeper>> keeper(static_cast<std::shared_ptr<Keeper>*>(argument));
  (*keeper)->run();
  return nullptr;
}

}  // namespace

Status spawn(const Command& command, int* pid, std::function<void(Exit)> ended) {
  *pid = -1;
  if (command.argv.empty()) return Status::failed(EINVAL, "no command");
  auto keeper = std::make_shared<Keeper>();
  keeper->command = command;
  keeper->program = find_program(command.argv[0], command.env);
  keeper->ended = std::move(ended);
  if (keeper->program.empty()) return Status::failed(ENOENT, "exec (" + command.argv[0] + ")");
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  auto* held = new std::shared_ptr<Keeper>(keeper);
  const int error = pthread_create(&thread, nullptr, keep, held);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) {
    delete held;
    return Status::failed(error, "start a helper thread");
  }
  pthread_detach(thread);
  std::unique_lock lock(keeper->mutex);
  keeper->started.wait(lock, [&] { return keeper->done; });
  *pid = keeper->pid;
  return keeper->status;
}

Status replace_process(const std::vector<std::string>& argv, const std::vector<std::string>& env) {
  const std::string program = argv.empty() ? "" : find_program(argv[0], env);
  if (program.empty()) return Status::failed(ENOENT, "exec");
  // Node marks its stdio close-on-exec when it starts.
  for (int fd = 0; fd < 3; fd++) fcntl(fd, F_SETFD, 0);
  execve(program.c_str(), pointers(argv).data(), pointers(env).data());
  return Status::failed("exec (" + argv[0] + ")");
}

Status probe_access(bool user_namespace) {
  pid_t pid = -1;
  const Status status = fork_child(
      [user_namespace](int report) {
        if (unshare((user_namespace ? CLONE_NEWUSER : 0) | CLONE_NEWNET) != 0) give_up(report, Step::UNSHARE);
        const TapTrial trial = try_tap();
        if (trial == TapTrial::NOT_OPENED) give_up(report, Step::OPEN_TUN);
        if (trial == TapTrial::NOT_SET) give_up(report, Step::SET_TUN);
      },
      &pid, "");
  if (status.ok()) {
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  return status;
}

}  // namespace kubewire
