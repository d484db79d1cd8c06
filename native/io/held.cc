// held.cc - Held: frames that are on their way over a slow link, by when they arrive.
#include "held.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "device.h"

namespace kubewire {

namespace {

constexpr uint64_t kSecond = 1'000'000'000;

/// A frame may become longer at the next node: an error about it is.
uint32_t capacity_of(const Frame& frame) { return std::max(frame.length + 256, kFrameCapacityMinimum); }

bool later(const HeldFrame& a, const HeldFrame& b) { return a.due != b.due ? a.due > b.due : a.order > b.order; }

}  // namespace

Held::~Held() {
  if (timer_ >= 0) close(timer_);
}

bool Held::open() {
  timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  return timer_ >= 0;
}

bool Held::push(HeldFrame held, const Frame& frame) {
  const uint32_t capacity = capacity_of(frame);
  if (bytes_ + capacity > kBytesMaximum) return false;
  held.order = order_++;
  held.frame = frame;
  held.memory = std::make_unique<uint8_t[]>(kFrameLead + capacity);
  held.frame.data = held.memory.get() + kFrameLead;
  held.frame.capacity = capacity;
  memcpy(held.frame.data, frame.data, frame.length);
  bytes_ += capacity;
  frames_.push_back(std::move(held));
  std::push_heap(frames_.begin(), frames_.end(), later);
  return true;
}

bool Held::pop(uint64_t now, HeldFrame* frame) {
  if (frames_.empty() || frames_.front().due > now) return false;
  std::pop_heap(frames_.begin(), frames_.end(), later);
  *frame = std::move(frames_.back());
  frames_.pop_back();
  bytes_ -= frame->frame.capacity;
  return true;
}

void Held::arm() {
  const uint64_t due = frames_.empty() ? 0 : frames_.front().due;
  if (due == armed_) return;
  armed_ = due;
  itimerspec at{};
  at.it_value.tv_sec = static_cast<time_t>(due / kSecond);
  at.it_value.tv_nsec = static_cast<long>(due % kSecond);
  timerfd_settime(timer_, TFD_TIMER_ABSTIME, &at, nullptr);
}

void Held::clear_timer() {
  uint64_t ticks;
  if (read(timer_, &ticks, sizeof ticks) > 0) armed_ = 0;
}

}  // namespace kubewire
