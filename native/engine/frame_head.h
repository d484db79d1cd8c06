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
    memcpy(copy_, bytes_, size());
    bytes_ = copy_;
  }

  void list(uint64_t now, uint32_t reason, kw_loss_row* row) const {
    *row = {};
    row->at_ns = now;
    row->reason = reason;
    row->port = port_;
    row->length = length_;
    row->kept = size();
    memcpy(row->head, bytes_, size());
  }

 private:
  uint32_t size() const { return length_ < sizeof copy_ ? length_ : sizeof copy_; }

  const uint8_t* bytes_ = nullptr;
  uint32_t length_ = 0;
  uint32_t port_ = 0;
  uint8_t copy_[sizeof kw_loss_row::head];
};

}  // namespace kubewire

#endif
