// exchange.cc - closed loops: request after response on one connection, and a connection for every request.
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

#include "histogram.h"
#include "load.h"

namespace {

int connected(const Run& run) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int one = 1;
  // Nothing may wait for ever.
  const timeval wait{2, 0};
  if (fd < 0) fail("socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&run.target), sizeof run.target) != 0) fail("connect");
  return fd;
}

void exchange(int fd) {
  char byte = 'k';
  if (write(fd, &byte, 1) != 1) fail("write");
  if (read(fd, &byte, 1) != 1) fail("read");
}

void report(Latencies& latencies, uint64_t elapsed, uint64_t busy) {
  printf("{\"done\":%zu,\"ns\":%llu,\"busyNs\":%llu,\"p50\":%llu,\"p99\":%llu,\"p999\":%llu}\n", latencies.count(),
         static_cast<unsigned long long>(elapsed), static_cast<unsigned long long>(busy),
         static_cast<unsigned long long>(latencies.quantile(0.5)),
         static_cast<unsigned long long>(latencies.quantile(0.99)),
         static_cast<unsigned long long>(latencies.quantile(0.999)));
}

}  // namespace

void requests(const Run& run) {
  const int fd = connected(run);
  Latencies latencies;
  const uint64_t busy = machine_busy_ns();
  const uint64_t start = now_ns();
  for (uint64_t now = start; now - start < run.duration_ns;) {
    exchange(fd);
    const uint64_t after = now_ns();
    latencies.add(after - now);
    now = after;
  }
  report(latencies, now_ns() - start, machine_busy_ns() - busy);
}

void connections(const Run& run) {
  Latencies latencies;
  const uint64_t busy = machine_busy_ns();
  const uint64_t start = now_ns();
  for (uint64_t now = start; now - start < run.duration_ns;) {
    const int fd = connected(run);
    exchange(fd);
    close(fd);
    const uint64_t after = now_ns();
    latencies.add(after - now);
    now = after;
  }
  report(latencies, now_ns() - start, machine_busy_ns() - busy);
}
