// echo.cc - the server: sends back every datagram, and every byte of every TCP connection.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "load.h"

namespace {

constexpr int kBacklog = 4096;
constexpr int kEvents = 64;
constexpr size_t kBuffer = 65'536;

int bound(int type, const Run& run) {
  const int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int one = 1;
  if (fd < 0) fail("socket");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in any = run.target;
  any.sin_addr.s_addr = INADDR_ANY;
  if (bind(fd, reinterpret_cast<sockaddr*>(&any), sizeof any) != 0) fail("bind");
  return fd;
}

void watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
}

void answer_datagrams(int fd, char* buffer) {
  for (;;) {
    sockaddr_in from;
    socklen_t length = sizeof from;
    const ssize_t size = recvfrom(fd, buffer, kBuffer, 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (size < 0) return;
    (void)!sendto(fd, buffer, static_cast<size_t>(size), 0, reinterpret_cast<sockaddr*>(&from), length);
  }
}

void answer_bytes(int fd, char* buffer) {
  const ssize_t size = read(fd, buffer, kBuffer);
  if (size > 0) {
    (void)!write(fd, buffer, static_cast<size_t>(size));
  } else if (size == 0 || errno != EAGAIN) {
    close(fd);
  }
}

}  // namespace

void echo(const Run& run) {
  const int udp = bound(SOCK_DGRAM, run);
  const int listener = bound(SOCK_STREAM, run);
  if (listen(listener, kBacklog) != 0) fail("listen");
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, udp);
  watch(epoll, listener);
  puts("ready");
  fflush(stdout);
  static char buffer[kBuffer];
  while (!stopped) {
    epoll_event events[kEvents];
    const int ready = epoll_wait(epoll, events, kEvents, 100);
    for (int i = 0; i < ready; i++) {
      const int fd = events[i].data.fd;
      if (fd == udp) {
        answer_datagrams(fd, buffer);
      } else if (fd == listener) {
        for (int peer; (peer = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
          watch(epoll, peer);
        }
      } else {
        answer_bytes(fd, buffer);
      }
    }
  }
  printf("{}\n");
}
