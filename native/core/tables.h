// tables.h - kw_tables: a table image as pointers and counts. Made by the loader, which has checked every index in it.
#ifndef KUBEWIRE_CORE_TABLES_H
#define KUBEWIRE_CORE_TABLES_H

#include "core/hash.h"
#include "core/tuple.h"

struct kw_tables {
  const struct kw_node_row *node;
  const struct kw_port_row *ports;
  const struct kw_route_row *routes;
  const struct kw_index_row *route_slots;
  const struct kw_local_address_row *local_addresses;
  const struct kw_cidr_row *cidrs;
  const struct kw_cidr_row *source_ranges;
  const struct kw_frontend_row *frontends;
  const struct kw_index_row *frontend_slots;
  const struct kw_service_row *services;
  const struct kw_index_row *members;
  const struct kw_backend_row *backends;
  const struct kw_index_row *ring;
  const struct kw_index_row *cluster_ip_slots;
  const struct kw_index_row *pilots;
  const struct kw_perfect_row *perfect;
  uint32_t port_count;
  uint32_t route_count;
  uint32_t prefix_first; /* first route that is not an exact one (/128) */
  uint32_t route_slot_mask;
  uint32_t local_address_count;
  uint32_t cidr_count;
  uint32_t source_range_count;
  uint32_t frontend_count;
  uint32_t node_port_first; /* IPTABLES: rows from here on have the unspecified address */
  uint32_t frontend_slot_mask;
  uint32_t service_count;
  uint32_t member_count;
  uint32_t backend_count;
  uint32_t ring_count;
  uint32_t cluster_ip_slot_mask;
  uint32_t pilot_count;
  uint32_t perfect_count;
  uint32_t bucket_count; /* PERFECT: rows of PILOT that stand for buckets; behind them are groups */
  uint32_t spread;       /* PERFECT: rows that pilots spread keys over; behind them are rows that are only named */
  uint32_t hash_seed;
  uint32_t strategy; /* kw_strategy */
  uint32_t node_id;
  uint32_t router; /* the node has NodeFlag ROUTER */
  uint64_t generation;
};

/* The row of LOCAL_ADDRESS with this address, or NULL. A node has a handful of them. */
static inline const struct kw_local_address_row *kw_find_local(const struct kw_tables *tables, const uint8_t *address) {
  for (uint32_t i = 0; i < tables->local_address_count; i++) {
    if (kw_address_equal(tables->local_addresses[i].address, address)) return &tables->local_addresses[i];
  }
  return NULL;
}

/* True if a CIDR row of this kind contains the address. */
static inline int kw_in_cidr(const struct kw_tables *tables, uint32_t kind, const uint8_t *address) {
  for (uint32_t i = 0; i < tables->cidr_count; i++) {
    const struct kw_cidr_row *row = &tables->cidrs[i];
    if (row->kind == kind && kw_address_in_prefix(address, row->prefix, row->prefix_length)) return 1;
  }
  return 0;
}

/* True if the address is in CLUSTER_IP_SLOT. */
static inline int kw_is_cluster_ip(const struct kw_tables *tables, const uint8_t *address) {
  uint32_t slot = kw_hash_key(address, 16, tables->hash_seed) & tables->cluster_ip_slot_mask;
  for (uint32_t probes = 0; probes <= tables->cluster_ip_slot_mask; probes++) {
    const uint32_t row = tables->cluster_ip_slots[slot].index;
    if (row == KW_NONE) return 0;
    if (kw_address_equal(tables->frontends[row].address, address)) return 1;
    slot = (slot + 1) & tables->cluster_ip_slot_mask;
  }
  return 0;
}

#endif
