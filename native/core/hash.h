// hash.h - the hash of all slot sections: MurmurHash3 x86_32 (public domain algorithm) over little-endian words.
//
// Twin of src/image/hash.ts. Slot sections are open-addressed with linear probing; the loader has checked that their
// length is a power of two with a free slot, so that a probe always ends.
#ifndef KUBEWIRE_CORE_HASH_H
#define KUBEWIRE_CORE_HASH_H

#include "core/bytes.h"

static inline uint32_t kw_rotl32(uint32_t x, uint32_t r) { return (x << r) | (x >> (32 - r)); }

/* Hash of a key whose length is a multiple of 4 bytes. */
static inline uint32_t kw_hash_key(const uint8_t *key, uint32_t length, uint32_t seed) {
  uint32_t h = seed;
  for (uint32_t i = 0; i < length; i += 4) {
    uint32_t k = kw_load32(key + i) * 0xcc9e2d51u;
    h ^= kw_rotl32(k, 15) * 0x1b873593u;
    h = kw_rotl32(h, 13) * 5u + 0xe6546b64u;
  }
  h ^= length;
  h = (h ^ (h >> 16)) * 0x85ebca6bu;
  h = (h ^ (h >> 13)) * 0xc2b2ae35u;
  return h ^ (h >> 16);
}

/* Scales a 32-bit number to 0 .. count - 1. */
static inline uint32_t kw_scale(uint32_t word, uint32_t count) { return (uint32_t)(((uint64_t)word * count) >> 32); }

#endif
