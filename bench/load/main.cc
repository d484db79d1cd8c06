// main.cc - load generator of the benchmarks: `load MODE ADDRESS PORT MS BYTES SEGMENTS RATE`, results as one line of JSON.
#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "load.h"

volatile bool stopped = false;

uint64_t now_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

void sleep_until(uint64_t ns) {
  const timespec until{static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

uint64_t machine_busy_ns() {
  FILE* file = fopen("/proc/stat", "r");
  if (file == nullptr) fail("/proc/stat");
  // user nice system idle iowait irq softirq steal
  unsigned long long t[8] = {};
  const int read =
      fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", t, t + 1, t + 2, t + 3, t + 4, t + 5, t + 6, t + 7);
  fclose(file);
  if (read < 7) fail("/proc/stat");
  const uint64_t ticks = t[0] + t[1] + t[2] + t[5] + t[6];
  return ticks * (1'000'000'000ull / static_cast<uint64_t>(sysconf(_SC_CLK_TCK)));
}

void fail(const char* what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

namespace {

const struct {
  const char* name;
  void (*run)(const Run&);
} kModes[] = {
    {"blast", blast},
    {"sink", sink},
    {"echo", echo},
    {"requests", requests},
    {"connections", connections},
    {"paced-requests", paced_requests},
    {"paced-connections", paced_connections},
    {"names", names},
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 8) {
    fprintf(stderr, "usage: load MODE ADDRESS PORT MS BYTES SEGMENTS RATE\n");
    return 2;
  }
  Run run{};
  run.target.sin_family = AF_INET;
  run.target.sin_port = htons(static_cast<uint16_t>(atoi(argv[3])));
  if (inet_pton(AF_INET, argv[2], &run.target.sin_addr) != 1) fail(argv[2]);
  run.duration_ns = strtoull(argv[4], nullptr, 10) * 1'000'000;
  run.bytes = static_cast<uint32_t>(atoi(argv[5]));
  run.segments = static_cast<uint32_t>(atoi(argv[6]));
  run.rate = strtoull(argv[7], nullptr, 10);
  // The default lets the kernel wake us 50 us late: a schedule needs better.
  prctl(PR_SET_TIMERSLACK, 1);
  signal(SIGPIPE, SIG_IGN);
  struct sigaction action = {};
  action.sa_handler = [](int) { stopped = true; };
  sigaction(SIGTERM, &action, nullptr);
  for (const auto& mode : kModes) {
    if (strcmp(mode.name, argv[1]) != 0) continue;
    mode.run(run);
    return 0;
  }
  fprintf(stderr, "load: unknown mode %s\n", argv[1]);
  return 2;
}
