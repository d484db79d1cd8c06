// frames.cc - frames by hand and the checksum oracle: RFC 1071 the long way.
#include "frames.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace frames {
namespace {

constexpr size_t kEthernet = 14;

void put16(Bytes& bytes, size_t at, uint32_t value) {
  bytes[at] = static_cast<uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<uint8_t>(value);
}

bool is_v4(const Bytes& frame) { return (frame[kEthernet] >> 4) == 4; }

uint8_t protocol_of(const Bytes& frame) { return is_v4(frame) ? frame[kEthernet + 9] : frame[kEthernet + 6]; }

size_t checksum_at(const Bytes& frame) {
  const uint8_t protocol = protocol_of(frame);
  if (protocol == 6) return l4_of(frame) + 16;
  if (protocol == 17) return l4_of(frame) + 6;
  return protocol == (is_v4(frame) ? 1 : 58) ? l4_of(frame) + 2 : 0;
}

Bytes l4_header(const Packet& packet) {
  Bytes header(packet.protocol == 6 ? 20 : packet.protocol == 132 ? 12 : 8);
  put16(header, 0, packet.source_port);
  put16(header, 2, packet.destination_port);
  if (packet.protocol == 6) {
    header[4] = 1;
    header[12] = 0x50;
    header[13] = packet.tcp_flags;
    put16(header, 14, 65535);
  } else if (packet.protocol == 17) {
    put16(header, 4, 8 + static_cast<uint32_t>(packet.payload));
  }
  return header;
}

Bytes wrap(const std::string& from, const std::string& to, uint8_t protocol, uint8_t ttl, bool df,
           const Bytes& inside) {
  Bytes frame = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0xc1};
  const Bytes source = address(from), destination = address(to);
  const bool v4 = source.size() == 4;
  frame.insert(frame.end(), {static_cast<uint8_t>(v4 ? 0x08 : 0x86), static_cast<uint8_t>(v4 ? 0x00 : 0xdd)});
  Bytes header(v4 ? 12 : 8);
  if (v4) {
    header[0] = 0x45;
    put16(header, 2, static_cast<uint32_t>(20 + inside.size()));
    header[6] = df ? 0x40 : 0;
    header[8] = ttl;
    header[9] = protocol;
  } else {
    header[0] = 0x60;
    put16(header, 4, static_cast<uint32_t>(inside.size()));
    header[6] = protocol;
    header[7] = ttl;
  }
  const Bytes* const parts[] = {&header, &source, &destination, &inside};
  for (const Bytes* part : parts) frame.insert(frame.end(), part->begin(), part->end());
  mend(frame);
  return frame;
}

}  // namespace

Bytes address(const std::string& text) {
  Bytes bytes(text.find(':') == std::string::npos ? 4 : 16);
  inet_pton(bytes.size() == 4 ? AF_INET : AF_INET6, text.c_str(), bytes.data());
  return bytes;
}

Bytes mapped(const std::string& text) {
  const Bytes bytes = address(text);
  if (bytes.size() == 16) return bytes;
  Bytes form(12);
  form[10] = form[11] = 0xff;
  form.insert(form.end(), bytes.begin(), bytes.end());
  return form;
}

std::string text_of(const uint8_t* mapped) {
  static const uint8_t v4[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const bool is_v4 = std::memcmp(mapped, v4, sizeof v4) == 0;
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? mapped + 12 : mapped, text, sizeof text);
}

Bytes make(const Packet& packet) {
  Bytes inside = l4_header(packet);
  for (size_t i = 0; i < packet.payload; i++) inside.push_back(static_cast<uint8_t>(i * 7 + 3));
  return wrap(packet.from, packet.to, packet.protocol, packet.ttl, packet.dont_fragment, inside);
}

Bytes make_icmp(const std::string& from, const std::string& to, uint8_t type, uint8_t code, const Bytes& body) {
  Bytes inside = {type, code, 0, 0};
  inside.insert(inside.end(), body.begin(), body.end());
  return wrap(from, to, from.find(':') == std::string::npos ? 1 : 58, 64, true, inside);
}

uint16_t ones_sum(const uint8_t* data, size_t length, uint32_t start) {
  uint32_t sum = start;
  for (size_t i = 0; i < length; i++) {
    sum += i % 2 == 0 ? static_cast<uint32_t>(data[i]) << 8 : data[i];
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<uint16_t>(sum);
}

uint16_t be16(const Bytes& bytes, size_t at) { return static_cast<uint16_t>((bytes[at] << 8) | bytes[at + 1]); }

size_t l4_of(const Bytes& frame) { return kEthernet + (is_v4(frame) ? (frame[kEthernet] & 15u) * 4u : 40u); }

int expected_checksum(const Bytes& frame) {
  const size_t at = checksum_at(frame), l4 = l4_of(frame);
  if (at == 0) return -1;
  const uint8_t protocol = protocol_of(frame);
  Bytes covered;
  if (!is_v4(frame) || protocol != 1) {
    const size_t from = kEthernet + (is_v4(frame) ? 12 : 8);
    covered.assign(frame.begin() + static_cast<long>(from),
                   frame.begin() + static_cast<long>(from + (is_v4(frame) ? 8 : 32)));
    const size_t length = frame.size() - l4;
    covered.insert(covered.end(), {0, protocol, static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)});
  }
  const size_t pseudo = covered.size();
  covered.insert(covered.end(), frame.begin() + static_cast<long>(l4), frame.end());
  put16(covered, pseudo + (at - l4), 0);
  const uint16_t sum = static_cast<uint16_t>(~ones_sum(covered.data(), covered.size()));
  return protocol == 17 && sum == 0 ? 0xffff : sum;
}

int found_checksum(const Bytes& frame) {
  const size_t at = checksum_at(frame);
  return at == 0 ? -1 : be16(frame, at);
}

bool sound(const Bytes& frame) {
  if (is_v4(frame) && ones_sum(&frame[kEthernet], l4_of(frame) - kEthernet) != 0xffff) return false;
  return found_checksum(frame) == expected_checksum(frame);
}

void mend(Bytes& frame) {
  if (is_v4(frame)) {
    put16(frame, kEthernet + 10, 0);
    put16(frame, kEthernet + 10, static_cast<uint16_t>(~ones_sum(&frame[kEthernet], l4_of(frame) - kEthernet)));
  }
  const size_t at = checksum_at(frame);
  if (at != 0) put16(frame, at, static_cast<uint32_t>(expected_checksum(frame)));
}

Bytes source_of(const Bytes& frame) {
  Bytes form(16);
  if (!is_v4(frame)) return Bytes(frame.begin() + kEthernet + 8, frame.begin() + kEthernet + 24);
  form[10] = form[11] = 0xff;
  std::copy(frame.begin() + kEthernet + 12, frame.begin() + kEthernet + 16, form.begin() + 12);
  return form;
}

Bytes destination_of(const Bytes& frame) {
  Bytes form(16);
  if (!is_v4(frame)) return Bytes(frame.begin() + kEthernet + 24, frame.begin() + kEthernet + 40);
  form[10] = form[11] = 0xff;
  std::copy(frame.begin() + kEthernet + 16, frame.begin() + kEthernet + 20, form.begin() + 12);
  return form;
}

}  // namespace frames
