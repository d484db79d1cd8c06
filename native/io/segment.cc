// segment.cc - what a network card would do, in software: complete a partial checksum, cut a GSO frame into segments.
//
// The partial sum in a GSO frame covers the pseudo-header with the length of the whole L4 part; each segment
// replaces that length by its own, so addresses and protocol need not be summed again.
#include "segment.h"

#include <cstring>

#include "virtio.h"

namespace kubewire {

namespace {

constexpr uint32_t kEthernet = 14;
constexpr uint8_t kTcpFin = 0x01, kTcpPush = 0x08, kTcpCwr = 0x80;

uint16_t load16(const uint8_t* at) { return static_cast<uint16_t>(at[0] << 8 | at[1]); }
uint32_t load32(const uint8_t* at) { return static_cast<uint32_t>(load16(at)) << 16 | load16(at + 2); }
void store16(uint8_t* at, uint32_t value) {
  at[0] = static_cast<uint8_t>(value >> 8);
  at[1] = static_cast<uint8_t>(value);
}
void store32(uint8_t* at, uint32_t value) {
  store16(at, value >> 16);
  store16(at + 2, value);
}

uint16_t fold(uint64_t sum) {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

/// Internet checksum sum (RFC 1071), not folded.
uint64_t sum_of(const uint8_t* data, size_t size) {
  uint64_t sum = 0;
  size_t i = 0;
  for (; i + 4 <= size; i += 4) sum += load32(data + i);
  for (; i + 2 <= size; i += 2) sum += load16(data + i);
  if (i < size) sum += static_cast<uint32_t>(data[i]) << 8;
  return sum;
}

/// UDP sends 0xffff for a computed zero (RFC 768); for TCP the two are equal sums, and no stack sends 0xffff.
uint16_t finish(uint64_t sum, bool udp) {
  const uint16_t checksum = static_cast<uint16_t>(~fold(sum));
  return udp && checksum == 0 ? uint16_t{0xffff} : checksum;
}

struct Shape {
  uint32_t l4, header, checksum;
  bool ipv4, udp;
};

bool shape_of(const Frame& frame, Shape* shape) {
  const uint8_t kind = gso_kind(frame.gso_type);
  shape->udp = kind == GSO_UDP_L4;
  if (!shape->udp && kind != GSO_TCP4 && kind != GSO_TCP6) return false;
  shape->l4 = frame.checksum_start;
  shape->header = frame.header_length;
  shape->checksum = shape->l4 + frame.checksum_offset;
  const uint32_t l4_header = shape->udp ? 8 : 20;
  if (!frame.needs_checksum || frame.gso_size == 0 || frame.length < kEthernet + 20) return false;
  if (shape->l4 < kEthernet + 20 || shape->header < shape->l4 + l4_header || shape->header > frame.length) return false;
  if (shape->header + frame.gso_size > kSegmentBytesMaximum || shape->checksum + 2 > shape->header) return false;
  shape->ipv4 = load16(frame.data + 12) == 0x0800;
  if (shape->ipv4) return static_cast<uint32_t>(frame.data[kEthernet] & 15) * 4 + kEthernet == shape->l4;
  return load16(frame.data + 12) == 0x86dd && shape->l4 >= kEthernet + 40;
}

void write_ip(uint8_t* ip, const Shape& shape, uint32_t length, uint32_t number) {
  if (!shape.ipv4) {
    store16(ip + 4, length - kEthernet - 40);
    return;
  }
  store16(ip + 2, length - kEthernet);
  store16(ip + 4, load16(ip + 4) + number);
  store16(ip + 10, 0);
  store16(ip + 10, finish(sum_of(ip, shape.l4 - kEthernet), false));
}

void write_tcp(uint8_t* tcp, uint32_t offset, bool first, bool last) {
  store32(tcp + 4, load32(tcp + 4) + offset);
  if (!last) tcp[13] &= static_cast<uint8_t>(~(kTcpFin | kTcpPush));
  if (!first) tcp[13] &= static_cast<uint8_t>(~kTcpCwr);
}

}  // namespace

bool complete_checksum(Frame& frame) {
  const uint32_t field = static_cast<uint32_t>(frame.checksum_start) + frame.checksum_offset;
  if (!frame.needs_checksum) return true;
  if (frame.checksum_start < kEthernet || field + 2 > frame.length) return false;
  const bool udp = frame.checksum_offset == 6;
  // The field itself is part of the sum: it holds the sum of the pseudo-header.
  const uint64_t sum = sum_of(frame.data + frame.checksum_start, frame.length - frame.checksum_start);
  store16(frame.data + field, finish(sum, udp));
  frame.needs_checksum = 0;
  return true;
}

bool segment(const Frame& frame, uint8_t* buffer, const std::function<void(const Frame&)>& emit) {
  Shape shape;
  if (!shape_of(frame, &shape)) return false;
  const uint32_t payload = frame.length - shape.header;
  const uint16_t whole = load16(frame.data + shape.checksum);
  uint32_t number = 0;
  for (uint32_t offset = 0; offset == 0 || offset < payload; offset += frame.gso_size, number++) {
    const uint32_t size = payload - offset < frame.gso_size ? payload - offset : frame.gso_size;
    const uint32_t length = shape.header + size;
    memcpy(buffer, frame.data, shape.header);
    memcpy(buffer + shape.header, frame.data + shape.header + offset, size);
    write_ip(buffer + kEthernet, shape, length, number);
    if (shape.udp) {
      store16(buffer + shape.l4 + 4, length - shape.l4);
    } else {
      write_tcp(buffer + shape.l4, offset, offset == 0, offset + size == payload);
    }
    // RFC 1624: take the old length out (add its complement), put the new one in.
    const uint64_t pseudo = uint64_t{whole} + (~(frame.length - shape.l4) & 0xffff) + (length - shape.l4);
    store16(buffer + shape.checksum, 0);
    store16(buffer + shape.checksum, finish(pseudo + sum_of(buffer + shape.l4, length - shape.l4), shape.udp));
    Frame part{};
    part.data = buffer;
    part.length = length;
    part.capacity = kSegmentBytesMaximum;
    part.port = frame.port;
    emit(part);
  }
  return true;
}

}  // namespace kubewire
