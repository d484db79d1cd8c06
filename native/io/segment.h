// segment.h - what a network card would do, in software: complete a partial checksum, cut a GSO frame into segments.
#ifndef KUBEWIRE_IO_SEGMENT_H
#define KUBEWIRE_IO_SEGMENT_H

#include <cstdint>
#include <functional>

#include "engine/node.h"

namespace kubewire {

/// The largest segment made: a jumbo MTU of 9,216 bytes, its headers, and some spare.
constexpr uint32_t kSegmentBytesMaximum = 16384;

/// Replaces the pseudo-header sum in the L4 checksum field by the checksum, and clears needs_checksum. False (and
/// nothing changed) if the field lies outside the frame.
bool complete_checksum(Frame& frame);

/// Cuts a GSO frame (TCPv4, TCPv6 or UDP_L4, ECN or not) into frames of gso_size payload bytes, each with lengths,
/// identification, sequence number, flags and complete checksums of its own. Each is built in `buffer`
/// (kSegmentBytesMaximum bytes) and handed to `emit`. False if the frame is malformed.
bool segment(const Frame& frame, uint8_t* buffer, const std::function<void(const Frame&)>& emit);

}  // namespace kubewire

#endif
