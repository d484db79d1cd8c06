// match_ebpf.h - the frontend of a packet as Cilium's service map finds it: one hash lookup by address, port and
// protocol.
//
// Cilium looks up slots 1 .. n of a service in the same map. Here they are runs of MEMBER (random choice) or RING
// (Maglev), so an array access replaces the second hash lookup.
#ifndef KUBEWIRE_CORE_MATCH_EBPF_H
#define KUBEWIRE_CORE_MATCH_EBPF_H

#include "core/match_nftables.h"

/* The row of FRONTEND with exactly this key, or KW_NONE. */
static inline uint32_t kw_match_ebpf(const struct kw_tables *tables, const uint8_t *address, uint16_t port_be,
                                     uint8_t protocol) {
  return kw_match_nftables(tables, address, port_be, protocol);
}

/* The rules of the frontend with this key, or NULL. */
static inline const struct kw_perfect_row *kw_rules_ebpf(const struct kw_tables *tables, const uint8_t *address,
                                                         uint16_t port_be, uint8_t protocol,
                                                         struct kw_perfect_row *gathered) {
  return kw_gather(tables, kw_match_ebpf(tables, address, port_be, protocol), gathered);
}

#endif
