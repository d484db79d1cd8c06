// dns.cc - many queries at the same time: A records of names that the run counts, as dnsperf asks.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "histogram.h"
#include "load.h"

namespace {

/// Queries under way.
constexpr unsigned kWindow = 64;
/// A query that is not answered for so long is lost, and its place is free again.
constexpr uint64_t kPatience = 250'000'000;
constexpr size_t kHeader = 12;

struct Slot {
  uint64_t sent = 0;
  uint8_t query[96];
  size_t length = 0;
};

size_t put_label(uint8_t* at, const char* label) {
  const size_t length = strlen(label);
  *at = static_cast<uint8_t>(length);
  memcpy(at + 1, label, length);
  return length + 1;
}

/// `sN.bench.svc.cluster.local`, type A, class IN; the number of the slot is the number of the query.
void write_query(Slot& slot, unsigned number, unsigned name) {
  uint8_t* at = slot.query;
  const uint8_t head[kHeader] = {static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number), 1, 0, 0, 1};
  memcpy(at, head, sizeof head);
  at += sizeof head;
  char first[16];
  snprintf(first, sizeof first, "s%u", name);
  for (const char* label : {static_cast<const char*>(first), "bench", "svc", "cluster", "local"})
    at += put_label(at, label);
  const uint8_t tail[] = {0, 0, 1, 0, 1};
  memcpy(at, tail, sizeof tail);
  slot.length = static_cast<size_t>(at + sizeof tail - slot.query);
}

}  // namespace

void names(const Run& run) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&run.target), sizeof run.target) != 0) fail("connect");
  static Slot slots[kWindow];
  Latencies latencies;
  uint64_t wrong = 0, lost = 0, next = 0;
  const uint64_t busy = machine_busy_ns();
  const uint64_t start = now_ns();
  for (uint64_t now = start; now - start < run.duration_ns; now = now_ns()) {
    for (unsigned i = 0; i < kWindow; i++) {
      if (slots[i].sent != 0 && now - slots[i].sent < kPatience) continue;
      if (slots[i].sent != 0) lost++;
      write_query(slots[i], i, static_cast<unsigned>(next++ % run.segments));
      slots[i].sent = now_ns();
      (void)!send(fd, slots[i].query, slots[i].length, 0);
    }
    pollfd wait{fd, POLLIN, 0};
    poll(&wait, 1, 50);
    uint8_t answer[512];
    for (ssize_t got; (got = recv(fd, answer, sizeof answer, MSG_DONTWAIT)) > 0;) {
      const unsigned number = static_cast<unsigned>(answer[0] << 8 | answer[1]);
      if (static_cast<size_t>(got) < kHeader || number >= kWindow || slots[number].sent == 0) continue;
      // NOERROR, and one answer.
      if ((answer[3] & 15) != 0 || answer[7] != 1) wrong++;
      latencies.add(now_ns() - slots[number].sent);
      slots[number].sent = 0;
    }
  }
  printf("{\"done\":%zu,\"wrong\":%llu,\"lost\":%llu,\"ns\":%llu,\"busyNs\":%llu,\"p50\":%llu,\"p99\":%llu}\n",
         latencies.count(), static_cast<unsigned long long>(wrong), static_cast<unsigned long long>(lost),
         static_cast<unsigned long long>(now_ns() - start), static_cast<unsigned long long>(machine_busy_ns() - busy),
         static_cast<unsigned long long>(latencies.quantile(0.5)),
         static_cast<unsigned long long>(latencies.quantile(0.99)));
}
