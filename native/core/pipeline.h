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
#include "core/outcome.h"
#include "core/parse.h"
#include "core/service.h"

/* A packet of a known flow: route, rewrite, send. [TRACK-2] */
KW_INLINE void kw_established(struct kw_run *run, struct kw_flow *flow, uint32_t direction) {
  struct kw_target to;
  kw_target_of(&to, flow, direction);
  run->decision->state = direction == KW_DIRECTION_ORIGINAL ? KW_FLOW_STATE_ORIGINAL : KW_FLOW_STATE_REPLY;
  const int spread = (flow->flags & KW_FLOW_FLAG_SPREAD) && direction == KW_DIRECTION_ORIGINAL;
  const uint32_t moves = direction == KW_DIRECTION_ORIGINAL ? KW_FLOW_FLAG_DNAT : KW_FLOW_FLAG_SNAT;
  const uint8_t *address = spread ? flow->via : to.destination;
  const struct kw_route_row *route = kw_route_flow(run, flow, direction, address, (flow->flags & moves) != 0);
  if (KW_UNLIKELY(route == NULL)) return;
  const int rewrites = (flow->flags & (KW_FLOW_FLAG_DNAT | KW_FLOW_FLAG_SNAT)) != 0;
  if (!rewrites && kw_is_loop(run, route)) {
    kw_drop(run->decision, KW_REASON_SOURCE_LOOP);
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

/* Fills the reply tuple of the new flow, with a source port if one is needed, and its hash. Returns 0 or the reason for a
 * drop. */
static inline uint32_t kw_judge_source(struct kw_run *run, const struct kw_intent *intent,
                                       const struct kw_route_row *route, struct kw_tuple *reply, uint32_t *hash) {
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
    if (!kw_tuple_taken(run->storage, reply, run->now, hash)) {
      return !kw_moves(&run->packet, intent) && kw_is_loop(run, route) ? KW_REASON_SOURCE_LOOP : 0;
    }
    run->decision->masquerade = KW_MASQUERADE_REASON_PORT_CLASH; /* [NAT-2] */
    if (!kw_protocol_has_ports(tuple->protocol) && run->packet.icmp != KW_ICMP_REQUEST) {
      return KW_REASON_NAT_PORTS_EXHAUSTED;
    }
  }
  const int found = kw_find_source_port(run->tables, run->storage, &run->packet, reply, hash, run->now);
  return found ? 0 : KW_REASON_NAT_PORTS_EXHAUSTED;
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
  flow->begun = run->now;
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

/* The first packet of a connection: service, route, source, rewrite, send. `hash` is that of its tuple. [NAT-5] */
KW_ASIDE void kw_new(struct kw_run *run, uint32_t hash, const struct kw_beginning *beginning) {
  struct kw_question question;
  struct kw_intent intent;
  question.tables = run->tables;
  question.storage = run->storage;
  question.packet = &run->packet;
  question.decision = run->decision;
  question.now = run->now;
  question.from = run->from;
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
  uint32_t reply_hash = 0;
  refusal = kw_judge_source(run, &intent, route, &reply, &reply_hash);
  if (refusal != 0) {
    kw_drop(run->decision, refusal);
    return;
  }
  struct kw_flow *flow = kw_storage_create(run->storage, &run->packet.tuple, hash, &reply, reply_hash);
  if (flow == NULL) {
    kw_drop(run->decision, KW_REASON_FLOW_TABLE_FULL);
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
KW_ASIDE void kw_icmp_error(struct kw_run *run) {
  struct kw_embedded inner;
  struct kw_tuple reversed;
  struct kw_flow *flow = NULL;
  uint32_t direction = KW_DIRECTION_ORIGINAL, hash;
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
    flow = kw_storage_find(run->storage, &reversed, run->now, &direction, &hash);
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
    kw_drop(run->decision, KW_REASON_SOURCE_LOOP);
    return;
  }
  run->decision->flags |= kw_rewrite_icmp_error(run->frame, &run->packet, &inner, flow, direction);
  kw_send(run, route, KW_REASON_RELATED); /* [ICMP-8] */
}

/* Applies the packet to its flow, before routing. Returns kw_track. [TRACK-10] */
KW_INLINE uint32_t kw_follow(struct kw_run *run, struct kw_flow *flow, uint32_t direction) {
  const int may_go = kw_flow_may_go(flow);
  const uint32_t track = kw_track_follow(run->tables->node, flow, direction, &run->packet, run->now);
  if (KW_UNLIKELY(may_go != kw_flow_may_go(flow))) kw_storage_may_go(run->storage, flow, !may_go);
  if (KW_UNLIKELY(flow->counted)) kw_ipvs_flow_changes(kw_storage_books(run->storage), flow);
  return track;
}

/* Connection tracking: finds the flow of the packet, or starts one. */
KW_INLINE void kw_track(struct kw_run *run) {
  struct kw_packet *packet = &run->packet;
  if (KW_UNLIKELY(packet->icmp >= KW_ICMP_LISTENER)) { /* [TRACK-4] */
    kw_forward_untracked(run, packet->icmp == KW_ICMP_OTHER ? KW_REASON_INVALID_STATE : 0);
    return;
  }
  uint32_t direction, hash;
  struct kw_flow *flow = kw_storage_flow(run->storage, &packet->tuple, run->now, &direction, &hash); /* [TRACK-1] */
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
  kw_new(run, hash, &beginning);
}

/* The stages after L4, whose parser refused the packet or not (0). */
KW_INLINE void kw_go_on(struct kw_run *run, uint32_t refusal) {
  struct kw_packet *packet = &run->packet;
  if (refusal == 0 && packet->icmp == KW_ICMP_NEIGHBOUR) refusal = KW_REASON_NEIGHBOUR_IGNORED; /* [NEIGH-2] */
  const int judged = run->from != KW_PORT_KIND_HOST && !run->tables->router;
  if (KW_UNLIKELY(refusal != 0)) {
    kw_drop(run->decision, refusal);
  } else if (packet->icmp == KW_ICMP_ERROR) {
    kw_icmp_error(run);
  } else if (judged && KW_UNLIKELY(!kw_l4_checksum_good(run->frame, packet))) {
    kw_forward_untracked(run, KW_REASON_BAD_L4_CHECKSUM); /* [TRACK-22] */
  } else {
    kw_track(run);
  }
}

/* The same for a fragment: parses L4, or reads what the record of the first fragment says. */
KW_ASIDE void kw_fragment(struct kw_run *run) {
  struct kw_packet *packet = &run->packet;
  struct kw_fragment_key key;
  uint32_t refusal = 0;
  kw_fragment_key_of(&key, packet);
  struct kw_fragment_record *record = kw_storage_fragment(run->storage, kw_fragment_place(&key));
  if (packet->fragment == KW_FRAGMENT_LATER) {
    if (!kw_fragment_read(record, &key, packet, run->now)) refusal = KW_REASON_FRAGMENT_UNKNOWN; /* [FRAG-5] */
  } else {
    refusal = kw_parse_l4(run->frame, packet);
    if (refusal == 0) kw_fragment_write(record, &key, packet, run->now); /* [FRAG-1] */
  }
  kw_go_on(run, refusal);
}

/* All stages for an IP packet of either family. */
KW_INLINE void kw_ip(const struct kw_tables *tables, struct kw_storage *storage, struct kw_frame *frame, uint64_t now,
                     struct kw_decision *decision, const int v4) {
  struct kw_run run;
  struct kw_packet *packet = &run.packet;
  run.tables = tables;
  run.storage = storage;
  run.frame = frame;
  run.decision = decision;
  run.now = now;
  run.from = tables->ports[frame->port].kind;
  uint32_t refusal = v4 ? kw_parse_ipv4(frame, packet) : kw_parse_ipv6(frame, packet);
  if (refusal == 0 && !v4 && kw_is_neighbour(packet)) {
    const uint32_t reason = kw_neighbour(tables, frame, packet);
    if (reason == KW_REASON_NEIGHBOUR_ADVERTISEMENT) {
      kw_answer(tables, frame, decision, reason);
    } else {
      kw_drop(decision, reason);
    }
    return;
  }
  if (KW_LIKELY(refusal == 0)) refusal = kw_judge_addresses(packet, run.from == KW_PORT_KIND_HOST);
  if (KW_UNLIKELY(refusal != 0)) {
    kw_drop(decision, refusal);
  } else if (KW_LIKELY(packet->fragment == KW_FRAGMENT_NONE)) {
    kw_go_on(&run, kw_parse_l4(frame, packet));
  } else {
    kw_fragment(&run);
  }
}

KW_ASIDE void kw_ipv6(const struct kw_tables *tables, struct kw_storage *storage, struct kw_frame *frame, uint64_t now,
                      struct kw_decision *decision) {
  kw_ip(tables, storage, frame, now, decision, 0);
}

/* The packet path. `tables` is NULL before the first image; `now` never goes backwards. */
KW_INLINE void kw_pipeline(const struct kw_tables *tables, struct kw_storage *storage, struct kw_frame *frame,
                           uint64_t now, struct kw_decision *decision) {
  kw_decision_init(decision, frame->port);
  if (KW_UNLIKELY(tables == NULL || frame->port >= tables->port_count)) { /* [FRAME-1] */
    kw_drop(decision, KW_REASON_NO_TABLES);
    return;
  }
  if (KW_UNLIKELY(frame->length < KW_ETHERNET_HEADER)) { /* [FRAME-3] */
    kw_drop(decision, KW_REASON_MALFORMED_ETHERNET);
    return;
  }
  const uint32_t type = kw_load_be16(frame->data + 12); /* [FRAME-4] */
  if (KW_LIKELY(type == 0x0800)) {
    kw_ip(tables, storage, frame, now, decision, 1);
  } else if (type == 0x86dd) {
    kw_ipv6(tables, storage, frame, now, decision);
  } else if (type == 0x0806) {
    const uint32_t reason = kw_arp(tables, frame);
    if (reason == KW_REASON_ARP_REPLY) {
      kw_answer(tables, frame, decision, reason);
    } else {
      kw_drop(decision, reason);
    }
  } else {
    kw_drop(decision, KW_REASON_UNKNOWN_ETHERTYPE);
  }
}

#endif
