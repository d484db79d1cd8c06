// process.h - programs run inside namespaces, and what this process itself may do.
//
// fork in a process with many threads is safe only if the child calls nothing but async-signal-safe functions until it
// execs (POSIX.1-2017, fork). So everything that needs memory is prepared before, and the child only makes system
// calls.
#ifndef KUBEWIRE_IO_PROCESS_H
#define KUBEWIRE_IO_PROCESS_H

#include <functional>
#include <string>
#include <vector>

#include "status.h"

namespace kubewire {

struct Command {
  /// argv[0] is looked up in PATH of `env`, unless it has a slash.
  std::vector<std::string> argv;
  /// "NAME=value"
  std::vector<std::string> env;
  /// Empty = unchanged.
  std::string directory;
  /// Become 0, 1 and 2 of the child; -1 = /dev/null. Every other fd is closed.
  int stdio[3] = {0, 1, 2};
  /// Namespaces to enter, by fd; -1 = unchanged. The user namespace is entered first, to have its rights.
  int user_namespace = -1;
  int network_namespace = -1;
  /// Its view of files (view.h). `directory` is looked up in it; where there is none, the child begins at the root.
  int mount_namespace = -1;
  /// Of a UTS namespace of its own; empty = that of this process.
  std::string hostname;
  /// A session of its own: signals of the terminal do not reach it, and kill(-pid) reaches all of it.
  bool own_session = false;
  /// stdin is a terminal (terminal.h), which becomes the controlling terminal of that session.
  bool terminal = false;
  /// The child is killed when this process ends; 0 = none. (It is always killed when the calling process ends.)
  int owner_pid = 0;
};

struct Exit {
  /// Exit code, or 0 when a signal ended it.
  int code = 0;
  int signal = 0;
};

/// Starts a program and returns once it runs (or could not be started). `ended` is called once, on another thread.
Status spawn(const Command& command, int* pid, std::function<void(Exit)> ended);

/// Replaces this process by a program, with the same stdio. Returns only on failure.
Status replace_process(const std::vector<std::string>& argv, const std::vector<std::string>& env);

/// Tries in a child process whether network namespaces and TAPs can be made, with `user_namespace` in a new user
/// namespace. What failed is in the Status: "unshare", "open /dev/net/tun" or "TUNSETIFF".
Status probe_access(bool user_namespace);

}  // namespace kubewire

#endif
