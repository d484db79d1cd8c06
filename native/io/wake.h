// wake.h - eventfds: how one thread ends another's sleep in epoll.
#ifndef KUBEWIRE_IO_WAKE_H
#define KUBEWIRE_IO_WAKE_H

namespace kubewire {

/// A non-blocking eventfd, or -1 (errno says why).
int create_wake();

/// Makes the eventfd readable. Any thread may.
void wake(int fd);

/// Makes it unreadable again.
void clear_wake(int fd);

}  // namespace kubewire

#endif
