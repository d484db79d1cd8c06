// loop_sleep.cc - Loop: how it waits for frames, awake or asleep.
#include <sys/epoll.h>

#include <algorithm>

#include "loop.h"
#include "thread.h"

namespace kubewire {

bool Loop::sleep_allowed() {
  for (const auto& ring : in_) ring->set_sleeping(true);
  return std::all_of(in_.begin(), in_.end(), [](const auto& ring) { return ring->empty(); });
}

void Loop::busy_poll(uint32_t window_us) {
  patience_.set_window(uint64_t{window_us} * 1000);
  if (window_us != 0) ask_for_short_turns();
}

int Loop::ask(epoll_event* events, uint64_t now) {
  const uint64_t window = patience_.window(now);
  if (window == 0) return 0;
  const uint64_t pushed = times_pushed_aside();
  int ready = 0;
  uint64_t spent = 0;
  while (ready == 0 && spent < window) {
    ready = epoll_wait(epoll_, events, kEvents, 0);
    spent = clock_() - now;
  }
  patience_.learn(ready > 0, times_pushed_aside() != pushed, spent);
  return ready;
}

int Loop::wait(epoll_event* events, int timeout_ms) {
  if (timeout_ms == 0) return epoll_wait(epoll_, events, kEvents, 0);
  gate_.open(this);
  const int ready = epoll_wait(epoll_, events, kEvents, timeout_ms);
  gate_.close();
  return ready;
}

}  // namespace kubewire
