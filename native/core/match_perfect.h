// match_perfect.h - finds the frontend by a minimal perfect hash: reads one pilot and one row of a cache line, no
// probing.
//
// Twin of src/image/perfect.ts, which places the keys. The upper half of a key's hash selects its bucket; the lower
// half and the bucket's pilot select its row. A pilot with the top bit set is itself the row number (buckets with a
// single key). One with the next bit set names a group of such pilots, one of them for the key (buckets that a patch
// has changed).
#ifndef KUBEWIRE_CORE_MATCH_PERFECT_H
#define KUBEWIRE_CORE_MATCH_PERFECT_H

#include "core/tables.h"

#define KW_PILOT_DIRECT 0x80000000u
#define KW_PILOT_GROUP 0x40000000u

/* A group is 2^bits consecutive PILOT rows, 2 to 1,024 of them. */
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

/* Protocol of a free PERFECT row: no packet that is looked up has it. */
#define KW_PERFECT_FREE_PROTOCOL 255u

/* The PILOT row of a key's bucket. [MATCH-4] */
static inline uint32_t kw_perfect_bucket(const struct kw_tables *tables, uint64_t hash) {
  return kw_scale((uint32_t)(hash >> 32), tables->bucket_count);
}

/* The index of the key's pilot in its group. */
static inline uint32_t kw_perfect_in_group(uint64_t hash, uint32_t group) {
  return ((uint32_t)hash * 0x9e3779b1u) >> (32 - kw_pilot_group_bits(group));
}

/* The PERFECT row that the pilot of its bucket gives a key. [MATCH-5] */
static inline uint32_t kw_perfect_place(const struct kw_tables *tables, uint64_t hash, uint32_t pilot) {
  if (pilot & (KW_PILOT_DIRECT | KW_PILOT_GROUP)) {
    if (!(pilot & KW_PILOT_DIRECT)) {
      pilot = tables->pilots[kw_pilot_group_first(pilot) + kw_perfect_in_group(hash, pilot)].index;
    }
    return pilot & ~KW_PILOT_DIRECT;
  }
  return kw_scale(((uint32_t)hash ^ (pilot * 0x9e3779b1u)) * 0x85ebca6bu, tables->spread);
}

/* Has the row exactly this key? At most one has. */
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

/* The rules of the frontend with this key, or NULL. */
static inline const struct kw_perfect_row *kw_rules_perfect(const struct kw_tables *tables, const uint8_t *address,
                                                            uint16_t port_be, uint8_t protocol,
                                                            struct kw_perfect_row *gathered) {
  (void)gathered; /* the row already holds all the rules */
  return kw_match_perfect(tables, address, port_be, protocol);
}

#endif
