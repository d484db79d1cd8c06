// stream.cc - one way: datagrams as fast as they go, or on a schedule, and whoever counts them.
#include <netinet/udp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "load.h"

namespace {

constexpr uint32_t kBatch = 32;
constexpr int kReceiveBuffer = 8 << 20;
constexpr size_t kLargest = 65'536;

int udp_socket() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  return fd;
}

/// One call a message: a real sender does not batch, and the path behind it costs more than the call.
uint64_t send_all(int fd, const Run& run, uint64_t end, uint64_t start) {
  std::vector<char> payload(static_cast<size_t>(run.bytes) * run.segments, 'k');
  uint64_t sent = 0;
  for (uint64_t now = now_ns(); now < end; now = now_ns()) {
    if (run.rate != 0) {
      // What the schedule allows until now; it is caught up with when we were late.
      const uint64_t due = (now - start) * run.rate / 1'000'000'000;
      if (sent >= due) {
        sleep_until(start + (sent + 1) * 1'000'000'000 / run.rate);
        continue;
      }
    }
    for (uint32_t i = 0; i < kBatch; i++) {
      const ssize_t size = send(fd, payload.data(), payload.size(), 0);
      if (size < 0 && errno != ENOBUFS && errno != ECONNREFUSED && errno != EAGAIN) fail("send");
      if (size >= 0) sent += run.segments;
      if (run.rate != 0 && sent >= (now - start) * run.rate / 1'000'000'000) break;
    }
  }
  return sent;
}

}  // namespace

void blast(const Run& run) {
  const int fd = udp_socket();
  if (connect(fd, reinterpret_cast<const sockaddr*>(&run.target), sizeof run.target) != 0) fail("connect");
  if (run.segments > 1) {
    const int size = static_cast<int>(run.bytes);
    if (setsockopt(fd, SOL_UDP, UDP_SEGMENT, &size, sizeof size) != 0) fail("UDP_SEGMENT");
  }
  const uint64_t busy = machine_busy_ns();
  const uint64_t start = now_ns();
  const uint64_t sent = send_all(fd, run, start + run.duration_ns, start);
  const uint64_t elapsed = now_ns() - start;
  printf("{\"sent\":%llu,\"ns\":%llu,\"busyNs\":%llu}\n", static_cast<unsigned long long>(sent),
         static_cast<unsigned long long>(elapsed), static_cast<unsigned long long>(machine_busy_ns() - busy));
}

void sink(const Run& run) {
  const int fd = udp_socket();
  int one = 1, size = kReceiveBuffer;
  // Beyond the limit of ordinary users where we may.
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  }
  if (run.segments > 1 && setsockopt(fd, SOL_UDP, UDP_GRO, &one, sizeof one) != 0) fail("UDP_GRO");
  sockaddr_in any = run.target;
  any.sin_addr.s_addr = INADDR_ANY;
  if (bind(fd, reinterpret_cast<sockaddr*>(&any), sizeof any) != 0) fail("bind");
  // Wakes to see whether it is over.
  const timeval wait{0, 50'000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  std::vector<char> buffer(kLargest * kBatch);
  mmsghdr messages[kBatch] = {};
  iovec places[kBatch];
  for (uint32_t i = 0; i < kBatch; i++) {
    places[i] = {buffer.data() + i * kLargest, kLargest};
    messages[i].msg_hdr.msg_iov = &places[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  puts("ready");
  fflush(stdout);
  uint64_t datagrams = 0, bytes = 0, first = 0, last = 0;
  while (!stopped) {
    const int got = recvmmsg(fd, messages, kBatch, MSG_WAITFORONE, nullptr);
    if (got <= 0) continue;
    last = now_ns();
    if (first == 0) first = last;
    for (int i = 0; i < got; i++) {
      bytes += messages[i].msg_len;
      datagrams += (messages[i].msg_len + run.bytes - 1) / run.bytes;
    }
  }
  printf("{\"received\":%llu,\"bytes\":%llu,\"ns\":%llu}\n", static_cast<unsigned long long>(datagrams),
         static_cast<unsigned long long>(bytes), static_cast<unsigned long long>(last - first));
}
