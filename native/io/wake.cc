// wake.cc - eventfds: how one thread ends another's sleep in epoll.
#include "wake.h"

#include <sys/eventfd.h>

namespace kubewire {

int create_wake() { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

// The only way to fail is a counter that is already at its maximum, and then the sleeper wakes anyway.
void wake(int fd) { (void)eventfd_write(fd, 1); }

void clear_wake(int fd) {
  eventfd_t count;
  (void)eventfd_read(fd, &count);
}

}  // namespace kubewire
