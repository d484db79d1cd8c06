// offload_words.h - the virtio-net fields of a frame as JavaScript has them: six words of a Uint32Array.
#ifndef KUBEWIRE_BINDING_OFFLOAD_WORDS_H
#define KUBEWIRE_BINDING_OFFLOAD_WORDS_H

#include <cstddef>
#include <cstdint>

#include "engine/node.h"

namespace kubewire {

/// Order of an offload array: needsChecksum, gsoType, gsoSize, headerLength, checksumStart, checksumOffset.
constexpr size_t kOffloadFields = 6;
inline void take_offload(Frame& frame, const uint32_t* fields) {
  frame.needs_checksum = fields[0] != 0;
  frame.gso_type = static_cast<uint8_t>(fields[1]);
  frame.gso_size = static_cast<uint16_t>(fields[2]);
  frame.header_length = static_cast<uint16_t>(fields[3]);
  frame.checksum_start = static_cast<uint16_t>(fields[4]);
  frame.checksum_offset = static_cast<uint16_t>(fields[5]);
}

inline void give_offload(const Frame& frame, uint32_t* fields) {
  fields[0] = frame.needs_checksum;
  fields[1] = frame.gso_type;
  fields[2] = frame.gso_size;
  fields[3] = frame.header_length;
  fields[4] = frame.checksum_start;
  fields[5] = frame.checksum_offset;
}

}  // namespace kubewire

#endif
