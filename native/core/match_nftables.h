// match_nftables.h - the frontend of a packet as a verdict map finds it: one hash lookup.
#ifndef KUBEWIRE_CORE_MATCH_NFTABLES_H
#define KUBEWIRE_CORE_MATCH_NFTABLES_H

#include "core/gather.h"

/* The row of FRONTEND with exactly this key, or KW_NONE. */
static inline uint32_t kw_match_nftables(const struct kw_tables *tables, const uint8_t *address, uint16_t port_be,
                                         uint8_t protocol) {
  uint8_t key[20];
  kw_address_copy(key, address);
  kw_store16(key + 16, port_be);
  key[18] = protocol;
  key[19] = 0;
  uint32_t slot = kw_hash_key(key, sizeof key, tables->hash_seed) & tables->frontend_slot_mask; /* [MATCH-1] */
  for (uint32_t probes = 0; probes <= tables->frontend_slot_mask; probes++) {
    const uint32_t row = tables->frontend_slots[slot].index;
    if (row == KW_NONE) return KW_NONE;
    const struct kw_frontend_row *frontend = &tables->frontends[row];
    if (frontend->port_be == port_be && frontend->protocol == protocol &&
        kw_address_equal(frontend->address, address)) {
      return row;
    }
    slot = (slot + 1) & tables->frontend_slot_mask;
  }
  return KW_NONE;
}

/* The rules of the frontend with this key, or NULL. */
static inline const struct kw_perfect_row *kw_rules_nftables(const struct kw_tables *tables, const uint8_t *address,
                                                             uint16_t port_be, uint8_t protocol,
                                                             struct kw_perfect_row *gathered) {
  return kw_gather(tables, kw_match_nftables(tables, address, port_be, protocol), gathered);
}

#endif
