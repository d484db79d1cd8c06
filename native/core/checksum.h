// checksum.h - Internet checksums (RFC 1071), their incremental update (RFC 1624 eqn. 3), and CRC32c of SCTP.
//
// One's complement sums do not depend on the byte order in which words are read, so everything here reads memory words
// as they stand. A kw_difference collects sum(~m) + sum(m') over the words that change; it is applied once per field.
#ifndef KUBEWIRE_CORE_CHECKSUM_H
#define KUBEWIRE_CORE_CHECKSUM_H

#include "core/bytes.h"

typedef uint64_t kw_difference;

static inline uint16_t kw_fold(uint64_t sum) {
  sum = (sum & 0xffffffffu) + (sum >> 32);
  sum = (sum & 0xffffffffu) + (sum >> 32);
  sum = (sum & 0xffffu) + (sum >> 16);
  sum = (sum & 0xffffu) + (sum >> 16);
  return (uint16_t)sum;
}

/* Adds `length` bytes to a running sum; only the last piece of a sum may have an odd length. */
static inline uint64_t kw_sum(uint64_t sum, const uint8_t *data, uint32_t length) {
  uint32_t i = 0;
  for (; i + 16 <= length; i += 16) {
    sum += (uint64_t)kw_load32(data + i) + kw_load32(data + i + 4);
    sum += (uint64_t)kw_load32(data + i + 8) + kw_load32(data + i + 12);
  }
  for (; i + 2 <= length; i += 2) sum += kw_load16(data + i);
  if (i < length) sum += data[i];
  return sum;
}

/* Sum of an IPv4 header, which nearly always has 20 bytes. */
static inline uint64_t kw_sum_header(const uint8_t *ip, uint32_t length) {
  if (KW_UNLIKELY(length != 20)) return kw_sum(0, ip, length);
  return (uint64_t)kw_load32(ip) + kw_load32(ip + 4) + kw_load32(ip + 8) + kw_load32(ip + 12) + kw_load32(ip + 16);
}

/* The checksum field for a sum, as it stands in memory. */
static inline uint16_t kw_finish(uint64_t sum) { return (uint16_t)~kw_fold(sum); }

/* Sum of the pseudo-header: RFC 9293 section 3.1 for IPv4, RFC 8200 section 8.1 for IPv6. Addresses in 16-byte form;
 * the ::ffff prefix of IPv4 adds 0xffff to each, which is zero in one's complement but is left out all the same. */
static inline uint64_t kw_sum_pseudo(const uint8_t *source, const uint8_t *destination, int v4, uint32_t l4_length,
                                     uint8_t protocol) {
  const uint32_t skip = v4 ? 12u : 0u;
  uint64_t sum = kw_sum(0, source + skip, 16 - skip);
  sum = kw_sum(sum, destination + skip, 16 - skip);
  return sum + __builtin_bswap32(l4_length) + ((uint32_t)protocol << 8);
}

/* A 16-bit word changes. Values as they stand in memory. */
static inline kw_difference kw_difference16(uint16_t old_word, uint16_t new_word) {
  return (kw_difference)(uint16_t)~old_word + new_word;
}

/* A 16-byte-form address changes: 2 words for IPv4, 8 for IPv6, all of them whether they differ or not. */
static inline kw_difference kw_difference_address(const uint8_t *old_address, const uint8_t *new_address, int v4) {
  kw_difference sum = (kw_difference)(uint32_t)~kw_load32(old_address + 12) + kw_load32(new_address + 12);
  if (v4) return sum;
  for (uint32_t i = 0; i < 12; i += 4) {
    sum += (kw_difference)(uint32_t)~kw_load32(old_address + i) + kw_load32(new_address + i);
  }
  return sum;
}

/* RFC 1624 eqn. 3: HC' = ~(~HC + ~m + m'). [NAT-9] */
static inline uint16_t kw_checksum_update(uint16_t checksum, kw_difference difference) {
  return (uint16_t)~kw_fold((uint64_t)(uint16_t)~checksum + difference);
}

/* CHECKSUM_PARTIAL: the field is a sum, not its complement. */
static inline uint16_t kw_partial_update(uint16_t sum, kw_difference difference) {
  return kw_fold((uint64_t)sum + difference);
}

/* CRC32c (RFC 9260 appendix A), four bits at a time: Castagnoli polynomial 0x82f63b78, reflected. Returns the value that
 * stands little-endian in an SCTP header; the four bytes of the checksum field at offset 8 count as zero. */
static inline uint32_t kw_crc32c_sctp(const uint8_t *data, uint32_t length) {
  static const uint32_t nibbles[16] = {0x00000000u, 0x105ec76fu, 0x20bd8edeu, 0x30e349b1u, 0x417b1dbcu, 0x5125dad3u,
                                       0x61c69362u, 0x7198540du, 0x82f63b78u, 0x92a8fc17u, 0xa24bb5a6u, 0xb21572c9u,
                                       0xc38d26c4u, 0xd3d3e1abu, 0xe330a81au, 0xf36e6f75u};
  uint32_t crc = 0xffffffffu;
  for (uint32_t i = 0; i < length; i++) {
    crc ^= (i >= 8 && i < 12) ? 0u : data[i];
    crc = (crc >> 4) ^ nibbles[crc & 15u];
    crc = (crc >> 4) ^ nibbles[crc & 15u];
  }
  return ~crc;
}

#endif
