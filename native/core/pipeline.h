// pipeline.h - the packet path, in order. Read this first; every stage has a header of the same name.
//
//   parse -> conntrack -> (new flow) service -> route -> source port -> rewrite -> send, answer, or drop
//
// native/law says what the stages do; the line that implements a clause names it. Checks come before effects [FRAME-7]:
// until kw_send, nothing in the frame has changed except its padding, and nothing in the state except fragment records,
// forgotten flows and draws.
#ifndef KUBEWIRE_CORE_PIPELINE_H
#define KUBEWIRE_CORE_PIPELINE_H

#include "core/arp.h"
#include "core/icmp.h"
#include "core/neighbour.h"
#include "core/parse.h"
#include "core/reply.h"
#include "core/route.h"
#include "core/service.h"

/* One frame on its way through the path. */
struct kw_run {
  const struct kw_tables *tables;
  struct kw_storage *storage;
  struct kw_frame *frame;
  struct kw_decision *decision;
  uint64_t now;
  struct kw_packet packet;
};

/* [FRAME-2] */
static inline void kw_decision_init(struct kw_decision *decision, uint32_t in_port) {
  __builtin_memset(decision, 0, sizeof *decision);
  decision->verdict = KW_VERDICT_DROP;
  decision->in_port = in_port;
  decision->out_port = decision->next_hop = KW_NONE;
  decision->frontend = decision->service = decision->backend = KW_NONE;
  decision->state = KW_FLOW_STATE_UNTRACKED;
}

/* Outcome: the frame is freed. */
static inline void kw_drop(struct kw_run *run, uint32_t reason) {
  run->decision->verdict = KW_VERDICT_DROP;
  run->decision->reason = reason;
}

/* Outcome: the frame, turned into the answer, goes back. */
static inline void kw_answer(struct kw_run *run, uint32_t reason) {
  run->decision->verdict = KW_VERDICT_REPLY;
  run->decision->reason = reason;
  run->decision->out_port = run->frame->port;
  run->decision->next_hop = run->tables->ports[run->frame->port].target; /* [FRAME-5] [REPLY-2] */
}

/* Outcome: an ICMP error if the reason calls for one and the packet may get one, else a drop. `mtu` is for TOO_BIG;
 * `moved`: the packet was going to a different destination than the one it was sent to. */
static inline void kw_refuse(struct kw_run *run, uint32_t reason, uint32_t mtu, int moved) {
  const struct kw_packet *packet = &run->packet;
  const struct kw_error_kind kind = kw_error_of(reason, packet->v4);
  if (kind.type == 0) {
    kw_drop(run, reason);
    return;
  }
  const uint8_t *from = kw_error_source(run->tables, run->frame, packet, moved);
  kw_storage_keep(run->storage);
  if (kw_may_get_error(packet) && kw_make_error(run->tables, run->frame, packet, kind, mtu, from)) {
    kw_answer(run, reason);
  } else {
    kw_drop(run, kind.silent);
  }
}

/* The route to an address, or NULL if the packet was refused; `moved` as above. */
static inline const struct kw_route_row *kw_route(struct kw_run *run, const uint8_t *address, int moved) {
  const struct kw_route_row *route = kw_find_route(run->tables, address);
  const uint32_t refusal = kw_judge_route(run->tables, run->frame, &run->packet, route);
  if (KW_LIKELY(refusal == 0)) return route;
  const uint32_t mtu = refusal == KW_REASON_TOO_BIG ? run->tables->ports[route->port].mtu : 0;
  kw_refuse(run, refusal, mtu, moved);
  return NULL;
}

/* Would an unchanged packet go back where it came from? A ROUTER may do that, and a host may talk to itself. [ROUTE-8] */
static inline int kw_is_loop(const struct kw_run *run, const struct kw_route_row *route) {
  return route->port == run->frame->port && !run->tables->router &&
         run->tables->ports[route->port].kind != KW_PORT_KIND_HOST;
}

/* Outcome: the frame leaves. */
static inline void kw_send(struct kw_run *run, const struct kw_route_row *route, uint32_t reason) {
  const struct kw_port_row *port = &run->tables->ports[route->port];
  if (kw_is_forwarded(run->tables, run->frame->port, route)) kw_decrement_ttl(&run->packet);
  kw_copy_mac(run->frame->data, port->mac); /* [FRAME-6] */
  kw_copy_mac(run->frame->data + 6, run->tables->node->mac);
  run->decision->verdict = KW_VERDICT_FORWARD;
  run->decision->reason = reason;
  run->decision->out_port = route->port;
  run->decision->next_hop = route->next_hop; /* [ROUTE-2] */
}

/* [ROUTE-9] */
static inline uint32_t kw_plain_reason(const struct kw_route_row *route) {
  return route->kind == KW_ROUTE_KIND_LOCAL ? KW_REASON_LOCAL_DELIVERY : KW_REASON_FORWARDED;
}

/* Forwards by the destination alone, without a flow. A ROUTER does this with all that it does not spread; other nodes
 * with what connection tracking calls INVALID, keeping its reason. Only a rule can drop an INVALID packet, and the only
 * one, DROPS_INVALID, sees forwarded packets, after routing. [TRACK-5] */
static inline void kw_forward_untracked(struct kw_run *run, uint32_t invalid) {
  run->decision->state = KW_FLOW_STATE_UNTRACKED;
  const struct kw_route_row *route = kw_route(run, run->packet.tuple.destination, 0);
  if (route == NULL) return;
  if (invalid != 0 && (run->tables->node->service_flags & KW_SERVICE_MODE_FLAG_DROPS_INVALID) &&
      kw_is_forwarded(run->tables, run->frame->port, route)) {
    run->decision->state = KW_FLOW_STATE_INVALID; /* [TRACK-6] */
    kw_drop(run, invalid);
    return;
  }
  if (kw_is_loop(run, route)) {
    kw_drop(run, KW_REASON_SOURCE_LOOP);
    return;
  }
  kw_send(run, route, kw_plain_reason(route));
}

static inline void kw_invalid(struct kw_run *run) { kw_forward_untracked(run, KW_REASON_INVALID_STATE); }

/* A packet of a known flow: route, rewrite, send. [TRACK-2] */
static inline void kw_established(struct kw_run *run, const struct kw_flow *flow, uint32_t direction) {
  struct kw_target to;
  kw_target_of(&to, flow, direction);
  run->decision->state = direction == KW_DIRECTION_ORIGINAL ? KW_FLOW_STATE_ORIGINAL : KW_FLOW_STATE_REPLY;
  const int spread = (flow->flags & KW_FLOW_FLAG_SPREAD) && direction == KW_DIRECTION_ORIGINAL;
  const uint32_t moves = direction == KW_DIRECTION_ORIGINAL ? KW_FLOW_FLAG_DNAT : KW_FLOW_FLAG_SNAT;
  const struct kw_route_row *route = kw_route(run, spread ? flow->via : to.destination, (flow->flags & moves) != 0);
  if (KW_UNLIKELY(route == NULL)) return;
  const int rewrites = (flow->flags & (KW_FLOW_FLAG_DNAT | KW_FLOW_FLAG_SNAT)) != 0;
  if (!rewrites && kw_is_loop(run, route)) {
    kw_drop(run, KW_REASON_SOURCE_LOOP);
    return;
  }
  if (rewrites) run->decision->flags |= kw_rewrite(run->frame, &run->packet, &to);
  kw_send(run, route, KW_REASON_ESTABLISHED);
}

/* Does a new flow rewrite the destination, if only its port? */
static inline int kw_moves(const struct kw_packet *packet, const struct kw_intent *intent) {
  return intent->destination_port_be != packet->tuple.destination_port_be ||
         !kw_address_equal(intent->destination, packet->tuple.destination);
}

/* Fills both tuples of the new flow, with a source port if one is needed. Returns 0 or the reason for a drop. */
static inline uint32_t kw_judge_source(struct kw_run *run, const struct kw_intent *intent,
                                       const struct kw_route_row *route, struct kw_tuple *reply) {
  const struct kw_tuple *tuple = &run->packet.tuple;
  const int masquerade = intent->masquerade != KW_MASQUERADE_REASON_KEEP;
  kw_tuple_reverse(reply, tuple);
  kw_address_copy(reply->source, intent->destination);
  reply->source_port_be = intent->destination_port_be;
  if (masquerade) {
    const uint8_t *own = run->packet.v4 ? run->tables->node->address4 : run->tables->node->address6;
    if (kw_address_is_unspecified(own)) return KW_REASON_NAT_PORTS_EXHAUSTED; /* [NAT-1] */
    kw_address_copy(reply->destination, own);
  } else {
    if (!kw_tuple_taken(run->storage, reply, run->now)) {
      return !kw_moves(&run->packet, intent) && kw_is_loop(run, route) ? KW_REASON_SOURCE_LOOP : 0;
    }
    run->decision->masquerade = KW_MASQUERADE_REASON_PORT_CLASH; /* [NAT-2] */
    if (!kw_protocol_has_ports(tuple->protocol) && run->packet.icmp != KW_ICMP_REQUEST) {
      return KW_REASON_NAT_PORTS_EXHAUSTED;
    }
  }
  return kw_find_source_port(run->tables, run->storage, &run->packet, reply, run->now) ? 0
                                                                                       : KW_REASON_NAT_PORTS_EXHAUSTED;
}

/* Fills a new flow and remembers the choice. */
static inline void kw_begin_flow(struct kw_run *run, struct kw_flow *flow, const struct kw_intent *intent,
                                 const struct kw_beginning *beginning) {
  uint32_t flags = 0;
  if (flow->reply.source_port_be != flow->original.destination_port_be ||
      !kw_address_equal(flow->reply.source, flow->original.destination)) {
    flags |= KW_FLOW_FLAG_DNAT; /* [NAT-8] */
  }
  if (flow->reply.destination_port_be != flow->original.source_port_be ||
      !kw_address_equal(flow->reply.destination, flow->original.source)) {
    flags |= KW_FLOW_FLAG_SNAT;
  }
  if (intent->reason == KW_REASON_SPREAD) {
    flags |= KW_FLOW_FLAG_SPREAD;
    kw_address_copy(flow->via, intent->route_by);
  }
  flow->flags = (uint16_t)flags;
  flow->service_id = intent->service_id;
  flow->backend_id = intent->backend != NULL ? intent->backend->id : KW_NONE;
  kw_track_begin(run->tables->node, flow, &run->packet, beginning, run->now);
  if (intent->chosen != KW_NONE) {
    const int kept = (run->decision->flags & KW_DECISION_FLAG_AFFINITY) != 0;
    kw_begin_counting(run->storage, &run->packet.tuple, flow, intent->chosen, intent->affinity_seconds, kept, run->now);
  } else if (intent->affinity_seconds != 0) {
    kw_remember(run->tables, run->storage, intent->service_id, run->packet.tuple.source, intent->backend->id, run->now);
  }
}

/* The first packet of a connection: service, route, source, rewrite, send. [NAT-5] */
static inline void kw_new(struct kw_run *run, const struct kw_beginning *beginning) {
  struct kw_question question;
  struct kw_intent intent;
  question.tables = run->tables;
  question.storage = run->storage;
  question.packet = &run->packet;
  question.decision = run->decision;
  question.now = run->now;
  question.from = run->tables->ports[run->frame->port].kind;
  run->decision->state = KW_FLOW_STATE_NEW;
  uint32_t refusal = kw_judge_service(&question, &intent);
  if (refusal != 0) {
    kw_refuse(run, refusal, 0, 0);
    return;
  }
  if (intent.untracked) {
    kw_forward_untracked(run, 0);
    return;
  }
  const struct kw_route_row *route = kw_route(run, intent.route_by, kw_moves(&run->packet, &intent));
  if (route == NULL) return;
  struct kw_tuple reply;
  refusal = kw_judge_source(run, &intent, route, &reply);
  if (refusal != 0) {
    kw_drop(run, refusal);
    return;
  }
  struct kw_flow *flow = kw_storage_create(run->storage, &run->packet.tuple, &reply);
  if (flow == NULL) {
    kw_drop(run, KW_REASON_FLOW_TABLE_FULL);
    return;
  }
  kw_begin_flow(run, flow, &intent, beginning); /* [FRAME-7] */
  run->decision->flags |= KW_DECISION_FLAG_FLOW_CREATED;
  struct kw_target to;
  kw_target_of(&to, flow, KW_DIRECTION_ORIGINAL);
  run->decision->flags |= kw_rewrite(run->frame, &run->packet, &to);
  kw_send(run, route, intent.reason != 0 ? intent.reason : kw_plain_reason(route));
}

/* An ICMP error about a connection. */
static inline void kw_icmp_error(struct kw_run *run) {
  struct kw_embedded inner;
  struct kw_tuple reversed;
  struct kw_flow *flow = NULL;
  uint32_t direction = KW_DIRECTION_ORIGINAL;
  if (run->packet.fragment != KW_FRAGMENT_NONE) { /* [ICMP-1] */
    kw_invalid(run);
    return;
  }
  if (!kw_l4_checksum_good(run->frame, &run->packet)) { /* [ICMP-2] */
    kw_forward_untracked(run, KW_REASON_BAD_ICMP_CHECKSUM);
    return;
  }
  if (kw_parse_embedded(&run->packet, &inner)) {
    kw_tuple_reverse(&reversed, &inner.tuple);
    flow = kw_storage_find(run->storage, &reversed, run->now, &direction);
  }
  /* The receiver of the error must be the sender of the quoted packet. */
  if (flow == NULL || !kw_address_equal(reversed.destination, run->packet.tuple.destination)) { /* [ICMP-4] */
    kw_forward_untracked(run, KW_REASON_ICMP_ERROR_UNMATCHED);
    return;
  }
  run->decision->state = KW_FLOW_STATE_RELATED;
  struct kw_target as;
  kw_target_of(&as, flow, direction);
  const int spread = (flow->flags & KW_FLOW_FLAG_SPREAD) && direction == KW_DIRECTION_ORIGINAL;
  const struct kw_route_row *route = kw_route(run, spread ? flow->via : as.destination, 0); /* [ICMP-9] */
  if (route == NULL) return;
  if (!(flow->flags & (KW_FLOW_FLAG_DNAT | KW_FLOW_FLAG_SNAT)) && kw_is_loop(run, route)) {
    kw_drop(run, KW_REASON_SOURCE_LOOP);
    return;
  }
  run->decision->flags |= kw_rewrite_icmp_error(run->frame, &run->packet, &inner, flow, direction);
  kw_send(run, route, KW_REASON_RELATED); /* [ICMP-8] */
}

/* Parses L4, using the fragment records. Returns 0 or the reason for a drop. */
static inline uint32_t kw_transport(struct kw_run *run) {
  struct kw_packet *packet = &run->packet;
  struct kw_fragment_key key;
  if (KW_LIKELY(packet->fragment == KW_FRAGMENT_NONE)) return kw_parse_l4(run->frame, packet);
  kw_fragment_key_of(&key, packet);
  struct kw_fragment_record *record = kw_storage_fragment(run->storage, kw_fragment_place(&key));
  if (packet->fragment == KW_FRAGMENT_LATER) {
    return kw_fragment_read(record, &key, packet, run->now) ? 0 : KW_REASON_FRAGMENT_UNKNOWN; /* [FRAG-5] */
  }
  const uint32_t refusal = kw_parse_l4(run->frame, packet);
  if (refusal == 0) kw_fragment_write(record, &key, packet, run->now); /* [FRAG-1] */
  return refusal;
}

/* Applies the packet to its flow, before routing. Returns kw_track. [TRACK-10] */
static inline uint32_t kw_follow(struct kw_run *run, struct kw_flow *flow, uint32_t direction) {
  const int may_go = kw_flow_may_go(flow);
  const uint32_t track = kw_track_follow(run->tables->node, flow, direction, &run->packet, run->now);
  if (KW_UNLIKELY(may_go != kw_flow_may_go(flow))) kw_storage_may_go(run->storage, flow, !may_go);
  if (KW_UNLIKELY(flow->counted)) kw_ipvs_flow_changes(kw_storage_books(run->storage), flow);
  return track;
}

/* Connection tracking: finds the flow of the packet, or starts one. */
static inline void kw_track(struct kw_run *run) {
  struct kw_packet *packet = &run->packet;
  if (packet->icmp == KW_ICMP_OTHER) { /* [TRACK-4] */
    kw_invalid(run);
    return;
  }
  uint32_t direction;
  struct kw_flow *flow = kw_storage_find(run->storage, &packet->tuple, run->now, &direction); /* [TRACK-1] */
  if (KW_LIKELY(flow != NULL)) {
    const uint32_t track = kw_follow(run, flow, direction);
    if (KW_LIKELY(track <= KW_TRACK_END)) {
      kw_established(run, flow, direction);
      if (KW_UNLIKELY(track == KW_TRACK_END)) kw_storage_forget(run->storage, flow);
      return;
    }
    if (track == KW_TRACK_INVALID) {
      kw_invalid(run);
      return;
    }
    kw_storage_forget(run->storage, flow);
  }
  struct kw_beginning beginning;
  if (!kw_track_starts(packet, &beginning)) { /* [TRACK-3] */
    kw_invalid(run);
    return;
  }
  kw_new(run, &beginning);
}

/* All stages for an IP packet of either family. */
static inline void kw_ip(struct kw_run *run, int v4) {
  struct kw_packet *packet = &run->packet;
  uint32_t refusal = v4 ? kw_parse_ipv4(run->frame, packet) : kw_parse_ipv6(run->frame, packet);
  if (refusal == 0 && !v4 && kw_is_neighbour(packet)) {
    const uint32_t reason = kw_neighbour(run->tables, run->frame, packet);
    if (reason == KW_REASON_NEIGHBOUR_ADVERTISEMENT) {
      kw_answer(run, reason);
    } else {
      kw_drop(run, reason);
    }
    return;
  }
  const int from_host = run->tables->ports[run->frame->port].kind == KW_PORT_KIND_HOST;
  if (refusal == 0) refusal = kw_judge_addresses(packet, from_host);
  if (refusal == 0) refusal = kw_transport(run);
  if (refusal == 0 && packet->icmp == KW_ICMP_NEIGHBOUR) refusal = KW_REASON_NEIGHBOUR_IGNORED; /* [NEIGH-2] */
  if (KW_UNLIKELY(refusal != 0)) {
    kw_drop(run, refusal);
  } else if (packet->icmp == KW_ICMP_ERROR) {
    kw_icmp_error(run);
  } else if (!from_host && !run->tables->router && KW_UNLIKELY(!kw_l4_checksum_good(run->frame, packet))) {
    kw_forward_untracked(run, KW_REASON_BAD_L4_CHECKSUM); /* [TRACK-22] */
  } else {
    kw_track(run);
  }
}

/* The packet path. `tables` is NULL before the first image; `now` never goes backwards. */
static inline void kw_pipeline(const struct kw_tables *tables, struct kw_storage *storage, struct kw_frame *frame,
                               uint64_t now, struct kw_decision *decision) {
  struct kw_run run;
  run.tables = tables;
  run.storage = storage;
  run.frame = frame;
  run.decision = decision;
  run.now = now;
  kw_decision_init(decision, frame->port);
  if (KW_UNLIKELY(tables == NULL || frame->port >= tables->port_count)) { /* [FRAME-1] */
    kw_drop(&run, KW_REASON_NO_TABLES);
    return;
  }
  if (KW_UNLIKELY(frame->length < KW_ETHERNET_HEADER)) { /* [FRAME-3] */
    kw_drop(&run, KW_REASON_MALFORMED_ETHERNET);
    return;
  }
  const uint32_t type = kw_load_be16(frame->data + 12); /* [FRAME-4] */
  if (KW_LIKELY(type == 0x0800)) {
    kw_ip(&run, 1);
  } else if (type == 0x86dd) {
    kw_ip(&run, 0);
  } else if (type == 0x0806) {
    const uint32_t reason = kw_arp(tables, frame);
    if (reason == KW_REASON_ARP_REPLY) {
      kw_answer(&run, reason);
    } else {
      kw_drop(&run, reason);
    }
  } else {
    kw_drop(&run, KW_REASON_UNKNOWN_ETHERTYPE);
  }
}

#endif
