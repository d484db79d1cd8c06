// hash.h - the hashes of the IPVS schedulers: a multiplicative one (dh, sh) and SipHash-1-3 (mh).
#ifndef KUBEWIRE_CORE_IPVS_HASH_H
#define KUBEWIRE_CORE_IPVS_HASH_H

#include "core/bytes.h"

/* An address as one number: IPv4 as it is, IPv6 as its four words XORed. [IPVS-19] */
static inline uint32_t kw_ipvs_fold(const uint8_t *address) {
  const uint32_t last = __builtin_bswap32(kw_load32(address + 12));
  if (kw_address_is_v4(address)) return last;
  return __builtin_bswap32(kw_load32(address) ^ kw_load32(address + 4) ^ kw_load32(address + 8)) ^ last;
}

/* Golden-ratio multiplication; the upper eight bits of the product. */
static inline uint32_t kw_ipvs_hash8(uint32_t value) { return (value * 0x61c88647u) >> 24; }

static inline uint64_t kw_rotl64(uint64_t x, uint32_t r) { return (x << r) | (x >> (64 - r)); }

static inline void kw_sip_round(uint64_t v[4]) {
  v[0] += v[1];
  v[2] += v[3];
  v[1] = kw_rotl64(v[1], 13) ^ v[0];
  v[3] = kw_rotl64(v[3], 16) ^ v[2];
  v[0] = kw_rotl64(v[0], 32);
  v[2] += v[1];
  v[0] += v[3];
  v[1] = kw_rotl64(v[1], 17) ^ v[2];
  v[3] = kw_rotl64(v[3], 21) ^ v[0];
  v[2] = kw_rotl64(v[2], 32);
}

/* SipHash-1-3 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012) of the four little-endian bytes of `value`,
 * lower half of the result. Key 00..0f and bytes 00 01 02 03 give 0x88d38328. */
static inline uint32_t kw_sip13(uint32_t value, uint64_t key0, uint64_t key1) {
  uint64_t v[4] = {
      key0 ^ 0x736f6d6570736575ull,
      key1 ^ 0x646f72616e646f6dull,
      key0 ^ 0x6c7967656e657261ull,
      key1 ^ 0x7465646279746573ull,
  };
  const uint64_t block = ((uint64_t)4 << 56) | value;
  v[3] ^= block;
  kw_sip_round(v);
  v[0] ^= block;
  v[2] ^= 0xff;
  for (uint32_t i = 0; i < 3; i++) kw_sip_round(v);
  return (uint32_t)(v[0] ^ v[1] ^ v[2] ^ v[3]);
}

#endif
