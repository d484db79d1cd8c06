// match_perfect.h - the frontend of a packet by a minimal perfect hash: one pilot, one row of one cache line, no probing.
//
// Twin of src/image/perfect.ts, which places the keys. A key's hash has two halves: the upper one names its bucket, the
// lower one and the bucket's pilot name its row. A pilot with the top bit is the row itself (buckets with a single key);
// one with the next bit is a group of such pilots, one of which is the key's (buckets that a patch has changed).
#ifndef KUBEWIRE_CORE_MATCH_PERFECT_H
#define KUBEWIRE_CORE_MATCH_PERFECT_H

#include "core/tables.h"

#define KW_PILOT_DIRECT 0x80000000u
#define KW_PILOT_GROUP 0x40000000u

/* A group has 2^bits rows of PILOT, at least 2 and at most 1,024, from its first on. */
#define KW_PILOT_GROUP_BITS_MAXIMUM 10u
static inline uint32_t kw_pilot_group_bits(uint32_t pilot) { return (pilot >> 25) & 0x1fu; }
static inline uint32_t kw_pilot_group_first(uint32_t pilot) { return pilot & 0x01ffffffu; }

/* NH over six 32-bit words (Black et al., CRYPTO 1999), the last one zero, and a multiplication to spread the sum. [MATCH-3] */
static inline uint64_t kw_perfect_hash(const uint8_t *address, uint16_t port_be, uint8_t protocol, uint32_t seed) {
  const uint32_t last = port_be | ((uint32_t)protocol << 16);
  uint64_t h = (uint64_t)(kw_load32(address) + (seed ^ 0x9e3779b9u)) * (kw_load32(address + 4) + (seed ^ 0x85ebca6bu));
  h += (uint64_t)(kw_load32(address + 8) + (seed ^ 0xc2b2ae35u)) * (kw_load32(address + 12) + (seed ^ 0x27d4eb2fu));
  h += (uint64_t)(last + (seed ^ 0x165667b1u)) * (seed ^ 0xd6e8feb9u);
  h = (h ^ (h >> 32)) * 0x9fb21c651e98df25ull;
  return h ^ (h >> 32);
}

/* Protocol of a row of PERFECT that is free: no packet that is looked up has it. */
#define KW_PERFECT_FREE_PROTOCOL 255u

/* Row of PILOT that stands for the bucket of a key. [MATCH-4] */
static inline uint32_t kw_perfect_bucket(const struct kw_tables *tables, uint64_t hash) {
  return kw_scale((uint32_t)(hash >> 32), tables->bucket_count);
}

/* Which pilot of a group is the key's. */
static inline uint32_t kw_perfect_in_group(uint64_t hash, uint32_t group) {
  return ((uint32_t)hash * 0x9e3779b1u) >> (32 - kw_pilot_group_bits(group));
}

/* Row of PERFECT to which the pilot of its bucket leads a key. [MATCH-5] */
static inline uint32_t kw_perfect_place(const struct kw_tables *tables, uint64_t hash, uint32_t pilot) {
  if (pilot & (KW_PILOT_DIRECT | KW_PILOT_GROUP)) {
    if (!(pilot & KW_PILOT_DIRECT)) {
      pilot = tables->pilots[kw_pilot_group_first(pilot) + kw_perfect_in_group(hash, pilot)].index;
    }
    return pilot & ~KW_PILOT_DIRECT;
  }
  return kw_scale(((uint32_t)hash ^ (pilot * 0x9e3779b1u)) * 0x85ebca6bu, tables->spread);
}

/* Is this the row with exactly this key? There is one at most. */
static inline int kw_perfect_is(const struct kw_perfect_row *row, const uint8_t *address, uint16_t port_be,
                                uint8_t protocol) {
  return row->port_be == port_be && row->protocol == protocol && kw_address_equal(row->address, address);
}

/* The row of PERFECT with exactly this key, or NULL. [MATCH-6] */
static inline const struct kw_perfect_row *kw_match_perfect(const struct kw_tables *tables, const uint8_t *address,
                                                            uint16_t port_be, uint8_t protocol) {
  if (tables->perfect_count == 0) return NULL;
  const uint64_t hash = kw_perfect_hash(address, port_be, protocol, tables->hash_seed);
  const uint32_t pilot = tables->pilots[kw_perfect_bucket(tables, hash)].index;
  const struct kw_perfect_row *row = &tables->perfect[kw_perfect_place(tables, hash, pilot)];
  return kw_perfect_is(row, address, port_be, protocol) ? row : NULL;
}

/* What is to be done at the frontend with this key, or NULL. */
static inline const struct kw_perfect_row *kw_rules_perfect(const struct kw_tables *tables, const uint8_t *address,
                                                            uint16_t port_be, uint8_t protocol,
                                                            struct kw_perfect_row *gathered) {
  (void)gathered; /* the row has it all, where it lies */
  return kw_match_perfect(tables, address, port_be, protocol);
}

#endif
