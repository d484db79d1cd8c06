// virtio.h - the header in front of a frame that says what is unfinished about it (Virtio 1.2 §5.1.6).
//
// Written down here because linux/virtio_net.h is not C++ and, before Linux 6.2, lacks UDP segmentation.
#ifndef KUBEWIRE_IO_VIRTIO_H
#define KUBEWIRE_IO_VIRTIO_H

#include <cstdint>

namespace kubewire {

struct VirtioHeader {
  uint8_t flags, gso_type;
  uint16_t header_length, gso_size, checksum_start, checksum_offset;
};
static_assert(sizeof(VirtioHeader) == 10);

/// Bit of flags: the checksum at checksum_start + checksum_offset holds only the sum of the pseudo-header.
constexpr uint8_t kVirtioNeedsChecksum = 1;

/// gso_type without the ECN bit.
enum VirtioGso : uint8_t { GSO_NONE = 0, GSO_TCP4 = 1, GSO_TCP6 = 4, GSO_UDP_L4 = 5 };
constexpr uint8_t kVirtioGsoEcn = 0x80;

inline uint8_t gso_kind(uint8_t gso_type) { return gso_type & static_cast<uint8_t>(~kVirtioGsoEcn); }

}  // namespace kubewire

#endif
