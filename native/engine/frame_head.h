// frame_head.h - FrameHead: the current frame as it came in, for the list of losses.
#ifndef KUBEWIRE_ENGINE_FRAME_HEAD_H
#define KUBEWIRE_ENGINE_FRAME_HEAD_H

#include <cstring>

#include "abi/abi.gen.h"
#include "core/frame.h"

namespace kubewire {

/// A frame that is forwarded costs no copy: its bytes are unchanged until it leaves [FRAME-7]. Only a frame that is
/// going to be overwritten by its own answer is saved before.
class FrameHead {
 public:
  void arrive(const kw_frame& frame) {
    bytes_ = frame.data;
    length_ = frame.length;
    port_ = frame.port;
  }

  /// To be called when the bytes are about to change.
  void keep() {
    copy(copy_);
    bytes_ = copy_;
  }

  /// Does not clear what an earlier frame left after the saved bytes: a flood of drops should not pay for that.
  void list(uint64_t now, uint32_t reason, kw_loss_row* row) const {
    row->at_ns = now;
    row->reason = reason;
    row->port = port_;
    row->length = length_;
    row->kept = size();
    copy(row->head);
  }

 private:
  uint32_t size() const { return length_ < sizeof copy_ ? length_ : sizeof copy_; }

  /// Copies the two ends, which meet or overlap: with an unknown size compilers emit a slow general copy.
  void copy(uint8_t* to) const {
    const uint32_t bytes = size();
    if (bytes > 2 * kHalf) memcpy(to + kHalf, bytes_ + kHalf, kHalf);
    if (bytes >= kHalf) {
      memcpy(to, bytes_, kHalf);
      memcpy(to + bytes - kHalf, bytes_ + bytes - kHalf, kHalf);
      return;
    }
    for (uint32_t i = 0; i < bytes; i++) to[i] = bytes_[i];
  }

  static constexpr uint32_t kHalf = 32;
  static_assert(sizeof kw_loss_row::head <= 3 * kHalf);
  const uint8_t* bytes_ = nullptr;
  uint32_t length_ = 0;
  uint32_t port_ = 0;
  uint8_t copy_[sizeof kw_loss_row::head];
};

}  // namespace kubewire

#endif
