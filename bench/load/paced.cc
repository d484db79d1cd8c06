// paced.cc - open loops: requests and connections begin when the schedule says so, however slow the answers are.
//
// Latency counts from the time at which a request should have begun, so that a stall is seen by all that it delayed
// (no coordinated omission).
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <unordered_map>

#include "histogram.h"
#include "load.h"

namespace {

constexpr uint64_t kSecond = 1'000'000'000;
/// How long answers are waited for after the last request.
constexpr uint64_t kPatience = kSecond / 4;
constexpr int kEvents = 256;

void report(Latencies& latencies, uint64_t offered, uint64_t failed, uint64_t elapsed) {
  printf("{\"offered\":%llu,\"answered\":%zu,\"failed\":%llu,\"ns\":%llu,\"p50\":%llu,\"p99\":%llu,\"p999\":%llu}\n",
         static_cast<unsigned long long>(offered), latencies.count(), static_cast<unsigned long long>(failed),
         static_cast<unsigned long long>(elapsed), static_cast<unsigned long long>(latencies.quantile(0.5)),
         static_cast<unsigned long long>(latencies.quantile(0.99)),
         static_cast<unsigned long long>(latencies.quantile(0.999)));
}

/// Sleeps in epoll until something happens or the time has come, to the microsecond.
int wait_until(int epoll, epoll_event* events, uint64_t until) {
  const uint64_t now = now_ns();
  const uint64_t left = until > now ? until - now : 0;
  const timespec wait{static_cast<time_t>(left / kSecond), static_cast<long>(left % kSecond)};
  return epoll_pwait2(epoll, events, kEvents, &wait, nullptr);
}

class Schedule {
 public:
  Schedule(const Run& run, uint64_t start) : start_(start), gap_(kSecond / run.rate), total_(run.duration_ns / gap_) {}

  bool over() const { return next_ >= total_; }
  uint64_t due() const { return start_ + next_ * gap_; }
  void step() { next_++; }
  uint64_t offered() const { return next_; }
  uint64_t end() const { return start_ + total_ * gap_ + kPatience; }
  /// When to wake: the next request, or the end of patience.
  uint64_t wake() const { return over() ? end() : due(); }

 private:
  uint64_t start_, gap_, total_, next_ = 0;
};

}  // namespace

void paced_requests(const Run& run) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&run.target), sizeof run.target) != 0) fail("connect");
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
  Latencies latencies;
  const uint64_t start = now_ns();
  Schedule schedule(run, start);
  while (!(schedule.over() && (latencies.count() == schedule.offered() || now_ns() >= schedule.end()))) {
    epoll_event events[kEvents];
    wait_until(epoll, events, schedule.wake());
    uint64_t intended;
    while (recv(fd, &intended, sizeof intended, 0) == sizeof intended) latencies.add(now_ns() - intended);
    while (!schedule.over() && now_ns() >= schedule.due()) {
      intended = schedule.due();
      (void)!send(fd, &intended, sizeof intended, 0);
      schedule.step();
    }
  }
  report(latencies, schedule.offered(), schedule.offered() - latencies.count(), now_ns() - start);
}

void paced_connections(const Run& run) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  std::unordered_map<int, uint64_t> open;  // socket → intended begin
  Latencies latencies;
  uint64_t failed = 0;
  const auto finish = [&](int fd) {
    close(fd);
    open.erase(fd);
  };
  const auto begin = [&](uint64_t intended) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int one = 1;
    if (fd < 0) fail("socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&run.target), sizeof run.target) != 0 && errno != EINPROGRESS) {
      failed++;
      close(fd);
      return;
    }
    epoll_event event{};
    event.events = EPOLLOUT;
    event.data.fd = fd;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    open[fd] = intended;
  };
  const auto advance = [&](const epoll_event& event) {
    const int fd = event.data.fd;
    char byte = 'k';
    if (event.events & EPOLLOUT) {
      if (write(fd, &byte, 1) != 1) {
        failed++;
        return finish(fd);
      }
      epoll_event next{};
      next.events = EPOLLIN;
      next.data.fd = fd;
      epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &next);
      return;
    }
    if (read(fd, &byte, 1) == 1) {
      latencies.add(now_ns() - open[fd]);
    } else {
      failed++;
    }
    finish(fd);
  };
  const uint64_t start = now_ns();
  Schedule schedule(run, start);
  while (!schedule.over() || (!open.empty() && now_ns() < schedule.end())) {
    epoll_event events[kEvents];
    const int ready = wait_until(epoll, events, schedule.wake());
    for (int i = 0; i < ready; i++) advance(events[i]);
    while (!schedule.over() && now_ns() >= schedule.due()) {
      begin(schedule.due());
      schedule.step();
    }
  }
  report(latencies, schedule.offered(), failed + open.size(), now_ns() - start);
}
