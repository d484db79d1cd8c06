// match.h - the strategy's lookup, selected in one place: address, port and protocol of a packet -> what is to be done there.
//
// A strategy is a match_<name>.h. What its answer means afterwards is the same for all (service.h), but for the choice of
// an endpoint (choose.h).
#ifndef KUBEWIRE_CORE_MATCH_H
#define KUBEWIRE_CORE_MATCH_H

#include "core/match_ebpf.h"
#include "core/match_iptables.h"
#include "core/match_nftables.h"
#include "core/match_perfect.h"

/* What the tables say about a frontend is a row of PERFECT: the packet reads it where it lies. The other strategies gather
 * it in `gathered`, from the row of FRONTEND and that of SERVICE; lists are runs of MEMBER there, here of BACKEND. */
static inline const struct kw_perfect_row *kw_gather(const struct kw_tables *tables, uint32_t row,
                                                     struct kw_perfect_row *gathered) {
  const struct kw_frontend_row *frontend = &tables->frontends[row];
  gathered->frontend = row;
  gathered->kind = frontend->kind;
  gathered->flags = (uint16_t)frontend->flags;
  gathered->service = frontend->service;
  /* Of a HEALTH_CHECK nothing below is looked at. */
  if (frontend->service == KW_NONE) return gathered;
  const struct kw_service_row *service = &tables->services[frontend->service];
  gathered->service_id = service->id;
  gathered->service_flags = (uint16_t)service->flags;
  gathered->cluster_first = service->cluster_first;
  gathered->cluster_count = service->cluster_count;
  gathered->local_first = service->local_first;
  gathered->local_count = service->local_count;
  gathered->source_range_first = service->source_range_first;
  gathered->source_range_count = service->source_range_count;
  gathered->affinity_seconds = service->affinity_seconds;
  return gathered;
}

/* What is to be done with a new connection to (address, port, protocol); NULL when no frontend has that key. */
static inline const struct kw_perfect_row *kw_match(const struct kw_tables *tables, const uint8_t *address,
                                                    uint16_t port_be, uint8_t protocol,
                                                    struct kw_perfect_row *gathered) {
  uint32_t row;
  switch (tables->strategy) {
    case KW_STRATEGY_PERFECT:
      return kw_match_perfect(tables, address, port_be, protocol);
    case KW_STRATEGY_IPTABLES:
      row = kw_match_iptables(tables, address, port_be, protocol);
      break;
    case KW_STRATEGY_EBPF:
      row = kw_match_ebpf(tables, address, port_be, protocol);
      break;
    default: /* NFTABLES; IPVS has a hash of virtual servers */
      row = kw_match_nftables(tables, address, port_be, protocol);
      break;
  }
  return row == KW_NONE ? NULL : kw_gather(tables, row, gathered);
}

/* The row of FRONTEND with this key, or KW_NONE, whatever the strategy costs: for what is done when an image is taken. */
static inline uint32_t kw_frontend_of(const struct kw_tables *tables, const uint8_t *address, uint16_t port_be,
                                      uint8_t protocol) {
  if (tables->strategy != KW_STRATEGY_PERFECT) return kw_match_nftables(tables, address, port_be, protocol);
  const struct kw_perfect_row *row = kw_match_perfect(tables, address, port_be, protocol);
  return row == NULL ? KW_NONE : row->frontend;
}

/* The row of BACKEND at a place of a list. [CHOOSE-4] */
static inline uint32_t kw_member(const struct kw_tables *tables, uint32_t place) {
  return tables->strategy == KW_STRATEGY_PERFECT ? place : tables->members[place].index;
}

#endif
