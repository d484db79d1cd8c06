// conntrack.h - kw_flow, and what a packet does to it: the TCP state table and every timeout (native/README.md section 3).
//
// Flows are stored by the engine; this file decides.
#ifndef KUBEWIRE_CORE_CONNTRACK_H
#define KUBEWIRE_CORE_CONNTRACK_H

#include "core/packet.h"

#define KW_SECOND_NS 1000000000ull

/* A tracked connection: two tuples and what they become. The first two cache lines are all that the established path
 * touches; the third is for creation, listing and removal. */
struct kw_flow {
  struct kw_tuple original;
  struct kw_tuple reply;
  uint64_t expiry; /* ns; the flow does not exist from then on */
  uint64_t packets;
  uint64_t bytes;
  uint16_t flags;         /* kw_flow_flag */
  uint8_t tcp_state;      /* kw_tcp_state */
  uint8_t counted;        /* IPVS: how its destination counts it (ipvs/connection.h); 0 = not at all */
  uint32_t hash_original; /* storage's own */
  uint32_t hash_reply;
  uint32_t index;
  uint32_t reserved_line[2];
  uint8_t via[16]; /* SPREAD: address of the chosen node, by which direction ORIGINAL is routed */
  uint32_t service_id;
  uint32_t backend_id;
  uint32_t older; /* storage's list of flows that may be dropped early */
  uint32_t newer;
  uint32_t destination; /* IPVS: row of the pool, */
  uint32_t place;       /*       its template or KW_NONE, */
  uint32_t place_serial;
  uint32_t reserved_tail[5];
};
KW_STATIC_ASSERT(sizeof(struct kw_flow) == 192, "kw_flow is three cache lines");
KW_STATIC_ASSERT(offsetof(struct kw_flow, via) == 128, "the cold part of kw_flow starts a line");

enum kw_direction { KW_DIRECTION_ORIGINAL = 0, KW_DIRECTION_REPLY = 1 };

/* Columns of the TCP table, in the order in which flags are looked at. */
enum kw_tcp_index {
  KW_TCP_SYN = 0,
  KW_TCP_SYNACK = 1,
  KW_TCP_FIN = 2,
  KW_TCP_ACK = 3,
  KW_TCP_RST = 4,
  KW_TCP_BARE = 5
};

/* Two outcomes that are no states. */
#define KW_TCP_IGNORED 10u /* forwarded by the flow's rewrite; nothing of the flow changes */
#define KW_TCP_INVALID 11u

/* RST, else SYN (with ACK: SYN-ACK), else FIN, else ACK, else none. Other combinations are not judged. */
static inline uint32_t kw_tcp_index_of(uint8_t flags) {
  if (flags & 0x04u) return KW_TCP_RST;
  if (flags & 0x02u) return flags & 0x10u ? KW_TCP_SYNACK : KW_TCP_SYN;
  if (flags & 0x01u) return KW_TCP_FIN;
  return flags & 0x10u ? KW_TCP_ACK : KW_TCP_BARE;
}

/* The state that follows, by direction, flags and state: the facts of tcp_conntracks in nf_conntrack_proto_tcp.c.
 *
 *   NONE         only a SYN, or (loose) an ACK, starts a flow.
 *   SYN_SENT     waits for SYN-ACK; a SYN of the other side is a simultaneous open (SYN_SENT2).
 *   SYN_RECV     waits for the ACK of direction ORIGINAL; repeated SYN and SYN-ACK are ignored.
 *   ESTABLISHED  until FIN or RST. SYN and SYN-ACK are ignored: they may belong to a connection that the tracker missed.
 *   FIN_WAIT     one FIN seen; an ACK leads to CLOSE_WAIT, the other FIN to LAST_ACK.
 *   CLOSE_WAIT   the FIN was acknowledged; waits for the other FIN, an hour long.
 *   LAST_ACK     both FINs seen; the last ACK leads to TIME_WAIT.
 *   TIME_WAIT    a SYN in either direction reopens (the caller deletes the flow and starts anew).
 *   CLOSE        RST seen, lives ten seconds; a SYN of direction ORIGINAL reopens.
 *   SYN_SENT2    both SYNs seen; the first SYN-ACK leads to SYN_RECV.
 *
 * RST leads to CLOSE from everywhere but NONE; a segment without flags is invalid everywhere. */
static inline uint32_t kw_tcp_next(uint32_t direction, uint32_t index, uint32_t state) {
  enum { NO, SS, SR, ES, FW, CW, LA, TW, CL, S2, IG, IV };
  static const uint8_t table[2][6][10] = {
      {
          /* from     NO  SS  SR  ES  FW  CW  LA  TW  CL  S2 */
          /* SYN    */ {SS, SS, IG, IG, IG, IG, IG, SS, SS, S2},
          /* SYNACK */ {IV, IV, SR, IV, IV, IV, IV, IV, IV, SR},
          /* FIN    */ {IV, IV, FW, FW, LA, LA, LA, TW, CL, IV},
          /* ACK    */ {ES, IV, ES, ES, CW, CW, TW, TW, CL, IV},
          /* RST    */ {IV, CL, CL, CL, CL, CL, CL, CL, CL, CL},
          /* none   */ {IV, IV, IV, IV, IV, IV, IV, IV, IV, IV},
      },
      {
          /* SYN    */ {IV, S2, IV, IV, IV, IV, IV, SS, IV, S2},
          /* SYNACK */ {IV, SR, IG, IG, IG, IG, IG, IG, IG, SR},
          /* FIN    */ {IV, IV, FW, FW, LA, LA, LA, TW, CL, IV},
          /* ACK    */ {IV, IG, SR, ES, CW, CW, TW, TW, CL, IG},
          /* RST    */ {IV, CL, CL, CL, CL, CL, CL, CL, CL, CL},
          /* none   */ {IV, IV, IV, IV, IV, IV, IV, IV, IV, IV},
      },
  };
  return table[direction & 1u][index][state];
}

/* Seconds that a flow lives after a packet. */
static inline uint32_t kw_flow_timeout(uint8_t protocol, uint8_t tcp_state, uint32_t flags) {
  static const uint32_t tcp[10] = {0, 120, 60, 86400, 120, 3600, 30, 120, 10, 120};
  const uint32_t answered = flags & KW_FLOW_FLAG_SEEN_REPLY;
  switch (protocol) {
    case KW_PROTOCOL_TCP:
      return tcp[tcp_state];
    case KW_PROTOCOL_UDP:
      return answered ? 120 : 30;
    case KW_PROTOCOL_SCTP:
      return answered ? 210 : 30;
    default:
      return 600;
  }
}

/* The same for a tuple of a packet: ICMP echo of its own family lives 30 s. */
static inline uint64_t kw_flow_lifetime_ns(const struct kw_tuple *tuple, uint8_t tcp_state, uint32_t flags) {
  const uint8_t echo = kw_address_is_v4(tuple->source) ? KW_PROTOCOL_ICMP : KW_PROTOCOL_ICMPV6;
  const uint32_t seconds = tuple->protocol == echo ? 30u : kw_flow_timeout(tuple->protocol, tcp_state, flags);
  return seconds * KW_SECOND_NS;
}

/* What stage 7 says of a packet whose flow is known. */
enum kw_track {
  KW_TRACK_ACCEPT = 0,  /* kw_track_apply follows when the packet is sent */
  KW_TRACK_IGNORE = 1,  /* forwarded by the rewrite, nothing changes */
  KW_TRACK_REOPEN = 2,  /* the flow is deleted, the packet is NEW */
  KW_TRACK_INVALID = 3, /* no valid state */
};

/* Judges without changing: the checks of routing come between this and kw_track_apply. */
static inline uint32_t kw_track_judge(const struct kw_flow *flow, uint32_t direction, const struct kw_packet *packet,
                                      uint8_t *next_state) {
  *next_state = flow->tcp_state;
  if (flow->original.protocol != KW_PROTOCOL_TCP) return KW_TRACK_ACCEPT;
  if (packet->fragment == KW_FRAGMENT_LATER) return KW_TRACK_IGNORE;
  const uint32_t next = kw_tcp_next(direction, kw_tcp_index_of(packet->tcp_flags), flow->tcp_state);
  if (next == KW_TCP_INVALID) return KW_TRACK_INVALID;
  if (next == KW_TCP_IGNORED) return KW_TRACK_IGNORE;
  if (next == KW_TCP_STATE_SYN_SENT &&
      (flow->tcp_state == KW_TCP_STATE_TIME_WAIT || flow->tcp_state == KW_TCP_STATE_CLOSE)) {
    return KW_TRACK_REOPEN;
  }
  *next_state = (uint8_t)next;
  return KW_TRACK_ACCEPT;
}

/* Effects of an accepted packet that is sent. Returns 1 when the flow became ASSURED by it. */
static inline int kw_track_apply(struct kw_flow *flow, uint32_t direction, uint8_t next_state, uint32_t ip_length,
                                 uint64_t now) {
  uint32_t flags = flow->flags;
  if (direction == KW_DIRECTION_REPLY) flags |= KW_FLOW_FLAG_SEEN_REPLY;
  const int settled = flow->original.protocol != KW_PROTOCOL_TCP || next_state == KW_TCP_STATE_ESTABLISHED;
  if (settled && (flags & KW_FLOW_FLAG_SEEN_REPLY)) flags |= KW_FLOW_FLAG_ASSURED;
  const int became = (flags & ~(uint32_t)flow->flags & KW_FLOW_FLAG_ASSURED) != 0;
  flow->flags = (uint16_t)flags;
  flow->tcp_state = next_state;
  flow->packets++;
  flow->bytes += ip_length;
  flow->expiry = now + kw_flow_lifetime_ns(&flow->original, next_state, flags);
  return became;
}

/* May a packet without a flow start one? `state` becomes its first TCP state. */
static inline int kw_track_starts(const struct kw_packet *packet, uint8_t *state) {
  *state = KW_TCP_STATE_NONE;
  if (packet->icmp == KW_ICMP_REPLY) return 0;
  if (packet->tuple.protocol != KW_PROTOCOL_TCP) return 1;
  if (packet->fragment == KW_FRAGMENT_LATER) return 0;
  const uint32_t next = kw_tcp_next(KW_DIRECTION_ORIGINAL, kw_tcp_index_of(packet->tcp_flags), KW_TCP_STATE_NONE);
  if (next >= KW_TCP_IGNORED) return 0;
  *state = (uint8_t)next;
  return 1;
}

#endif
