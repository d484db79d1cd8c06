// lease.h - kw_lease: a connection that the engine has lent to the fast path (native/bpf/README.md), and what one of
// its packets does to its flows.
//
// Whoever holds the lease may change what is in it: the engine (KEPT), or the program of one processor (BUSY). A packet
// does here what kw_established does with it, or it is left to the engine.
#ifndef KUBEWIRE_CORE_LEASE_H
#define KUBEWIRE_CORE_LEASE_H

#include "core/conntrack.h"

/* Nodes with a flow of their own that one connection may pass: the balancer's router, its node, the endpoint's. */
#define KW_LEASE_FLOWS 3u

enum kw_lease_state {
  KW_LEASE_KEPT = 0, /* the engine's, or nobody's */
  KW_LEASE_LENT = 1, /* the next packet may take it */
  KW_LEASE_BUSY = 2, /* a packet has it */
};

/* Key of the map that leads to leases: a packet's tuple and the interface it comes in through. */
struct kw_way_key {
  struct kw_tuple tuple;
  uint32_t interface;
  uint32_t zero;
};

/* Its value: a lease and the way of it. It is a hint, for the entry may have gone to another key meanwhile; the lease
 * itself knows whose it is. */
struct kw_way_value {
  uint32_t lease;
  uint32_t way;
};

/* One direction of a connection, through all nodes that it passes. */
struct kw_way {
  struct kw_way_key key;
  struct kw_tuple to;          /* the tuple with which its packets arrive */
  uint32_t out;                /* the interface through which; 0 = this way is not lent */
  uint32_t address_difference; /* what the rewriting adds to a checksum: the addresses, */
  uint32_t port_difference;    /*                                        the ports */
  uint32_t mtu;                /* the smallest of all nodes */
  uint32_t ttl;                /* how often they decrement it */
  uint32_t directions;         /* bit n: the kw_direction in flow n */
  uint8_t macs[12];            /* destination and source, as in the frame */
  uint32_t reserved;
  uint64_t frames; /* carried so far */
  uint64_t bytes;
};

struct kw_lease_flow {
  struct kw_flow flow; /* up to `track` as in the flow table; the rest is the engine's */
  struct kw_node_row node;
};

struct kw_lease {
  uint32_t state; /* kw_lease_state */
  uint32_t flow_count;
  uint64_t reserved;
  struct kw_way ways[2];
  struct kw_lease_flow flows[KW_LEASE_FLOWS];
};
KW_STATIC_ASSERT(sizeof(struct kw_way_key) == 48, "kw_way_key is hashed and compared as 48 bytes");
KW_STATIC_ASSERT(sizeof(struct kw_lease) % 16 == 0, "rows of the map follow each other");

/* May a flow be lent? Only while its packets leave its state as it is. */
static inline int kw_lease_may_have(const struct kw_flow *flow) {
  if (flow->original.protocol == KW_PROTOCOL_UDP) return 1;
  if (flow->original.protocol != KW_PROTOCOL_TCP || flow->tcp_state != KW_TCP_STATE_ESTABLISHED) return 0;
  const struct kw_tcp_side *sides = flow->track.tcp.sides;
  return (flow->flags & KW_FLOW_FLAG_ASSURED) && sides[0].max_window != 0 && sides[1].max_window != 0;
}

/* Would the engine take this segment for one of an established connection, inside both windows? `segment` has no
 * options but timestamps. Changes nothing. */
KW_INLINE int kw_lease_fits(const struct kw_flow *flow, uint32_t direction, const struct kw_segment *segment) {
  const struct kw_tcp_track *track = &flow->track.tcp;
  struct kw_tcp_side sender = track->sides[direction & 1u];
  if (flow->tcp_state != KW_TCP_STATE_ESTABLISHED || sender.max_window == 0) return 0;
  const struct kw_tcp_side *receiver = &track->sides[(direction & 1u) ^ 1u];
  return kw_tcp_judge_window(&sender, receiver, segment->sequence, segment->end, segment->ack) == KW_TRACK_ACCEPT;
}

/* A segment that fits: what kw_tcp_fit does to its flow. */
KW_INLINE void kw_lease_segment(const struct kw_node_row *node, struct kw_flow *flow, uint32_t direction,
                                const struct kw_segment *segment, uint32_t ip_length, uint64_t now) {
  struct kw_tcp_track *track = &flow->track.tcp;
  struct kw_tcp_side *sender = &track->sides[direction & 1u];
  struct kw_tcp_side *receiver = &track->sides[(direction & 1u) ^ 1u];
  kw_tcp_update_sides(sender, receiver, segment, segment->end, segment->ack, segment->ack);
  kw_tcp_count_repeats(track, direction, segment->sequence, segment->ack, segment->end, segment->window);
  kw_tcp_accept(node, flow, direction, KW_TCP_INDEX_ACK, KW_TCP_STATE_ESTABLISHED, ip_length, now);
}

#endif
