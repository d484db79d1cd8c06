// memory.h - MemoryDevice: a device over vectors, for tests and for frames that come from JavaScript.
#ifndef KUBEWIRE_IO_MEMORY_H
#define KUBEWIRE_IO_MEMORY_H

#include <cstdint>
#include <deque>
#include <vector>

#include "device.h"
#include "offload.h"

namespace kubewire {

/// A frame that owns its bytes; `meta` has the offload fields (its data pointer means nothing).
struct StoredFrame {
  Frame meta;
  std::vector<uint8_t> bytes;
};

class MemoryDevice final : public Device {
 public:
  explicit MemoryDevice(uint32_t offloads) : offloads_(offloads) {}

  int fd() const override { return -1; }
  ReadResult read(Frame& frame) override;
  bool write(Frame& frame) override;

  /// Frames that read() gives, in order.
  std::deque<StoredFrame> incoming;
  /// Frames that write() took, in order.
  std::vector<StoredFrame> outgoing;

 private:
  const uint32_t offloads_;
};

}  // namespace kubewire

#endif
