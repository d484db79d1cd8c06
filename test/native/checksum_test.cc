// checksum_test.cc - sums, incremental updates against a full recompute, partial checksums, CRC32c.
#include "core/checksum.h"

#include "engine/storage.h"
#include "frames.h"
#include "harness.h"

namespace {

using frames::Bytes;
using harness::Dice;

uint16_t swapped(uint16_t value) { return kw_swap16(value); }

TEST("RFC 1624 section 4: HC 0xdd2f, m 0x5555 to 0x3285 gives 0x0000") {
  const kw_difference difference = kw_difference16(swapped(0x5555), swapped(0x3285));
  CHECK_EQ(kw_checksum_update(swapped(0xdd2f), difference), 0x0000);
}

TEST("sums of every length from 0 to 70 agree with the slow one, odd ends included") {
  Dice dice(1);
  for (size_t length = 0; length <= 70; length++) {
    Bytes data(length);
    for (uint8_t& byte : data) byte = static_cast<uint8_t>(dice.next());
    const uint16_t fast = swapped(kw_fold(kw_sum(0, data.data(), static_cast<uint32_t>(length))));
    CHECK_EQ(fast, frames::ones_sum(data.data(), length));
  }
}

TEST("a sum of 64 KiB of 0xff does not overflow") {
  const Bytes data(65536, 0xff);
  CHECK_EQ(kw_fold(kw_sum(0, data.data(), 65536)), 0xffff);
}

TEST("updates do not depend on their order") {
  Dice dice(2);
  for (int i = 0; i < 100000; i++) {
    const uint16_t old = static_cast<uint16_t>(dice.next()), a = static_cast<uint16_t>(dice.next()),
                   b = static_cast<uint16_t>(dice.next()), c = static_cast<uint16_t>(dice.next()),
                   d = static_cast<uint16_t>(dice.next());
    const uint16_t one = kw_checksum_update(kw_checksum_update(old, kw_difference16(a, b)), kw_difference16(c, d));
    const uint16_t two = kw_checksum_update(kw_checksum_update(old, kw_difference16(c, d)), kw_difference16(a, b));
    const uint16_t both = kw_checksum_update(old, kw_difference16(a, b) + kw_difference16(c, d));
    CHECK_EQ(one, two);
    CHECK_EQ(one, both);
  }
}

std::string some_address(Dice& dice, bool v4) {
  if (v4) {
    return std::to_string(1 + dice.below(222)) + "." + std::to_string(dice.below(256)) + "." +
           std::to_string(dice.below(256)) + "." + std::to_string(dice.below(256));
  }
  char text[64];
  std::snprintf(text, sizeof text, "2001:db8:%x:%x::%x", dice.below(65536), dice.below(65536), dice.below(65536));
  return text;
}

kw_packet view_of(Bytes& frame, bool v4, uint8_t protocol, uint8_t icmp) {
  kw_packet packet{};
  packet.ip = frame.data() + KW_ETHERNET_HEADER;
  packet.v4 = v4;
  packet.l4_offset = v4 ? 20 : 40;
  packet.l4_length = static_cast<uint32_t>(frame.size()) - KW_ETHERNET_HEADER - packet.l4_offset;
  packet.icmp = icmp;
  packet.tuple.protocol = protocol;
  kw_address_copy(packet.tuple.source, frames::source_of(frame).data());
  kw_address_copy(packet.tuple.destination, frames::destination_of(frame).data());
  const uint8_t* l4 = kw_packet_l4(&packet);
  if (icmp == KW_ICMP_REQUEST) {
    packet.tuple.source_port_be = kw_load16(l4 + 4);
  } else {
    packet.tuple.source_port_be = kw_load16(l4);
    packet.tuple.destination_port_be = kw_load16(l4 + 2);
  }
  return packet;
}

TEST("rewriting addresses and ports leaves the checksums that a full recompute gives") {
  Dice dice(3);
  for (int i = 0; i < 60000; i++) {
    const bool v4 = dice.below(2) == 0;
    const uint32_t kind = dice.below(3);
    const uint8_t icmp_protocol = v4 ? 1 : 58;
    const uint8_t protocol = kind == 0 ? 6 : kind == 1 ? 17 : icmp_protocol;
    Bytes frame;
    if (kind == 2) {
      frame = frames::make_icmp(some_address(dice, v4), some_address(dice, v4), v4 ? 8 : 128, 0,
                                {static_cast<uint8_t>(dice.next()), static_cast<uint8_t>(dice.next()), 0, 1, 9, 9, 9});
    } else {
      frame =
          frames::make({some_address(dice, v4), some_address(dice, v4), protocol, static_cast<uint16_t>(dice.next()),
                        static_cast<uint16_t>(dice.next()), 0x10, 64, true, dice.below(40)});
    }
    kw_packet packet = view_of(frame, v4, protocol, kind == 2 ? KW_ICMP_REQUEST : KW_ICMP_NONE);
    const Bytes source = frames::mapped(some_address(dice, v4)), destination = frames::mapped(some_address(dice, v4));
    const kw_target to = {source.data(), destination.data(), static_cast<uint16_t>(dice.next()),
                          kind == 2 ? uint16_t{0} : static_cast<uint16_t>(dice.next())};
    const kw_frame plain = {};
    kw_rewrite(&plain, &packet, &to);
    kw_decrement_ttl(&packet);
    CHECK(frames::sound(frame));
    CHECK(frames::source_of(frame) == source);
    CHECK(frames::destination_of(frame) == destination);
  }
}

TEST("a partial checksum follows addresses alone, without complement") {
  Dice dice(4);
  for (int i = 0; i < 20000; i++) {
    const bool v4 = dice.below(2) == 0;
    Bytes frame = frames::make({some_address(dice, v4), some_address(dice, v4), 6, 1000, 80, 0x10, 64, true, 10});
    kw_packet packet = view_of(frame, v4, 6, KW_ICMP_NONE);
    uint8_t* field = kw_packet_l4(&packet) + 16;
    kw_store16(field, kw_fold(kw_sum_pseudo(packet.tuple.source, packet.tuple.destination, v4, packet.l4_length, 6)));
    const Bytes destination = frames::mapped(some_address(dice, v4));
    const kw_target to = {packet.tuple.source, destination.data(), static_cast<uint16_t>(dice.next()), 7};
    kw_frame offloaded = {};
    offloaded.needs_checksum = 1;
    const Bytes source = frames::source_of(frame);
    kw_rewrite(&offloaded, &packet, &to);
    CHECK_EQ(kw_load16(field), kw_fold(kw_sum_pseudo(source.data(), destination.data(), v4, packet.l4_length, 6)));
  }
}

TEST("UDP over IPv4 without a checksum stays without, and a computed 0 becomes 0xffff") {
  Bytes frame = frames::make({"10.0.0.1", "10.0.0.2", 17, 1, 2, 0, 64, true, 4});
  const size_t at = frames::l4_of(frame) + 6;
  frame[at] = frame[at + 1] = 0;
  kw_packet packet = view_of(frame, true, 17, KW_ICMP_NONE);
  const Bytes destination = frames::mapped("10.9.9.9");
  const kw_frame plain = {};
  kw_target to = {packet.tuple.source, destination.data(), packet.tuple.source_port_be, kw_swap16(99)};
  kw_rewrite(&plain, &packet, &to);
  CHECK_EQ(frames::be16(frame, at), 0);
  uint8_t field[2] = {0x12, 0x34};
  kw_update_udp(field, kw_difference16(0, kw_load16(field)), 1);
  CHECK_EQ(kw_load16(field), 0xffff);
}

TEST("CRC32c of 32 zero bytes and of 32 counting bytes (RFC 3720 B.4), the checksum field counted as zero") {
  uint8_t data[32] = {};
  CHECK_EQ(kw_crc32c_sctp(data, 32), 0x8a9136aau);
  data[8] = data[11] = 0xee;
  CHECK_EQ(kw_crc32c_sctp(data, 32), 0x8a9136aau);
  uint8_t ones[32];
  for (uint8_t& byte : ones) byte = 0xff;
  uint32_t slow = 0xffffffffu;
  for (int i = 0; i < 32; i++) {
    slow ^= i >= 8 && i < 12 ? 0u : ones[i];
    for (int bit = 0; bit < 8; bit++) slow = (slow >> 1) ^ (slow & 1u ? 0x82f63b78u : 0u);
  }
  CHECK_EQ(kw_crc32c_sctp(ones, 32), ~slow);
}

}  // namespace
