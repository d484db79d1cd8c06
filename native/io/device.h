// device.h - what the loop reads frames from and writes frames to: a TAP, a ring to another shard, or memory.
#ifndef KUBEWIRE_IO_DEVICE_H
#define KUBEWIRE_IO_DEVICE_H

#include <cstdint>

#include "engine/node.h"

namespace kubewire {

/// Bytes in front of Frame::data that a device may write: the virtio-net header.
constexpr uint32_t kFrameLead = 64;
/// Size of a frame buffer: lead, a GSO packet of 65,535 bytes with its Ethernet header, and what an answer may need.
constexpr uint32_t kFrameBufferBytes = kFrameLead + 65536 + 1024;

enum class ReadResult {
  FRAME,
  /// Nothing there now.
  EMPTY,
  /// The device will never give a frame again.
  GONE,
};

class Device {
 public:
  virtual ~Device() = default;

  /// Readable when frames wait; -1 for a device that the loop cannot sleep on.
  virtual int fd() const = 0;

  /// Reads one frame to frame.data, which has kFrameLead free bytes in front of it, and sets length and offload fields.
  virtual ReadResult read(Frame& frame) = 0;

  /// Writes one frame; may overwrite the lead and the content. False: the device did not take it (all of it).
  virtual bool write(Frame& frame) = 0;
};

}  // namespace kubewire

#endif
