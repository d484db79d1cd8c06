// bytes.h - reads, writes and compares bytes of a packet. No other file accesses memory wider than a byte.
#ifndef KUBEWIRE_CORE_BYTES_H
#define KUBEWIRE_CORE_BYTES_H

#include "abi/abi.gen.h"

/* The table image and these helpers are little-endian; a port to a big-endian machine starts here. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "kubewire needs a little-endian machine"
#endif

/* Likely and unlikely branches: the established path is laid out straight. */
#define KW_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define KW_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* The established path is one piece of code, so that nothing is asked twice. What it seldom needs stands aside. */
#define KW_INLINE static inline __attribute__((always_inline))
#define KW_ASIDE static __attribute__((noinline, unused))

/* Words in memory order, not swapped: enough for one's complement sums and for equality. */
#ifdef __bpf__
/* The machine loads words from everywhere, but its compiler would copy them byte by byte. */
typedef uint16_t __attribute__((may_alias)) kw_word16;
typedef uint32_t __attribute__((may_alias)) kw_word32;
typedef uint64_t __attribute__((may_alias)) kw_word64;
static inline uint16_t kw_load16(const uint8_t *at) { return *(const kw_word16 *)(const void *)at; }
static inline uint32_t kw_load32(const uint8_t *at) { return *(const kw_word32 *)(const void *)at; }
static inline uint64_t kw_load64(const uint8_t *at) { return *(const kw_word64 *)(const void *)at; }
static inline void kw_store16(uint8_t *at, uint16_t value) { *(kw_word16 *)(void *)at = value; }
static inline void kw_store32(uint8_t *at, uint32_t value) { *(kw_word32 *)(void *)at = value; }
static inline void kw_store64(uint8_t *at, uint64_t value) { *(kw_word64 *)(void *)at = value; }
#else
static inline uint16_t kw_load16(const uint8_t *at) {
  uint16_t value;
  __builtin_memcpy(&value, at, sizeof value);
  return value;
}

static inline uint32_t kw_load32(const uint8_t *at) {
  uint32_t value;
  __builtin_memcpy(&value, at, sizeof value);
  return value;
}

static inline uint64_t kw_load64(const uint8_t *at) {
  uint64_t value;
  __builtin_memcpy(&value, at, sizeof value);
  return value;
}

static inline void kw_store16(uint8_t *at, uint16_t value) { __builtin_memcpy(at, &value, sizeof value); }
static inline void kw_store32(uint8_t *at, uint32_t value) { __builtin_memcpy(at, &value, sizeof value); }
static inline void kw_store64(uint8_t *at, uint64_t value) { __builtin_memcpy(at, &value, sizeof value); }
#endif

static inline uint16_t kw_swap16(uint16_t value) { return (uint16_t)((value << 8) | (value >> 8)); }

/* Big-endian fields as numbers. */
static inline uint16_t kw_load_be16(const uint8_t *at) { return (uint16_t)((at[0] << 8) | at[1]); }

static inline void kw_store_be16(uint8_t *at, uint32_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

static inline void kw_store_be32(uint8_t *at, uint32_t value) {
  kw_store_be16(at, value >> 16);
  kw_store_be16(at + 2, value & 0xffffu);
}

static inline void kw_copy(uint8_t *to, const uint8_t *from, size_t length) { __builtin_memcpy(to, from, length); }

/* MAC addresses. */
static inline void kw_copy_mac(uint8_t *to, const uint8_t *from) { __builtin_memcpy(to, from, 6); }

/* Addresses: 16 bytes, IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2). */
static inline int kw_address_equal(const uint8_t *a, const uint8_t *b) {
  return ((kw_load64(a) ^ kw_load64(b)) | (kw_load64(a + 8) ^ kw_load64(b + 8))) == 0;
}

static inline void kw_address_copy(uint8_t *to, const uint8_t *from) { __builtin_memcpy(to, from, 16); }

/* Bytes 8 to 11 of an IPv4 address; those before are zero. */
#define KW_MAPPED_WORD 0xffff0000u

/* True for every IPv4-mapped address. */
static inline int kw_address_is_v4(const uint8_t *a) { return kw_load64(a) == 0 && kw_load32(a + 8) == KW_MAPPED_WORD; }

/* True for the unspecified address of either family, and for sixteen zero bytes. */
static inline int kw_address_is_unspecified(const uint8_t *a) {
  return kw_load64(a) == 0 && kw_load32(a + 12) == 0 && (kw_load32(a + 8) == 0 || kw_load32(a + 8) == KW_MAPPED_WORD);
}

/* Four bytes of an IPv4 header -> 16-byte form. Two 8-byte stores, so that each 8-byte load that follows can be
 * forwarded from one store. */
static inline void kw_address_from_v4(uint8_t *to, const uint8_t *from) {
  kw_store64(to, 0);
  kw_store64(to + 8, KW_MAPPED_WORD | ((uint64_t)kw_load32(from) << 32));
}

/* True if the first `bits` (0 to 128) bits of both are equal. Families never mix: a prefix shorter than 96 bits
 * contains no IPv4 address. */
static inline int kw_address_in_prefix(const uint8_t *address, const uint8_t *prefix, uint32_t bits) {
  const uint64_t low = __builtin_bswap64(kw_load64(address + 8) ^ kw_load64(prefix + 8));
  const uint64_t high = kw_load64(address) ^ kw_load64(prefix);
  if (KW_LIKELY(bits >= 96)) return (high | (low >> (128 - bits))) == 0;
  if (kw_address_is_v4(address)) return 0;
  if (bits == 0) return 1;
  if (bits <= 64) return (__builtin_bswap64(high) >> (64 - bits)) == 0;
  return (high | (low >> (128 - bits))) == 0;
}

#endif
