// frames.h - frames by hand, and the slow oracle that recomputes every checksum of one. Shares no code with native/core.
#ifndef KUBEWIRE_TEST_FRAMES_H
#define KUBEWIRE_TEST_FRAMES_H

#include <cstdint>
#include <string>
#include <vector>

#include "core/frame.h"

namespace frames {

using Bytes = std::vector<uint8_t>;

/// Four or sixteen bytes of an address in text.
Bytes address(const std::string& text);
/// The 16-byte form, IPv4 mapped.
Bytes mapped(const std::string& text);
/// The other way: sixteen bytes as text that address() reads.
std::string text_of(const uint8_t* mapped);

struct Packet {
  std::string from;
  std::string to;
  uint8_t protocol = 6;
  uint16_t source_port = 40000;
  uint16_t destination_port = 80;
  uint8_t tcp_flags = 0x02;
  uint8_t ttl = 64;
  bool dont_fragment = true;
  size_t payload = 20;
};

/// A whole Ethernet frame with right checksums.
Bytes make(const Packet& packet);
/// ICMP or ICMPv6 (by family) with right checksums around a body that starts behind the first four bytes.
Bytes make_icmp(const std::string& from, const std::string& to, uint8_t type, uint8_t code, const Bytes& body);

/// Sum of 16-bit big-endian words, folded, one at a time.
uint16_t ones_sum(const uint8_t* data, size_t length, uint32_t start = 0);
/// The L4 checksum that a whole IPv4 or IPv6 packet without extension headers should have; -1 for protocols without one.
int expected_checksum(const Bytes& frame);
/// The one that it has.
int found_checksum(const Bytes& frame);
/// IPv4 header checksum and L4 checksum are right.
bool sound(const Bytes& frame);
/// Writes the right IPv4 header checksum and L4 checksum.
void mend(Bytes& frame);

uint16_t be16(const Bytes& bytes, size_t at);
/// Source or destination of the IP header in text-like comparison form: the 16-byte form.
Bytes source_of(const Bytes& frame);
Bytes destination_of(const Bytes& frame);
/// Offset of the L4 header (no extension headers).
size_t l4_of(const Bytes& frame);

}  // namespace frames

#endif
