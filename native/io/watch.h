// watch.h - epoll for a thread that is none of the dataplane's: which of many file descriptors can be read.
#ifndef KUBEWIRE_IO_WATCH_H
#define KUBEWIRE_IO_WATCH_H

#include <vector>

#include "status.h"

namespace kubewire {

/// Makes a watch, a file descriptor that its owner closes.
Status create_watch(int* watch);

/// From now on `fd` is watched, until it is closed.
Status watch_fd(int watch, int fd);

/// Waits until one of the file descriptors can be read, for at most `timeout_ms`. `ready` are those that can, some of
/// them if there are very many; none when the time is over.
Status ready_fds(int watch, int timeout_ms, std::vector<int>* ready);

}  // namespace kubewire

#endif
