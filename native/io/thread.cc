// thread.cc - what the scheduler knows of the calling thread, and what it is asked for.
#include "thread.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace kubewire {

namespace {

/// The least that Linux takes.
constexpr uint64_t kTurnNs = 100'000;

/// struct sched_attr, the form of Linux 3.14; the C library has none.
struct ScheduleRequest {
  uint32_t size = sizeof(ScheduleRequest);
  uint32_t policy = 0;  // SCHED_OTHER
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0, deadline = 0, period = 0;
};

}  // namespace

uint64_t times_pushed_aside() {
  rusage usage;
  getrusage(RUSAGE_THREAD, &usage);
  return static_cast<uint64_t>(usage.ru_nivcsw);
}

void ask_for_short_turns() {
  ScheduleRequest request;
  // What it inherited in other respects stays.
  if (syscall(SYS_sched_getattr, 0, &request, sizeof request, 0) != 0) return;
  request.runtime = kTurnNs;
  (void)!syscall(SYS_sched_setattr, 0, &request, 0);
}

}  // namespace kubewire
