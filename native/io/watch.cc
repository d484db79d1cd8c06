// watch.cc - epoll for threads outside the dataplane: which of many file descriptors can be read.
#include "watch.h"

#include <sys/epoll.h>

#include <cerrno>

namespace kubewire {

namespace {

/// Descriptors left out are reported the next time.
constexpr int kMost = 64;

}  // namespace

Status create_watch(int* watch) {
  *watch = epoll_create1(EPOLL_CLOEXEC);
  return *watch < 0 ? Status::failed("epoll_create1") : Status{};
}

Status watch_fd(int watch, int fd) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
  return epoll_ctl(watch, EPOLL_CTL_ADD, fd, &event) != 0 ? Status::failed("epoll_ctl") : Status{};
}

Status ready_fds(int watch, int timeout_ms, std::vector<int>* ready) {
  epoll_event events[kMost];
  const int count = epoll_wait(watch, events, kMost, timeout_ms);
  if (count < 0 && errno != EINTR) return Status::failed("epoll_wait");
  for (int i = 0; i < count; i++) ready->push_back(events[i].data.fd);
  return {};
}

}  // namespace kubewire
