// waiting.h - Waiting: frames that were read from a device and wait, so that their memory can be prefetched.
//
// Every read of a device is a system call, which takes longer than a cache miss. So if a frame waits for four more
// reads, its glances (engine/glance.h) have their data when its turn comes. The order is kept. Large frames do not
// wait.
#ifndef KUBEWIRE_IO_WAITING_H
#define KUBEWIRE_IO_WAITING_H

#include <cstdint>
#include <memory>

#include "device.h"

namespace kubewire {

class Waiting {
 public:
  /// The most frames that wait: one for each look.
  static constexpr uint32_t kDepth = 4;

  Waiting() : memory_(std::make_unique<uint8_t[]>(size_t{kSlots} * kFrameBufferBytes)) {}

  /// The frame for the next read to fill. No waiting frame uses its buffer.
  Frame& fresh(uint32_t port) {
    Frame& frame = slots_[read_ % kSlots].frame;
    frame = Frame{};
    frame.data = memory_.get() + size_t{read_ % kSlots} * kFrameBufferBytes + kFrameLead;
    frame.capacity = kFrameBufferBytes - kFrameLead;
    frame.port = port;
    return frame;
  }

  /// The fresh frame was filled: looks at the waiting frames and processes those that have waited long enough.
  template <typename Turn>
  void push(Node& node, bool looks, Turn turn) {
    const uint32_t now = read_++;
    const bool waits = looks && slots_[now % kSlots].frame.length <= kSmall;
    if (waits) {
      node.glance(slots_[now % kSlots].frame, slots_[now % kSlots].glance);
      for (uint32_t earlier = done_; earlier != now; earlier++) {
        node.glance_on(slots_[earlier % kSlots].glance, earlier - done_);
      }
    } else {
      slots_[now % kSlots].glance.forget();
    }
    while (read_ - done_ > (waits ? kDepth : 0)) take(node, turn);
  }

  /// Nothing more to read: processes all waiting frames.
  template <typename Turn>
  void flush(Node& node, Turn turn) {
    while (done_ != read_) take(node, turn);
  }

 private:
  static constexpr uint32_t kSlots = kDepth + 1;
  /// Longer frames cost more to copy than to look up.
  static constexpr uint32_t kSmall = 2048;

  template <typename Turn>
  void take(Node& node, Turn turn) {
    Slot& slot = slots_[done_++ % kSlots];
    node.recall(slot.glance);
    turn(slot.frame);
  }

  struct Slot {
    Frame frame;
    Glance glance;
  };
  Slot slots_[kSlots];
  /// Total frames read and processed; the difference is waiting.
  uint32_t read_ = 0, done_ = 0;
  std::unique_ptr<uint8_t[]> memory_;
};

}  // namespace kubewire

#endif
