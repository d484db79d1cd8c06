// held.h - Held: frames that are on their way over a slow link, by when they arrive.
#ifndef KUBEWIRE_IO_HELD_H
#define KUBEWIRE_IO_HELD_H

#include <cstdint>
#include <memory>
#include <vector>

#include "ring.h"

namespace kubewire {

/// A copy of a frame, and where it goes on.
struct HeldFrame {
  uint64_t due = 0;
  /// Frames that are due at once keep their order.
  uint64_t order = 0;
  /// The node that sends it, through which port, and to which node.
  uint32_t node = 0, port = 0, next = 0;
  /// The links that it waits for (links.h).
  uint64_t by = 0;
  Passage passage{};
  Frame frame{};
  std::unique_ptr<uint8_t[]> memory = nullptr;
};

class Held {
 public:
  ~Held();

  /// Opens the timer; false if there is none.
  bool open();
  int timer_fd() const { return timer_; }

  /// Keeps a copy of the frame, and all else that `held` says. False if too many bytes are held already.
  bool push(HeldFrame held, const Frame& frame);
  /// Takes out the next frame that is due; false if none is.
  bool pop(uint64_t now, HeldFrame* frame);
  /// Wakes the loop when the next frame is due.
  void arm();
  void clear_timer();

 private:
  /// All frames of a shard together.
  static constexpr uint64_t kBytesMaximum = 256u << 20;

  /// A heap; the frame that is due first is at its front.
  std::vector<HeldFrame> frames_;
  uint64_t order_ = 0, bytes_ = 0, armed_ = 0;
  int timer_ = -1;
};

}  // namespace kubewire

#endif
