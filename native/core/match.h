// match.h - the strategy's lookup, selected in one place. A strategy is a match_<name>.h with one function of this shape;
// what the row means afterwards is the same for all (service.h).
#ifndef KUBEWIRE_CORE_MATCH_H
#define KUBEWIRE_CORE_MATCH_H

#include "core/match_nftables.h"

/* The row of FRONTEND for (address, port, protocol), or KW_NONE. */
static inline uint32_t kw_match(const struct kw_tables *tables, const uint8_t *address, uint16_t port_be,
                                uint8_t protocol) {
  switch (tables->strategy) {
    case KW_STRATEGY_NFTABLES:
    case KW_STRATEGY_IPTABLES:
    case KW_STRATEGY_IPVS:
    case KW_STRATEGY_EBPF:
    case KW_STRATEGY_PERFECT:
      return kw_match_nftables(tables, address, port_be, protocol);
    default:
      return KW_NONE;
  }
}

#endif
