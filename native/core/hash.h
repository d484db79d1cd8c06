// hash.h - the hash of all slot sections: MurmurHash3 x86_32 (public domain algorithm) over little-endian words.
//
// Twin of src/image/hash.ts. Slot sections are open-addressed with linear probing; the loader has checked that their
// length is a power of two with a free slot, so that a probe always ends.
#ifndef KUBEWIRE_CORE_HASH_H
#define KUBEWIRE_CORE_HASH_H

#include "core/bytes.h"

static inline uint32_t kw_rotl32(uint32_t x, uint32_t r) { return (x << r) | (x >> (32 - r)); }

static inline uint32_t kw_hash_word(uint32_t h, uint32_t word) {
  h ^= kw_rotl32(word * 0xcc9e2d51u, 15) * 0x1b873593u;
  return kw_rotl32(h, 13) * 5u + 0xe6546b64u;
}

static inline uint32_t kw_hash_end(uint32_t h, uint32_t length) {
  h ^= length;
  h = (h ^ (h >> 16)) * 0x85ebca6bu;
  h = (h ^ (h >> 13)) * 0xc2b2ae35u;
  return h ^ (h >> 16);
}

/* Hash of a key whose length is a multiple of 4 bytes. */
static inline uint32_t kw_hash_key(const uint8_t *key, uint32_t length, uint32_t seed) {
  uint32_t h = seed;
  for (uint32_t i = 0; i < length; i += 4) h = kw_hash_word(h, kw_load32(key + i));
  return kw_hash_end(h, length);
}

/* How far a seed has come after the twelve bytes that all IPv4 addresses have in common. */
static inline uint32_t kw_hash_mapped(uint32_t seed) {
  return kw_hash_word(kw_hash_word(kw_hash_word(seed, 0), 0), KW_MAPPED_WORD);
}

/* kw_hash_key of an address; `mapped` is kw_hash_mapped of the seed. */
static inline uint32_t kw_hash_address(const uint8_t *address, uint32_t seed, uint32_t mapped) {
  if (KW_UNLIKELY(!kw_address_is_v4(address))) return kw_hash_key(address, 16, seed);
  return kw_hash_end(kw_hash_word(mapped, kw_load32(address + 12)), 16);
}

/* Scales a 32-bit number to 0 .. count - 1. */
static inline uint32_t kw_scale(uint32_t word, uint32_t count) { return (uint32_t)(((uint64_t)word * count) >> 32); }

#endif
