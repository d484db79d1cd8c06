// match.h - selects the strategy's lookup: address, port and protocol of a packet -> the rules of its frontend.
//
// The contract (KW_STRATEGIES) says which match_<lookup>.h a strategy uses. After the lookup all strategies are treated
// alike (service.h), except for the choice of an endpoint (choose.h).
#ifndef KUBEWIRE_CORE_MATCH_H
#define KUBEWIRE_CORE_MATCH_H

#include "core/match_ebpf.h"
#include "core/match_iptables.h"
#include "core/match_nftables.h"
#include "core/match_perfect.h"

/* The rules for a new connection to (address, port, protocol), or NULL if no frontend has that key. */
static inline const struct kw_perfect_row *kw_match(const struct kw_tables *tables, const uint8_t *address,
                                                    uint16_t port_be, uint8_t protocol,
                                                    struct kw_perfect_row *gathered) {
  switch (tables->strategy) {
#define KW_MATCH(name, word, lookup, choice) \
  case KW_STRATEGY_##name:                   \
    return kw_rules_##lookup(tables, address, port_be, protocol, gathered);
    KW_STRATEGIES(KW_MATCH)
#undef KW_MATCH
    default: /* no image has another strategy */
      return NULL;
  }
}

/* The FRONTEND row with this key, or KW_NONE. It may be slow: used when an image is loaded, not per packet. */
static inline uint32_t kw_frontend_of(const struct kw_tables *tables, const uint8_t *address, uint16_t port_be,
                                      uint8_t protocol) {
  if (!kw_strategy_in(tables, KW_STRATEGIES_PERFECT_HASH)) {
    return kw_match_nftables(tables, address, port_be, protocol);
  }
  const struct kw_perfect_row *row = kw_match_perfect(tables, address, port_be, protocol);
  return row == NULL ? KW_NONE : row->frontend;
}

/* The BACKEND row at a position of a list. [CHOOSE-4] */
static inline uint32_t kw_member(const struct kw_tables *tables, uint32_t place) {
  return kw_strategy_in(tables, KW_STRATEGIES_PERFECT_HASH) ? place : tables->members[place].index;
}

#endif
