// watch.h - epoll for threads outside the dataplane: which of many file descriptors can be read.
#ifndef KUBEWIRE_IO_WATCH_H
#define KUBEWIRE_IO_WATCH_H

#include <vector>

#include "status.h"

namespace kubewire {

/// Makes a watch, a file descriptor that its owner closes.
Status create_watch(int* watch);

/// Watches `fd` from now on, until it is closed.
Status watch_fd(int watch, int fd);

/// Waits until one of the file descriptors can be read, for at most `timeout_ms`. `ready` gets those that
/// can (only some if there are very many), or none after a timeout.
Status ready_fds(int watch, int timeout_ms, std::vector<int>* ready);

}  // namespace kubewire

#endif
