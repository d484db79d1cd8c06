// service.h - what a Service does to the first packet of a connection: native/README.md section 4, in its order. Stage 8.
//
// Nothing is changed here but the generator (one draw for a choice): routing may still refuse the packet.
#ifndef KUBEWIRE_CORE_SERVICE_H
#define KUBEWIRE_CORE_SERVICE_H

#include "core/frame.h"
#include "core/match.h"
#include "core/packet.h"
#include "core/storage.h"

/* What becomes of a NEW packet. */
struct kw_intent {
  const uint8_t *destination; /* new, or as it was */
  uint16_t destination_port_be;
  const uint8_t *route_by;              /* the destination, or the chosen node's address for SPREAD */
  const struct kw_service_row *service; /* whose flow it will be; NULL when no Service rule touches it */
  const struct kw_backend_row *backend;
  uint32_t reason;     /* SERVICE, SPREAD, HEALTH_CHECK; 0 = FORWARDED or LOCAL_DELIVERY, as the route says */
  uint32_t masquerade; /* kw_masquerade_reason */
  uint32_t untracked;  /* on a ROUTER: goes on without a flow */
};

/* What is asked of a NEW packet more than once. */
struct kw_question {
  const struct kw_tables *tables;
  struct kw_storage *storage;
  const struct kw_packet *packet;
  struct kw_decision *decision;
  uint64_t now;
  uint32_t from;           /* kw_port_kind of the port it came through */
  uint32_t source_is_pod;  /* the local detector of its family says so */
  uint32_t source_is_node;
  uint32_t detector;       /* its family has a local detector */
  const struct kw_local_address_row *local; /* row of its destination; NULL when that is not local */
};

static inline void kw_ask(struct kw_question *q) {
  const struct kw_tuple *tuple = &q->packet->tuple;
  const uint32_t bit = q->packet->v4 ? KW_SERVICE_MODE_FLAG_DETECT_LOCAL : KW_SERVICE_MODE_FLAG_DETECT_LOCAL_6;
  q->detector = (q->tables->node->service_flags & bit) != 0;
  q->source_is_pod = q->detector && kw_in_cidr(q->tables, KW_CIDR_KIND_DETECT_LOCAL, tuple->source);
  q->source_is_node = kw_find_local(q->tables, tuple->source) != NULL;
  q->local = kw_find_local(q->tables, tuple->destination);
  if (q->source_is_pod) q->decision->flags |= KW_DECISION_FLAG_SOURCE_IS_POD;
  if (q->source_is_node) q->decision->flags |= KW_DECISION_FLAG_SOURCE_IS_NODE;
}

/* A row that this node looks at: a ROUTER has SPREAD rows alone, other nodes have the rest. */
static inline uint32_t kw_match_own(const struct kw_question *q, const uint8_t *address, uint16_t port_be,
                                    uint8_t protocol) {
  const uint32_t row = kw_match(q->tables, address, port_be, protocol);
  if (row == KW_NONE) return KW_NONE;
  return (q->tables->frontends[row].kind == KW_FRONTEND_KIND_SPREAD) == q->tables->router ? row : KW_NONE;
}

/* The frontend of the packet: its own address first; then the whole address on a ROUTER, NodePorts elsewhere. */
static inline uint32_t kw_find_frontend(const struct kw_question *q) {
  static const uint8_t any4[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
  static const uint8_t any6[16] = {0};
  const struct kw_tuple *tuple = &q->packet->tuple;
  uint32_t row = KW_NONE;
  if (kw_protocol_has_ports(tuple->protocol)) {
    row = kw_match_own(q, tuple->destination, tuple->destination_port_be, tuple->protocol);
    if (row == KW_NONE && q->local != NULL && (q->local->flags & KW_LOCAL_ADDRESS_FLAG_NODE_PORT)) {
      row = kw_match_own(q, q->packet->v4 ? any4 : any6, tuple->destination_port_be, tuple->protocol);
    }
  }
  if (row == KW_NONE && q->tables->router) row = kw_match_own(q, tuple->destination, 0, 0);
  return row;
}

/* No frontend: what the modes do with addresses of Services that have no such port, then egress. */
static inline uint32_t kw_no_frontend(const struct kw_question *q, struct kw_intent *intent) {
  const struct kw_tables *tables = q->tables;
  const uint8_t *destination = q->packet->tuple.destination;
  const uint32_t modes = tables->node->service_flags;
  if (tables->router) {
    intent->untracked = 1;
    return 0;
  }
  if (q->local == NULL) {
    const uint32_t tcp = q->packet->tuple.protocol == KW_PROTOCOL_TCP;
    const uint32_t rejects = (modes & KW_SERVICE_MODE_FLAG_REJECT_UNKNOWN_PORT) ||
                             ((modes & KW_SERVICE_MODE_FLAG_REJECT_UNKNOWN_TCP_PORT) && tcp);
    if (rejects && kw_is_cluster_ip(tables, destination)) return KW_REASON_UNKNOWN_SERVICE_PORT;
    if ((modes & KW_SERVICE_MODE_FLAG_DROP_UNALLOCATED) && kw_in_cidr(tables, KW_CIDR_KIND_SERVICE, destination)) {
      return KW_REASON_UNALLOCATED_SERVICE_ADDRESS;
    }
    if ((tables->node->flags & KW_NODE_FLAG_EGRESS_MASQUERADE) && q->from == KW_PORT_KIND_POD &&
        !kw_in_cidr(tables, KW_CIDR_KIND_EGRESS_KEEP, destination)) {
      intent->masquerade = KW_MASQUERADE_REASON_EGRESS;
    }
  }
  return 0;
}

/* The load balancer between the nodes: by hash of the tuple, so that retransmissions and fragments go the same way. */
static inline uint32_t kw_spread(const struct kw_question *q, const struct kw_service_row *service,
                                 struct kw_intent *intent) {
  q->decision->list = KW_ENDPOINT_LIST_CLUSTER;
  q->decision->choices = service->cluster_count;
  if (service->cluster_count == 0) return KW_REASON_NO_LOCAL_ENDPOINTS;
  const uint32_t hash =
      kw_hash_key((const uint8_t *)&q->packet->tuple, sizeof q->packet->tuple, q->tables->hash_seed);
  const uint32_t row = q->tables->members[service->cluster_first + kw_scale(hash, service->cluster_count)].index;
  q->decision->backend = row;
  intent->backend = &q->tables->backends[row];
  intent->service = service;
  intent->route_by = intent->backend->address;
  intent->reason = KW_REASON_SPREAD;
  return 0;
}

/* loadBalancerSourceRanges: is the source in none of them? */
static inline int kw_outside_ranges(const struct kw_question *q, const struct kw_service_row *service) {
  const uint32_t end = service->source_range_first + service->source_range_count;
  for (uint32_t i = service->source_range_first; i < end; i++) {
    const struct kw_cidr_row *range = &q->tables->source_ranges[i];
    if (kw_address_in_prefix(q->packet->tuple.source, range->prefix, range->prefix_length)) return 0;
  }
  return 1;
}

/* Which list of endpoints: internalTrafficPolicy, externalTrafficPolicy and their short cuts. */
static inline uint32_t kw_pick_list(const struct kw_question *q, uint32_t kind, const struct kw_service_row *service) {
  uint32_t local;
  if (kind == KW_FRONTEND_KIND_CLUSTER_IP) {
    local = service->flags & KW_SERVICE_FLAG_INTERNAL_LOCAL;
  } else {
    local = (service->flags & KW_SERVICE_FLAG_EXTERNAL_LOCAL) && !q->source_is_pod && !q->source_is_node;
  }
  if (local && service->local_count == 0 &&
      (q->tables->node->service_flags & KW_SERVICE_MODE_FLAG_LOCAL_FALLS_BACK)) {
    local = 0;
  }
  return local ? KW_ENDPOINT_LIST_LOCAL : KW_ENDPOINT_LIST_CLUSTER;
}

static inline uint32_t kw_masquerade_reason_of(const struct kw_question *q, uint32_t kind,
                                               const struct kw_service_row *service,
                                               const struct kw_backend_row *backend) {
  const uint32_t modes = q->tables->node->service_flags;
  if (kind == KW_FRONTEND_KIND_CLUSTER_IP) {
    if (modes & KW_SERVICE_MODE_FLAG_MASQUERADE_ALL) return KW_MASQUERADE_REASON_MASQUERADE_ALL;
    if (q->detector && !q->source_is_pod) return KW_MASQUERADE_REASON_OFF_CLUSTER;
  } else if (!(service->flags & KW_SERVICE_FLAG_EXTERNAL_LOCAL)) {
    return KW_MASQUERADE_REASON_EXTERNAL_CLUSTER;
  } else if (!q->source_is_pod && q->source_is_node) {
    return KW_MASQUERADE_REASON_LOCAL_SOURCE;
  }
  const int hairpin = kw_address_equal(q->packet->tuple.source, backend->address) &&
                      (!(modes & KW_SERVICE_MODE_FLAG_HAIRPIN_LOCAL_ONLY) || (backend->flags & KW_BACKEND_FLAG_LOCAL));
  return hairpin ? KW_MASQUERADE_REASON_HAIRPIN : KW_MASQUERADE_REASON_KEEP;
}

/* One endpoint of the list: the remembered one, or a draw. A draw is made also when there is nothing to choose. */
static inline uint32_t kw_choose(const struct kw_question *q, const struct kw_service_row *service, uint32_t first,
                                 uint32_t count) {
  if (service->affinity_seconds != 0) {
    const uint8_t *client = q->packet->tuple.source;
    const struct kw_affinity_place *set = kw_storage_affinity(q->storage, kw_affinity_set_of(service->id, client));
    const uint32_t row = kw_affinity_find(q->tables, set, service, client, first, count, q->now);
    if (row != KW_NONE) {
      q->decision->flags |= KW_DECISION_FLAG_AFFINITY;
      return row;
    }
  }
  return q->tables->members[first + kw_scale(kw_storage_random(q->storage), count)].index;
}

/* An address and port of a Service: firewall, endpoints, list, choice, masquerade. */
static inline uint32_t kw_serve(const struct kw_question *q, const struct kw_frontend_row *frontend,
                                struct kw_intent *intent) {
  const struct kw_service_row *service = &q->tables->services[frontend->service];
  const uint32_t modes = q->tables->node->service_flags;
  const int refused = (frontend->flags & KW_FRONTEND_FLAG_FIREWALL) && kw_outside_ranges(q, service);
  if (refused && (modes & KW_SERVICE_MODE_FLAG_FIREWALL_FIRST)) return KW_REASON_SOURCE_RANGE;
  if (!(service->flags & KW_SERVICE_FLAG_HAS_ENDPOINTS)) {
    const int external =
        frontend->kind == KW_FRONTEND_KIND_EXTERNAL_IP || frontend->kind == KW_FRONTEND_KIND_LOAD_BALANCER;
    const int skips = (modes & KW_SERVICE_MODE_FLAG_NODE_SKIPS_EXTERNAL_REJECT) && q->from == KW_PORT_KIND_HOST &&
                      external && q->local == NULL;
    return skips ? 0 : KW_REASON_NO_ENDPOINTS;
  }
  if (refused) return KW_REASON_SOURCE_RANGE;
  const uint32_t list = kw_pick_list(q, frontend->kind, service);
  const uint32_t first = list == KW_ENDPOINT_LIST_LOCAL ? service->local_first : service->cluster_first;
  const uint32_t count = list == KW_ENDPOINT_LIST_LOCAL ? service->local_count : service->cluster_count;
  q->decision->list = list;
  q->decision->choices = count;
  if (count == 0) return KW_REASON_NO_LOCAL_ENDPOINTS;
  const uint32_t row = kw_choose(q, service, first, count);
  q->decision->backend = row;
  intent->service = service;
  intent->backend = &q->tables->backends[row];
  intent->destination = intent->route_by = intent->backend->address;
  intent->destination_port_be = intent->backend->port_be;
  intent->masquerade = kw_masquerade_reason_of(q, frontend->kind, service, intent->backend);
  intent->reason = KW_REASON_SERVICE;
  return 0;
}

/* Stage 8: 0 with the intent filled, or the reason of a drop or reject. */
static inline uint32_t kw_judge_service(struct kw_question *q, struct kw_intent *intent) {
  const struct kw_tuple *tuple = &q->packet->tuple;
  kw_ask(q);
  __builtin_memset(intent, 0, sizeof *intent);
  intent->destination = intent->route_by = tuple->destination;
  intent->destination_port_be = tuple->destination_port_be;
  const uint32_t row = kw_find_frontend(q);
  uint32_t refusal;
  if (row == KW_NONE) {
    refusal = kw_no_frontend(q, intent);
  } else {
    const struct kw_frontend_row *frontend = &q->tables->frontends[row];
    q->decision->frontend = row;
    q->decision->service = frontend->service;
    if (frontend->kind == KW_FRONTEND_KIND_HEALTH_CHECK) {
      intent->reason = KW_REASON_HEALTH_CHECK;
      refusal = 0;
    } else if (frontend->kind == KW_FRONTEND_KIND_SPREAD) {
      refusal = kw_spread(q, &q->tables->services[frontend->service], intent);
    } else {
      refusal = kw_serve(q, frontend, intent);
    }
  }
  q->decision->masquerade = intent->masquerade;
  return refusal;
}

#endif
