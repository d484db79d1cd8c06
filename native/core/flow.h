// flow.h - kw_flow: a tracked connection and the state that its protocol needs (native/law/conntrack.md).
//
// The engine stores flows; tcp.h, sctp.h and conntrack.h decide what happens to them.
#ifndef KUBEWIRE_CORE_FLOW_H
#define KUBEWIRE_CORE_FLOW_H

#include "core/packet.h"

#define KW_SECOND_NS 1000000000ull

/* In kw_flow.flags, beside those that are listed: the flow is in a lease (lease.h), which knows better. */
#define KW_FLOW_LENT 0x8000u

enum kw_direction { KW_DIRECTION_ORIGINAL = 0, KW_DIRECTION_REPLY = 1 };

/* What one side of a TCP connection has sent and may send. Sequence numbers are in host order. */
struct kw_tcp_side {
  uint32_t end;        /* one past the last byte it sent */
  uint32_t max_end;    /* one past the last byte the other side accepts */
  uint32_t max_window; /* the largest window it offered; 0 = it has not sent yet */
  uint32_t max_ack;    /* the highest acknowledgment it sent */
  uint8_t scale;       /* shift count of its windows */
  uint8_t flags;       /* KW_TCP_SIDE_* */
  uint8_t reserved[2];
};

#define KW_TCP_SIDE_SCALES 1u   /* its SYN had a window scale */
#define KW_TCP_SIDE_SACKS 2u    /* its SYN permitted selective acknowledgments */
#define KW_TCP_SIDE_CLOSES 4u   /* it sent the first FIN */
#define KW_TCP_SIDE_LIBERAL 8u  /* segments outside its window pass */
#define KW_TCP_SIDE_UNACKED 16u /* its data is not acknowledged yet */
#define KW_TCP_SIDE_HAS_ACK 32u /* max_ack is set */

struct kw_tcp_track {
  struct kw_tcp_side sides[2]; /* by direction */
  uint32_t last_sequence;      /* of the last segment that is remembered */
  uint32_t last_ack;
  uint32_t last_end;
  uint16_t last_window; /* unscaled, as in the segment */
  uint8_t last_index;   /* kw_tcp_index of the last segment */
  uint8_t last_direction;
  uint8_t last_scale; /* options of a SYN that was let through unjudged */
  uint8_t last_flags; /* KW_TCP_SIDE_SCALES, KW_TCP_SIDE_SACKS of it, and KW_TCP_LAST_* */
  uint8_t repeats;    /* how often the last ACK was repeated */
  uint8_t reserved[5];
};

#define KW_TCP_LAST_CHALLENGES 64u    /* an ACK that follows answers a SYN, not a FIN */
#define KW_TCP_LAST_SIMULTANEOUS 128u /* both sides sent a SYN */

struct kw_sctp_track {
  uint32_t tag_be[2];       /* the verification tag required, by direction */
  uint8_t initiated[2];     /* an INIT of that direction is on its way */
  uint8_t state;            /* kw_sctp_state */
  uint8_t heartbeat_failed; /* a HEARTBEAT had another tag: perhaps another address of the peer */
  uint8_t last_direction;   /* its direction */
  uint8_t settled;          /* it was ESTABLISHED */
  uint8_t reserved[50];
};

/* Two tuples and what they become. The established path touches only the first two cache lines, plus the third for
 * TCP and SCTP. The fourth is used to create, list and remove flows. */
struct kw_flow {
  struct kw_tuple original;
  struct kw_tuple reply;
  uint64_t expiry; /* ns; the flow does not exist from then on */
  uint64_t packets;
  uint64_t bytes;
  uint16_t flags;      /* kw_flow_flag */
  uint8_t tcp_state;   /* kw_tcp_state */
  uint8_t counted;     /* IPVS: how its destination counts it (ipvs/connection.h); 0 = not at all */
  uint32_t routes_age; /* the rows of ROUTE that its directions take, found when the tables had this age */
  uint32_t routes[2];
  uint64_t stream; /* UDP: packets after this (ns) make it a stream */
  union {
    struct kw_tcp_track tcp;
    struct kw_sctp_track sctp;
  } track;
  uint8_t via[16]; /* SPREAD: address of the chosen node, by which direction ORIGINAL is routed */
  uint32_t service_id;
  uint32_t backend_id;
  uint32_t older; /* storage's list of flows that may be dropped early */
  uint32_t newer;
  uint32_t destination; /* IPVS: row of the pool, */
  uint32_t place;       /*       its template or KW_NONE, */
  uint32_t place_serial;
  uint32_t hash_original; /* storage's own */
  uint32_t hash_reply;
  uint32_t index;
  uint64_t begun; /* ns; when its first packet came */
};
KW_STATIC_ASSERT(sizeof(struct kw_tcp_track) == 64, "TCP tracking is one cache line");
KW_STATIC_ASSERT(sizeof(struct kw_sctp_track) == 64, "SCTP tracking is one cache line");
KW_STATIC_ASSERT(sizeof(struct kw_flow) == 256, "kw_flow is four cache lines");
KW_STATIC_ASSERT(offsetof(struct kw_flow, track) == 128, "the tracking of a protocol starts a line");
KW_STATIC_ASSERT(offsetof(struct kw_flow, via) == 192, "the cold part of kw_flow starts a line");

/* The verdict of connection tracking on a packet of a known flow. */
enum kw_track {
  KW_TRACK_ACCEPT = 0,  /* rewritten as the flow says; restarts its timer */
  KW_TRACK_IGNORE = 1,  /* rewritten as the flow says; not counted, timer unchanged */
  KW_TRACK_END = 2,     /* rewritten as the flow says; then the flow is deleted */
  KW_TRACK_REOPEN = 3,  /* the flow is deleted, the packet is NEW */
  KW_TRACK_INVALID = 4, /* no valid state */
};

/* Counts a packet and restarts the timer. */
static inline void kw_flow_refresh(struct kw_flow *flow, uint32_t ip_length, uint32_t seconds, uint64_t now) {
  flow->packets++;
  flow->bytes += ip_length;
  flow->expiry = now + seconds * KW_SECOND_NS;
}

/* May the flow be dropped to make room? Yes if not ASSURED or already closing (can_early_drop of nf_conntrack). */
static inline int kw_flow_may_go(const struct kw_flow *flow) {
  if (!(flow->flags & KW_FLOW_FLAG_ASSURED)) return 1;
  if (flow->original.protocol == KW_PROTOCOL_SCTP) {
    const uint8_t state = flow->track.sctp.state;
    return state >= KW_SCTP_STATE_SHUTDOWN_SENT && state <= KW_SCTP_STATE_SHUTDOWN_ACK_SENT;
  }
  return flow->tcp_state >= KW_TCP_STATE_FIN_WAIT && flow->tcp_state <= KW_TCP_STATE_CLOSE;
}

#endif
