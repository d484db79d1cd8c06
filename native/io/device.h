// device.h - where the loop reads and writes frames: a TAP, a ring to another shard, or memory.
#ifndef KUBEWIRE_IO_DEVICE_H
#define KUBEWIRE_IO_DEVICE_H

#include <cstdint>

#include "engine/node.h"

namespace kubewire {

/// Bytes before Frame::data that a device may overwrite, for the virtio-net header.
constexpr uint32_t kFrameLead = 64;
/// Size of a frame buffer: lead, a GSO packet of 65,535 bytes with its Ethernet header, and what an answer may need.
constexpr uint32_t kFrameBufferBytes = kFrameLead + 65536 + 1024;

enum class ReadResult {
  FRAME,
  /// No frame at the moment.
  EMPTY,
  /// The device will never deliver a frame again.
  GONE,
};

class Device {
 public:
  virtual ~Device() = default;

  /// Readable when frames wait; -1 for a device that the loop cannot sleep on.
  virtual int fd() const = 0;

  /// Reads one frame to frame.data, which has kFrameLead free bytes in front of it, and sets length and offload fields.
  virtual ReadResult read(Frame& frame) = 0;

  /// Writes one frame; may overwrite the lead and the content. Returns false if the device did not take all of it.
  virtual bool write(Frame& frame) = 0;
};

}  // namespace kubewire

#endif
