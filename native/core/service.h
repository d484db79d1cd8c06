// service.h - what a Service does to the first packet of a connection, in the order of native/law/service.md.
//
// Routing may still refuse the packet, so only the random generator and the state of a scheduler change here.
#ifndef KUBEWIRE_CORE_SERVICE_H
#define KUBEWIRE_CORE_SERVICE_H

#include "core/choose.h"
#include "core/choose_ipvs.h"
#include "core/frame.h"

/* What is going to happen to a NEW packet. */
struct kw_intent {
  const uint8_t *destination; /* rewritten, or the original */
  uint16_t destination_port_be;
  const uint8_t *route_by;   /* the destination, or the chosen node's address for SPREAD */
  uint32_t service_id;       /* owner of the flow; KW_NONE if no Service rule applies */
  uint32_t affinity_seconds; /* of that Service; 0 = nothing to remember */
  const struct kw_backend_row *backend;
  uint32_t chosen;     /* IPVS: row of the pool of destinations; KW_NONE */
  uint32_t reason;     /* SERVICE, SPREAD, HEALTH_CHECK; 0 = FORWARDED or LOCAL_DELIVERY, as the route says */
  uint32_t masquerade; /* kw_masquerade_reason */
  uint32_t untracked;  /* on a ROUTER: forwarded without a flow */
};

/* Is this frontend for this kind of node? A ROUTER uses only SPREAD and PROXY rows, others only the others. [SERVICE-3]
 */
static inline int kw_is_own(const struct kw_question *q, const struct kw_perfect_row *rules) {
  const uint32_t balances = rules->kind == KW_FRONTEND_KIND_SPREAD || rules->kind == KW_FRONTEND_KIND_PROXY;
  return balances == q->tables->router;
}

static inline const struct kw_perfect_row *kw_match_own(const struct kw_question *q, const uint8_t *address,
                                                        uint16_t port_be, uint8_t protocol,
                                                        struct kw_perfect_row *gathered) {
  const struct kw_perfect_row *rules = kw_match(q->tables, address, port_be, protocol, gathered);
  return rules != NULL && kw_is_own(q, rules) ? rules : NULL;
}

/* Does a frontend of any local address answer on this one? Of a HostPort it is any address indeed. */
static inline int kw_answers_here(const struct kw_question *q, const struct kw_perfect_row *rules) {
  return rules->kind == KW_FRONTEND_KIND_HOST_PORT || (q->local->flags & KW_LOCAL_ADDRESS_FLAG_NODE_PORT);
}

/* The frontend of the packet, or NULL: by address and port, then on a ROUTER by address alone, elsewhere as NodePort.
 * */
static inline const struct kw_perfect_row *kw_find_frontend(const struct kw_question *q,
                                                            struct kw_perfect_row *gathered) {
  static const uint8_t any4[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
  static const uint8_t any6[16] = {0};
  const struct kw_tuple *tuple = &q->packet->tuple;
  if (kw_protocol_has_ports(tuple->protocol)) {
    const struct kw_perfect_row *seen = kw_storage_seen(q->storage);
    if (seen != NULL && kw_is_own(q, seen) &&
        kw_perfect_is(seen, tuple->destination, tuple->destination_port_be, tuple->protocol)) {
      return seen;
    }
    const struct kw_perfect_row *own =
        kw_match_own(q, tuple->destination, tuple->destination_port_be, tuple->protocol, gathered); /* [SERVICE-1] */
    if (own != NULL) return own;
    if (q->local != NULL) { /* [SERVICE-2] */
      own = kw_match_own(q, q->packet->v4 ? any4 : any6, tuple->destination_port_be, tuple->protocol, gathered);
      if (own != NULL && kw_answers_here(q, own)) return own;
    }
  }
  return q->tables->router ? kw_match_own(q, tuple->destination, 0, 0, gathered) : NULL;
}

/* No frontend: handles Service addresses without such a port as the mode does, then egress. */
static inline uint32_t kw_no_frontend(const struct kw_question *q, struct kw_intent *intent) {
  const struct kw_tables *tables = q->tables;
  const uint8_t *destination = q->packet->tuple.destination;
  const uint32_t modes = tables->node->service_flags;
  if ((modes & KW_SERVICE_MODE_FLAG_REJECT_UNKNOWN_PORT) && q->local == NULL && kw_is_cluster_ip(tables, destination)) {
    return KW_REASON_UNKNOWN_SERVICE_PORT; /* [SERVICE-5] */
  }
  if (tables->router) {
    intent->untracked = 1; /* [SERVICE-6] */
    return 0;
  }
  if (q->local == NULL) {
    if ((modes & KW_SERVICE_MODE_FLAG_DROP_UNALLOCATED) && kw_in_cidr(tables, KW_CIDR_KIND_SERVICE, destination)) {
      return KW_REASON_UNALLOCATED_SERVICE_ADDRESS; /* [SERVICE-7] */
    }
    if ((tables->node->flags & KW_NODE_FLAG_EGRESS_MASQUERADE) && q->from == KW_PORT_KIND_POD &&
        !kw_in_cidr(tables, KW_CIDR_KIND_EGRESS_KEEP, destination)) {
      intent->masquerade = KW_MASQUERADE_REASON_EGRESS; /* [SERVICE-8] */
    }
  }
  return 0;
}

/* Is the source outside all source ranges of the Service? */
static inline int kw_outside_ranges(const struct kw_question *q, const struct kw_perfect_row *rules) {
  const uint32_t end = rules->source_range_first + rules->source_range_count;
  for (uint32_t i = rules->source_range_first; i < end; i++) {
    const struct kw_cidr_row *range = &q->tables->source_ranges[i];
    if (kw_address_in_prefix(q->packet->tuple.source, range->prefix, range->prefix_length)) return 0;
  }
  return 1;
}

/* The load balancer between the nodes: the hash keeps retransmissions and fragments together. [SERVICE-10] */
static inline uint32_t kw_spread(const struct kw_question *q, const struct kw_perfect_row *rules,
                                 struct kw_intent *intent) {
  q->decision->list = KW_ENDPOINT_LIST_CLUSTER;
  q->decision->choices = rules->cluster_count;
  if (rules->cluster_count == 0) return KW_REASON_NO_LOCAL_ENDPOINTS;
  const uint32_t row = kw_member(q->tables, rules->cluster_first + kw_scale(kw_tuple_hash(q), rules->cluster_count));
  q->decision->backend = row;
  intent->backend = &q->tables->backends[row];
  intent->service_id = rules->service_id;
  intent->route_by = intent->backend->address;
  intent->reason = KW_REASON_SPREAD;
  return 0;
}

/* The load balancer as a proxy: its own connection goes to the NodePort of the node that the hash chose. [SERVICE-21] */
static inline uint32_t kw_proxy(const struct kw_question *q, const struct kw_perfect_row *rules,
                                struct kw_intent *intent) {
  if ((rules->flags & KW_FRONTEND_FLAG_FIREWALL) && kw_outside_ranges(q, rules)) return KW_REASON_SOURCE_RANGE;
  if (rules->cluster_count == 0) return KW_REASON_NO_ENDPOINTS;
  kw_spread(q, rules, intent);
  intent->destination = intent->backend->address;
  intent->destination_port_be = intent->backend->port_be;
  intent->masquerade = KW_MASQUERADE_REASON_PROXY;
  intent->reason = KW_REASON_PROXIED;
  return 0;
}

/* Selects the endpoint list by internalTrafficPolicy or externalTrafficPolicy and their short cuts. IPVS has no short
 * cuts, because a virtual server has only one list. [SERVICE-14] */
static inline struct kw_list kw_pick_list(const struct kw_question *q, const struct kw_perfect_row *rules) {
  uint32_t local;
  if (rules->kind == KW_FRONTEND_KIND_CLUSTER_IP) {
    local = rules->service_flags & KW_SERVICE_FLAG_INTERNAL_LOCAL;
  } else {
    const int shortcut =
        !kw_strategy_in(q->tables, KW_STRATEGIES_SERVERS) && (q->source_is_pod || q->source_is_node); /* [SERVICE-15] */
    local = (rules->service_flags & KW_SERVICE_FLAG_EXTERNAL_LOCAL) && !shortcut;
  }
  if (local && rules->local_count == 0 && (q->tables->node->service_flags & KW_SERVICE_MODE_FLAG_LOCAL_FALLS_BACK)) {
    local = 0;
  }
  struct kw_list list;
  list.name = local ? KW_ENDPOINT_LIST_LOCAL : KW_ENDPOINT_LIST_CLUSTER;
  list.first = local ? rules->local_first : rules->cluster_first;
  list.count = local ? rules->local_count : rules->cluster_count;
  return list;
}

/* Under IPVS policy Local returns before the mark, whoever sends (KUBE-LOAD-BALANCER-LOCAL, KUBE-NODE-PORT-LOCAL-TCP).
 * */
static inline uint32_t kw_masquerade_reason_of(const struct kw_question *q, const struct kw_perfect_row *rules,
                                               const struct kw_backend_row *backend) {
  const uint32_t modes = q->tables->node->service_flags;
  if (rules->kind == KW_FRONTEND_KIND_HOST_PORT) { /* [SERVICE-22] */
    if (kw_outside_ranges(q, rules)) return KW_MASQUERADE_REASON_KEEP;
    return q->source_is_node ? KW_MASQUERADE_REASON_LOCAL_SOURCE : KW_MASQUERADE_REASON_HAIRPIN;
  }
  if (rules->kind == KW_FRONTEND_KIND_CLUSTER_IP) {
    if (modes & KW_SERVICE_MODE_FLAG_MASQUERADE_ALL) return KW_MASQUERADE_REASON_MASQUERADE_ALL;
    if (q->detector && !q->source_is_pod) return KW_MASQUERADE_REASON_OFF_CLUSTER; /* [SERVICE-18] */
  } else if (!(rules->service_flags & KW_SERVICE_FLAG_EXTERNAL_LOCAL)) {
    return KW_MASQUERADE_REASON_EXTERNAL_CLUSTER;
  } else if (!q->source_is_pod && q->source_is_node && !kw_strategy_in(q->tables, KW_STRATEGIES_SERVERS)) {
    return KW_MASQUERADE_REASON_LOCAL_SOURCE; /* [SERVICE-19] */
  }
  const int hairpin = kw_address_equal(q->packet->tuple.source, backend->address) && /* [SERVICE-20] */
                      (!(modes & KW_SERVICE_MODE_FLAG_HAIRPIN_LOCAL_ONLY) || (backend->flags & KW_BACKEND_FLAG_LOCAL));
  return hairpin ? KW_MASQUERADE_REASON_HAIRPIN : KW_MASQUERADE_REASON_KEEP;
}

/* A packet to a frontend: firewall, endpoints, list, choice, masquerade. */
static inline uint32_t kw_serve(const struct kw_question *q, const struct kw_perfect_row *rules,
                                struct kw_intent *intent) {
  const uint32_t modes = q->tables->node->service_flags;
  const int refused = (rules->flags & KW_FRONTEND_FLAG_FIREWALL) && kw_outside_ranges(q, rules); /* [SERVICE-11] */
  if (refused && (modes & KW_SERVICE_MODE_FLAG_FIREWALL_FIRST)) return KW_REASON_SOURCE_RANGE;
  if (!(rules->service_flags & KW_SERVICE_FLAG_HAS_ENDPOINTS)) { /* [SERVICE-12] */
    const int external = rules->kind == KW_FRONTEND_KIND_EXTERNAL_IP || rules->kind == KW_FRONTEND_KIND_LOAD_BALANCER;
    const int skips = (modes & KW_SERVICE_MODE_FLAG_NODE_SKIPS_EXTERNAL_REJECT) &&
                      q->from == KW_PORT_KIND_HOST && /* [SERVICE-13] */
                      external && q->local == NULL;
    return skips ? 0 : KW_REASON_NO_ENDPOINTS;
  }
  if (refused) return KW_REASON_SOURCE_RANGE;
  const struct kw_list list = kw_pick_list(q, rules);
  q->decision->list = list.name;
  q->decision->choices = list.count;
  if (list.count == 0) return KW_REASON_NO_LOCAL_ENDPOINTS; /* [SERVICE-16] */
  struct kw_ipvs_server *server = NULL;
  if (kw_strategy_in(q->tables, KW_STRATEGIES_SERVERS)) {
    const uint32_t local = q->local != NULL ? (uint32_t)(q->local - q->tables->local_addresses) : 0;
    server = kw_storage_server(q->storage, rules->frontend, local);
  }
  uint32_t row;
  if (server != NULL) {
    intent->chosen = kw_choose_ipvs(q, rules, server);
    if (intent->chosen == KW_NONE) return KW_REASON_NO_ENDPOINTS; /* [IPVS-5] */
    row = server->pool->rows[intent->chosen].id;
  } else {
    row = kw_choose(q, rules, &list); /* [SERVICE-17] */
  }
  q->decision->backend = row;
  intent->service_id = rules->service_id;
  intent->affinity_seconds = rules->affinity_seconds;
  intent->backend = &q->tables->backends[row];
  intent->destination = intent->route_by = intent->backend->address;
  intent->destination_port_be = intent->backend->port_be;
  intent->masquerade = kw_masquerade_reason_of(q, rules, intent->backend);
  intent->reason = KW_REASON_SERVICE;
  return 0;
}

/* Fills the intent and returns 0, or returns the reason for a drop or reject. */
static inline uint32_t kw_judge_service(struct kw_question *q, struct kw_intent *intent) {
  const struct kw_tuple *tuple = &q->packet->tuple;
  struct kw_perfect_row gathered;
  kw_ask(q);
  __builtin_memset(intent, 0, sizeof *intent);
  intent->destination = intent->route_by = tuple->destination;
  intent->destination_port_be = tuple->destination_port_be;
  intent->service_id = intent->chosen = KW_NONE;
  uint32_t refusal = 0;
  const struct kw_perfect_row *rules = kw_find_frontend(q, &gathered);
  if (rules == NULL) {
    refusal = kw_no_frontend(q, intent);
  } else {
    q->decision->frontend = rules->frontend;
    q->decision->service = rules->service;
    if (rules->kind == KW_FRONTEND_KIND_HEALTH_CHECK) {
      intent->reason = KW_REASON_HEALTH_CHECK; /* [SERVICE-9] */
    } else if (rules->kind == KW_FRONTEND_KIND_SPREAD) {
      refusal = kw_spread(q, rules, intent);
    } else if (rules->kind == KW_FRONTEND_KIND_PROXY) {
      refusal = kw_proxy(q, rules, intent);
    } else {
      refusal = kw_serve(q, rules, intent);
    }
  }
  q->decision->masquerade = intent->masquerade;
  return refusal;
}

#endif
