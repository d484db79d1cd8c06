// tables.h - small lookups in the tables of a node (kw_tables): is an address local, in a range, a cluster IP?
#ifndef KUBEWIRE_CORE_TABLES_H
#define KUBEWIRE_CORE_TABLES_H

#include "core/hash.h"
#include "core/tuple.h"

/* Is the strategy of these tables one of a KW_STRATEGIES_ mask? */
static inline int kw_strategy_in(const struct kw_tables *tables, uint32_t strategies) {
  return (strategies >> tables->strategy) & 1u;
}

/* The row of LOCAL_ADDRESS with this address, or NULL. A node has a handful of them. */
static inline const struct kw_local_address_row *kw_find_local(const struct kw_tables *tables, const uint8_t *address) {
  for (uint32_t i = 0; i < tables->local_address_count; i++) {
    if (kw_address_equal(tables->local_addresses[i].address, address)) return &tables->local_addresses[i];
  }
  return NULL;
}

/* The same for the source and the destination of a packet, in one pass. */
static inline void kw_find_locals(const struct kw_tables *tables, const struct kw_tuple *tuple,
                                  const struct kw_local_address_row *found[2]) {
  const uint32_t source = kw_load32(tuple->source + 12), destination = kw_load32(tuple->destination + 12);
  found[0] = found[1] = NULL;
  for (uint32_t i = tables->local_address_count; i-- > 0;) {
    const struct kw_local_address_row *row = &tables->local_addresses[i];
    const uint32_t last = kw_load32(row->address + 12);
    if (KW_UNLIKELY(last == source) && kw_address_equal(row->address, tuple->source)) found[0] = row;
    if (KW_UNLIKELY(last == destination) && kw_address_equal(row->address, tuple->destination)) found[1] = row;
  }
}

/* True if a CIDR row of this kind contains the address. */
static inline int kw_in_cidr(const struct kw_tables *tables, uint32_t kind, const uint8_t *address) {
  for (uint32_t i = 0; i < tables->cidr_count; i++) {
    const struct kw_cidr_row *row = &tables->cidrs[i];
    if (row->kind == kind && kw_address_in_prefix(address, row->prefix, row->prefix_length)) return 1;
  }
  return 0;
}

/* True if the address is in CLUSTER_IP_SLOT. [IMAGE-1] */
static inline int kw_is_cluster_ip(const struct kw_tables *tables, const uint8_t *address) {
  uint32_t slot = kw_hash_address(address, tables->hash_seed, tables->hash_mapped) & tables->cluster_ip_slot_mask;
  for (uint32_t probes = 0; probes <= tables->cluster_ip_slot_mask; probes++) {
    const uint32_t row = tables->cluster_ip_slots[slot].index;
    if (row == KW_NONE) return 0;
    if (kw_address_equal(tables->frontends[row].address, address)) return 1;
    slot = (slot + 1) & tables->cluster_ip_slot_mask;
  }
  return 0;
}

#endif
