// frame_head.h - FrameHead: the frame whose turn it is as it came, for the list of losses.
#ifndef KUBEWIRE_ENGINE_FRAME_HEAD_H
#define KUBEWIRE_ENGINE_FRAME_HEAD_H

#include <cstring>

#include "abi/abi.gen.h"
#include "core/frame.h"

namespace kubewire {

/// Copies nothing of a frame that is fine: until one leaves, its bytes are where they were [FRAME-7]. Only a frame that
/// becomes the answer to itself is kept before that.
class FrameHead {
 public:
  void arrive(const kw_frame& frame) {
    bytes_ = frame.data;
    length_ = frame.length;
    port_ = frame.port;
  }

  /// The bytes are about to change.
  void keep() {
    copy(copy_);
    bytes_ = copy_;
  }

  /// What an earlier frame left of itself after the kept bytes is nobody's: a flood of drops should not pay for its end.
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

  /// In blocks, the last of which ends with the frame: for a size that is not known, compilers begin a long copy.
  void copy(uint8_t* to) const {
    const uint32_t bytes = size();
    if (bytes < kBlock) {
      for (uint32_t i = 0; i < bytes; i++) to[i] = bytes_[i];
      return;
    }
    for (uint32_t at = 0; at + kBlock < bytes; at += kBlock) memcpy(to + at, bytes_ + at, kBlock);
    memcpy(to + bytes - kBlock, bytes_ + bytes - kBlock, kBlock);
  }

  static constexpr uint32_t kBlock = 16;
  const uint8_t* bytes_ = nullptr;
  uint32_t length_ = 0;
  uint32_t port_ = 0;
  uint8_t copy_[sizeof kw_loss_row::head];
};

}  // namespace kubewire

#endif
