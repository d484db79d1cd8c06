// outcome.h - how a frame ends: it is freed, goes back as an answer, or takes a route and leaves.
#ifndef KUBEWIRE_CORE_OUTCOME_H
#define KUBEWIRE_CORE_OUTCOME_H

#include "core/nat.h"
#include "core/reply.h"
#include "core/route.h"

/* One frame on its way through the path. */
struct kw_run {
  const struct kw_tables *tables;
  struct kw_storage *storage;
  struct kw_frame *frame;
  struct kw_decision *decision;
  uint64_t now;
  uint32_t from; /* kw_port_kind of the port it came through */
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
static inline void kw_drop(struct kw_decision *decision, uint32_t reason) {
  decision->verdict = KW_VERDICT_DROP;
  decision->reason = reason;
}

/* Outcome: the frame, turned into the answer, goes back. */
static inline void kw_answer(const struct kw_tables *tables, const struct kw_frame *frame, struct kw_decision *decision,
                             uint32_t reason) {
  decision->verdict = KW_VERDICT_REPLY;
  decision->reason = reason;
  decision->out_port = frame->port;
  decision->next_hop = tables->ports[frame->port].target; /* [FRAME-5] [REPLY-2] */
}

/* Outcome: an ICMP error if the reason calls for one and the packet may get one, else a drop. `mtu` is for TOO_BIG;
 * `moved`: the packet was going to a different destination than the one it was sent to. */
KW_ASIDE void kw_refuse(const struct kw_run *run, uint32_t reason, uint32_t mtu, int moved) {
  const struct kw_packet *packet = &run->packet;
  const struct kw_error_kind kind = kw_error_of(reason, packet->v4);
  if (kind.type == 0) {
    kw_drop(run->decision, reason);
    return;
  }
  const uint8_t *from = kw_error_source(run->tables, run->frame, packet, moved);
  kw_storage_keep(run->storage);
  if (kw_may_get_error(packet) && kw_make_error(run->tables, run->frame, packet, kind, mtu, from)) {
    kw_answer(run->tables, run->frame, run->decision, reason);
  } else {
    kw_drop(run->decision, kind.silent);
  }
}

/* Returns the route if the packet may take it, else refuses the packet and returns NULL; `moved` as above. */
KW_INLINE const struct kw_route_row *kw_take(struct kw_run *run, const struct kw_route_row *route, int moved) {
  const uint32_t refusal = kw_judge_route(run->tables, run->frame, &run->packet, run->from, route);
  if (KW_LIKELY(refusal == 0)) return route;
  const uint32_t mtu = refusal == KW_REASON_TOO_BIG ? run->tables->ports[route->port].mtu : 0;
  kw_refuse(run, refusal, mtu, moved);
  return NULL;
}

/* The route to an address, or NULL if the packet was refused. */
KW_INLINE const struct kw_route_row *kw_route(struct kw_run *run, const uint8_t *address, int moved) {
  return kw_take(run, kw_route_at(run->tables, kw_find_route(run->tables, address)), moved);
}

/* The route of a direction of a flow, which goes to `address`: searched for once, and again after the tables changed. */
KW_INLINE const struct kw_route_row *kw_route_flow(struct kw_run *run, struct kw_flow *flow, uint32_t direction,
                                                   const uint8_t *address, int moved) {
  const uint32_t age = kw_storage_age(run->storage);
  if (KW_UNLIKELY(flow->routes_age != age)) {
    flow->routes_age = age;
    flow->routes[0] = flow->routes[1] = KW_NONE;
  }
  uint32_t row = flow->routes[direction & 1u];
  if (KW_UNLIKELY(row == KW_NONE)) row = flow->routes[direction & 1u] = kw_find_route(run->tables, address);
  return kw_take(run, kw_route_at(run->tables, row), moved);
}

/* Would an unchanged packet go back where it came from? A ROUTER may do that, and a host may talk to itself. [ROUTE-8] */
static inline int kw_is_loop(const struct kw_run *run, const struct kw_route_row *route) {
  return route->port == run->frame->port && !run->tables->router &&
         run->tables->ports[route->port].kind != KW_PORT_KIND_HOST;
}

/* Outcome: the frame leaves. */
KW_INLINE void kw_send(struct kw_run *run, const struct kw_route_row *route, uint32_t reason) {
  const struct kw_port_row *port = &run->tables->ports[route->port];
  if (kw_is_forwarded(run->from, route)) kw_decrement_ttl(&run->packet);
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
KW_ASIDE void kw_forward_untracked(struct kw_run *run, uint32_t invalid) {
  run->decision->state = KW_FLOW_STATE_UNTRACKED;
  const struct kw_route_row *route = kw_route(run, run->packet.tuple.destination, 0);
  if (route == NULL) return;
  if (invalid != 0 && (run->tables->node->service_flags & KW_SERVICE_MODE_FLAG_DROPS_INVALID) &&
      kw_is_forwarded(run->from, route)) {
    run->decision->state = KW_FLOW_STATE_INVALID; /* [TRACK-6] */
    kw_drop(run->decision, invalid);
    return;
  }
  if (kw_is_loop(run, route)) {
    kw_drop(run->decision, KW_REASON_SOURCE_LOOP);
    return;
  }
  kw_send(run, route, kw_plain_reason(route));
}

static inline void kw_invalid(struct kw_run *run) { kw_forward_untracked(run, KW_REASON_INVALID_STATE); }

#endif
