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

/* What the tables say about the frontend that a packet matched. Lists are runs of MEMBER, under PERFECT of BACKEND. */
struct kw_rules {
  uint32_t frontend; /* row of FRONTEND */
  uint32_t kind;     /* kw_frontend_kind */
  uint32_t flags;    /* kw_frontend_flag */
  uint32_t service;  /* row of SERVICE; NONE for HEALTH_CHECK, and then nothing below holds */
  uint32_t service_id;
  uint32_t service_flags; /* kw_service_flag */
  uint32_t cluster_first;
  uint32_t cluster_count;
  uint32_t local_first;
  uint32_t local_count;
  uint32_t source_range_first;
  uint32_t source_range_count;
  uint32_t affinity_seconds;
};

static inline void kw_rules_of_row(const struct kw_tables *tables, uint32_t row, struct kw_rules *rules) {
  const struct kw_frontend_row *frontend = &tables->frontends[row];
  rules->frontend = row;
  rules->kind = frontend->kind;
  rules->flags = frontend->flags;
  rules->service = frontend->service;
  if (frontend->service == KW_NONE) return;
  const struct kw_service_row *service = &tables->services[frontend->service];
  rules->service_id = service->id;
  rules->service_flags = service->flags;
  rules->cluster_first = service->cluster_first;
  rules->cluster_count = service->cluster_count;
  rules->local_first = service->local_first;
  rules->local_count = service->local_count;
  rules->source_range_first = service->source_range_first;
  rules->source_range_count = service->source_range_count;
  rules->affinity_seconds = service->affinity_seconds;
}

static inline void kw_rules_of_perfect(const struct kw_perfect_row *row, struct kw_rules *rules) {
  rules->frontend = row->frontend;
  rules->kind = row->kind;
  rules->flags = row->flags;
  rules->service = row->service;
  rules->service_id = row->service_id;
  rules->service_flags = row->service_flags;
  rules->cluster_first = row->cluster_first;
  rules->cluster_count = row->cluster_count;
  rules->local_first = row->local_first;
  rules->local_count = row->local_count;
  rules->source_range_first = row->source_range_first;
  rules->source_range_count = row->source_range_count;
  rules->affinity_seconds = row->affinity_seconds;
}

/* What is to be done with a new connection to (address, port, protocol); 0 when no frontend has that key. */
static inline int kw_match(const struct kw_tables *tables, const uint8_t *address, uint16_t port_be, uint8_t protocol,
                           struct kw_rules *rules) {
  uint32_t row;
  switch (tables->strategy) {
    case KW_STRATEGY_PERFECT: {
      const struct kw_perfect_row *perfect = kw_match_perfect(tables, address, port_be, protocol);
      if (perfect == NULL) return 0;
      kw_rules_of_perfect(perfect, rules);
      return 1;
    }
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
  if (row == KW_NONE) return 0;
  kw_rules_of_row(tables, row, rules);
  return 1;
}

/* The row of FRONTEND with this key, or KW_NONE, whatever the strategy costs: for what is done when an image is taken. */
static inline uint32_t kw_frontend_of(const struct kw_tables *tables, const uint8_t *address, uint16_t port_be,
                                      uint8_t protocol) {
  if (tables->strategy != KW_STRATEGY_PERFECT) return kw_match_nftables(tables, address, port_be, protocol);
  const struct kw_perfect_row *row = kw_match_perfect(tables, address, port_be, protocol);
  return row == NULL ? KW_NONE : row->frontend;
}

/* The row of BACKEND at a place of a list. */
static inline uint32_t kw_member(const struct kw_tables *tables, uint32_t place) {
  return tables->strategy == KW_STRATEGY_PERFECT ? place : tables->members[place].index;
}

#endif
