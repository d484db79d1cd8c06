// parse_test.cc - what parsing accepts and by which name it refuses the rest.
#include "core/parse.h"

#include "frames.h"
#include "harness.h"

namespace {

using frames::Bytes;
using frames::Packet;

struct Parsed {
  uint32_t reason;
  kw_packet packet;
  uint32_t length;
};

/// Parses a copy that ends exactly where the frame ends, so that a sanitizer sees every byte too far.
Parsed parse(const Bytes& bytes, uint8_t gso_type = 0) {
  std::vector<uint8_t> exact(bytes);
  exact.shrink_to_fit();
  kw_frame frame = {};
  frame.data = exact.data();
  frame.length = frame.capacity = static_cast<uint32_t>(exact.size());
  frame.gso_type = gso_type;
  Parsed parsed{};
  const bool v4 = exact[12] == 0x08;
  parsed.reason = v4 ? kw_parse_ipv4(&frame, &parsed.packet) : kw_parse_ipv6(&frame, &parsed.packet);
  if (parsed.reason == 0) parsed.reason = kw_judge_addresses(&parsed.packet, 0);
  if (parsed.reason == 0 && parsed.packet.fragment != KW_FRAGMENT_LATER)
    parsed.reason = kw_parse_l4(&frame, &parsed.packet);
  parsed.length = frame.length;
  parsed.packet.ip = nullptr;
  return parsed;
}

Bytes syn4() { return frames::make({"203.0.113.10", "10.96.0.10"}); }
Bytes syn6() { return frames::make({"2001:db8::1", "fd00:10:96::a"}); }

Bytes with(Bytes frame, size_t at, uint8_t value, bool mend = true) {
  frame[at] = value;
  if (mend) frames::mend(frame);
  return frame;
}

/// Inserts an IPv6 extension header of this type behind the fixed header.
Bytes extend(Bytes frame, uint8_t type, Bytes header) {
  header[0] = frame[14 + 6];
  frame[14 + 6] = type;
  const uint32_t length = frames::be16(frame, 18) + static_cast<uint32_t>(header.size());
  frame[18] = static_cast<uint8_t>(length >> 8);
  frame[19] = static_cast<uint8_t>(length);
  frame.insert(frame.begin() + 54, header.begin(), header.end());
  return frame;
}

TEST("a TCP segment of either family is understood") {
  for (const Bytes& frame : {syn4(), syn6()}) {
    const Parsed parsed = parse(frame);
    CHECK_EQ(parsed.reason, 0);
    CHECK_EQ(parsed.packet.tuple.protocol, 6);
    CHECK_EQ(kw_swap16(parsed.packet.tuple.source_port_be), 40000);
    CHECK_EQ(kw_swap16(parsed.packet.tuple.destination_port_be), 80);
    CHECK_EQ(parsed.packet.tcp_flags, 2);
    CHECK(kw_address_equal(parsed.packet.tuple.source, frames::source_of(frame).data()));
  }
}

TEST("every truncation of a frame is refused and reads nothing behind its end") {
  for (const Bytes& frame : {syn4(), syn6(), extend(syn6(), 0, Bytes(8)), extend(syn6(), 44, Bytes(8))}) {
    for (size_t length = 14; length < frame.size(); length++) {
      CHECK(parse(Bytes(frame.begin(), frame.begin() + static_cast<long>(length))).reason != 0);
    }
  }
}

TEST("padding behind the total length is cut off") {
  Bytes frame = syn4();
  const size_t length = frame.size();
  frame.resize(length + 10);
  CHECK_EQ(parse(frame).length, length);
  frame = syn6();
  frame.resize(frame.size() + 3);
  CHECK_EQ(parse(frame).length, frame.size() - 3);
}

TEST("IPv4 headers that cannot be are MALFORMED_IP or BAD_IP_CHECKSUM") {
  CHECK_EQ(parse(with(syn4(), 14, 0x55, false)).reason, KW_REASON_MALFORMED_IP);
  CHECK_EQ(parse(with(syn4(), 14, 0x44, false)).reason, KW_REASON_MALFORMED_IP);
  Packet bare{"10.0.0.1", "10.0.0.2"};
  bare.payload = 0;
  CHECK_EQ(parse(with(frames::make(bare), 14, 0x4f, false)).reason, KW_REASON_MALFORMED_IP);
  CHECK_EQ(parse(with(syn4(), 17, 19)).reason, KW_REASON_MALFORMED_IP);
  CHECK_EQ(parse(with(syn4(), 16, 0xff)).reason, KW_REASON_MALFORMED_IP);
  CHECK_EQ(parse(with(syn4(), 24, 0xaa, false)).reason, KW_REASON_BAD_IP_CHECKSUM);
}

TEST("total length 0 is the rest of the frame with GSO, and malformed without") {
  Bytes frame = syn4();
  frame[16] = frame[17] = 0;
  frames::mend(frame);
  CHECK_EQ(parse(frame).reason, KW_REASON_MALFORMED_IP);
  CHECK_EQ(parse(frame, 1).reason, 0);
  CHECK_EQ(parse(frame, 1).packet.ip_length, frame.size() - 14);
}

TEST("martians and what nobody routes") {
  const struct {
    const char* from;
    const char* to;
    uint32_t reason;
  } rows[] = {
      {"0.0.0.0", "10.0.0.1", KW_REASON_MARTIAN},
      {"127.0.0.1", "10.0.0.1", KW_REASON_MARTIAN},
      {"10.0.0.1", "127.9.9.9", KW_REASON_MARTIAN},
      {"224.0.0.5", "10.0.0.1", KW_REASON_MARTIAN},
      {"255.255.255.255", "10.0.0.1", KW_REASON_MARTIAN},
      {"10.0.0.1", "239.1.1.1", KW_REASON_MULTICAST},
      {"10.0.0.1", "255.255.255.255", KW_REASON_MULTICAST},
      {"::", "fd00::1", KW_REASON_MARTIAN},
      {"::1", "fd00::1", KW_REASON_MARTIAN},
      {"fd00::1", "::ffff:10.0.0.1", KW_REASON_MARTIAN},
      {"ff02::1", "fd00::1", KW_REASON_MARTIAN},
      {"fe80::1", "fd00::1", KW_REASON_MULTICAST},
      {"fd00::1", "fe80::1", KW_REASON_MULTICAST},
      {"fd00::1", "ff02::1", KW_REASON_MULTICAST},
  };
  for (const auto& row : rows) CHECK_EQ(parse(frames::make({row.from, row.to})).reason, row.reason);
}

TEST("L4 headers that cannot be are MALFORMED_L4") {
  CHECK_EQ(parse(with(syn4(), 34 + 12, 0x40)).reason, KW_REASON_MALFORMED_L4);
  CHECK_EQ(parse(with(syn4(), 34 + 12, 0xf0)).reason, KW_REASON_MALFORMED_L4);
  const Bytes udp = frames::make({"10.0.0.1", "10.0.0.2", 17, 1, 2, 0, 64, true, 4});
  CHECK_EQ(parse(with(udp, 34 + 5, 7)).reason, KW_REASON_MALFORMED_L4);
  CHECK_EQ(parse(with(udp, 34 + 5, 13)).reason, KW_REASON_MALFORMED_L4);
  CHECK_EQ(parse(with(udp, 34 + 5, 0)).reason, KW_REASON_MALFORMED_L4);
  CHECK_EQ(parse(with(udp, 34 + 5, 0), KW_GSO_UDP_L4).reason, 0);
}

TEST("extension headers: at most eight, one fragment header, none truncated") {
  Bytes frame = syn6();
  for (int i = 0; i < 8; i++) frame = extend(frame, 60, Bytes(8));
  CHECK_EQ(parse(frame).reason, 0);
  CHECK_EQ(parse(extend(frame, 60, Bytes(8))).reason, KW_REASON_UNSUPPORTED_EXTENSION);
  CHECK_EQ(parse(extend(extend(syn6(), 44, Bytes(8)), 44, Bytes(8))).reason, KW_REASON_UNSUPPORTED_EXTENSION);
  Bytes too_long(8);
  too_long[1] = 200;
  CHECK_EQ(parse(extend(syn6(), 0, too_long)).reason, KW_REASON_UNSUPPORTED_EXTENSION);
}

TEST("fragments: first, later, and the atomic one that is whole") {
  Bytes header(8);
  CHECK_EQ(parse(extend(syn6(), 44, header)).packet.fragment, KW_FRAGMENT_NONE);
  header[3] = 1;
  CHECK_EQ(parse(extend(syn6(), 44, header)).packet.fragment, KW_FRAGMENT_FIRST);
  header[3] = 8;
  CHECK_EQ(parse(extend(syn6(), 44, header)).packet.fragment, KW_FRAGMENT_LATER);
  CHECK_EQ(parse(with(syn4(), 20, 0x20)).packet.fragment, KW_FRAGMENT_FIRST);
  CHECK_EQ(parse(with(syn4(), 21, 0x01)).packet.fragment, KW_FRAGMENT_LATER);
}

}  // namespace
