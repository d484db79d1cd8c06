// waiting.h - Waiting: frames of one device that were read and wait for their turn, so that memory can be asked ahead for what it needs.
//
// Between two reads of a device lies a system call: longer than a line takes from main memory. A frame that waits for four
// more reads has had its glances (engine/glance.h) answered when its turn comes. Order is kept; large frames do not wait.
#ifndef KUBEWIRE_IO_WAITING_H
#define KUBEWIRE_IO_WAITING_H

#include <cstdint>
#include <memory>

#include "device.h"

namespace kubewire {

class Waiting {
 public:
  /// Frames that wait at most: one for each look.
  static constexpr uint32_t kDepth = 4;

  Waiting() : memory_(std::make_unique<uint8_t[]>(size_t{kSlots} * kFrameBufferBytes)) {}

  /// The frame that the next read fills. Its buffer is not one of those that wait.
  Frame& fresh(uint32_t port) {
    Frame& frame = slots_[read_ % kSlots].frame;
    frame = Frame{};
    frame.data = memory_.get() + size_t{read_ % kSlots} * kFrameBufferBytes + kFrameLead;
    frame.capacity = kFrameBufferBytes - kFrameLead;
    frame.port = port;
    return frame;
  }

  /// The fresh frame was filled: looks at those that wait, and gives every frame its turn that need not wait longer.
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

  /// Nothing more to read: gives all that wait their turn.
  template <typename Turn>
  void flush(Node& node, Turn turn) {
    while (done_ != read_) take(node, turn);
  }

 private:
  static constexpr uint32_t kSlots = kDepth + 1;
  /// Longer frames cost more to move than to look up.
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
  /// Frames read and processed, counted on and on; the difference waits.
  uint32_t read_ = 0, done_ = 0;
  std::unique_ptr<uint8_t[]> memory_;
};

}  // namespace kubewire

#endif
