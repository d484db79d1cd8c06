// offload.cc - which work may be left to a device, and doing that work for a device that cannot.
#include "offload.h"

#include "device.h"
#include "segment.h"
#include "virtio.h"

namespace kubewire {

uint32_t needed_offloads(const Frame& frame) {
  const uint32_t checksum = frame.needs_checksum ? OFFLOAD_CHECKSUM : OFFLOAD_NONE;
  switch (gso_kind(frame.gso_type)) {
    case GSO_TCP4:
      return checksum | OFFLOAD_TSO4;
    case GSO_TCP6:
      return checksum | OFFLOAD_TSO6;
    case GSO_UDP_L4:
      return checksum | OFFLOAD_USO4 | OFFLOAD_USO6;
    default:
      return checksum;
  }
}

bool finish_frame(Frame& frame, uint32_t offloads, const std::function<bool(const Frame&)>& write) {
  const uint32_t missing = needed_offloads(frame) & ~offloads;
  if (missing == OFFLOAD_NONE) return write(frame);
  if (missing == OFFLOAD_CHECKSUM) return complete_checksum(frame) && write(frame);
  alignas(64) uint8_t buffer[kFrameLead + kSegmentBytesMaximum];
  bool all = true;
  const bool possible = segment(frame, buffer + kFrameLead, [&](const Frame& part) { all = write(part) && all; });
  return possible && all;
}

}  // namespace kubewire
