// conntrack.h - for every protocol: applies a packet to its flow, and says which packet may start one
// (native/law/conntrack.md).
#ifndef KUBEWIRE_CORE_CONNTRACK_H
#define KUBEWIRE_CORE_CONNTRACK_H

#include "core/association.h"
#include "core/connection.h"

#define KW_PROTOCOL_GRE 47u

#define KW_UDP_STREAM_NS (2 * KW_SECOND_NS)

/* Lifetime in seconds of a flow whose protocol has no states; that of UDP is in the row NODE. */
#define KW_GRE_SECONDS 30u
#define KW_GRE_STREAM_SECONDS 180u
#define KW_ICMP_SECONDS 30u
#define KW_GENERIC_SECONDS 600u

/* UDP: a conversation of more than two seconds is a stream, and only a stream is ASSURED. [TRACK-11] */
static inline void kw_udp_follow(const struct kw_node_row *node, struct kw_flow *flow, uint32_t ip_length,
                                 uint64_t now) {
  const int stream = (flow->flags & KW_FLOW_FLAG_SEEN_REPLY) && now > flow->stream;
  if (stream) flow->flags |= KW_FLOW_FLAG_ASSURED;
  kw_flow_refresh(flow, ip_length, stream ? node->udp_stream_seconds : node->udp_seconds, now);
}

static inline void kw_gre_follow(struct kw_flow *flow, uint32_t ip_length, uint64_t now) {
  const int stream = (flow->flags & KW_FLOW_FLAG_SEEN_REPLY) != 0;
  if (stream) flow->flags |= KW_FLOW_FLAG_ASSURED;
  kw_flow_refresh(flow, ip_length, stream ? KW_GRE_STREAM_SECONDS : KW_GRE_SECONDS, now);
}

/* Queries of ICMP of the packet's own family, and protocols without tracking of their own: never ASSURED. */
static inline void kw_plain_follow(struct kw_flow *flow, uint32_t ip_length, uint64_t now) {
  const int query = flow->original.query != KW_ICMP_NO_QUERY;
  kw_flow_refresh(flow, ip_length, query ? KW_ICMP_SECONDS : KW_GENERIC_SECONDS, now);
}

KW_ASIDE uint32_t kw_sctp_packet(struct kw_flow *flow, uint32_t direction, const struct kw_packet *packet,
                                 uint64_t now) {
  uint32_t set, seconds = 0;
  if (!kw_sctp_sound(packet, &set)) return KW_TRACK_INVALID;
  const uint32_t outcome = kw_sctp_follow(&flow->track.sctp, direction, packet, set, 1, &seconds);
  if (flow->track.sctp.settled) flow->flags |= KW_FLOW_FLAG_ASSURED;
  if (outcome != KW_TRACK_ACCEPT) return outcome;
  if (seconds == 0) return KW_TRACK_IGNORE;
  kw_flow_refresh(flow, packet->ip_length, seconds, now);
  return KW_TRACK_ACCEPT;
}

/* Judges a packet of a known flow and updates the flow, before routing as Linux does.
 * `node` says how strictly TCP is tracked and how long UDP lasts. */
KW_INLINE uint32_t kw_track_follow(const struct kw_node_row *node, struct kw_flow *flow, uint32_t direction,
                                   const struct kw_packet *packet, uint64_t now) {
  uint32_t outcome = KW_TRACK_ACCEPT;
  switch (flow->original.protocol) {
    case KW_PROTOCOL_TCP:
      outcome = KW_LIKELY(packet->fragment != KW_FRAGMENT_LATER) ? kw_tcp_follow(node, flow, direction, packet, now)
                                                                 : (uint32_t)KW_TRACK_IGNORE;
      break;
    case KW_PROTOCOL_SCTP:
      outcome = packet->fragment != KW_FRAGMENT_LATER ? kw_sctp_packet(flow, direction, packet, now)
                                                      : (uint32_t)KW_TRACK_IGNORE;
      break;
    case KW_PROTOCOL_UDP:
      kw_udp_follow(node, flow, packet->ip_length, now);
      break;
    case KW_PROTOCOL_GRE:
      kw_gre_follow(flow, packet->ip_length, now);
      break;
    default:
      kw_plain_follow(flow, packet->ip_length, now);
  }
  if (direction == KW_DIRECTION_REPLY && outcome <= KW_TRACK_END) flow->flags |= KW_FLOW_FLAG_SEEN_REPLY;
  return outcome;
}

/* What SCTP learns from a first packet, before its flow exists. */
struct kw_beginning {
  struct kw_sctp_track sctp;
  uint32_t seconds;
};

/* May a packet without a flow start one? */
static inline int kw_track_starts(const struct kw_packet *packet, struct kw_beginning *beginning) {
  if (packet->icmp == KW_ICMP_REPLY) return 0;
  if (packet->tuple.protocol == KW_PROTOCOL_TCP) return kw_tcp_starts(packet);
  if (packet->tuple.protocol != KW_PROTOCOL_SCTP) return 1;
  if (packet->fragment == KW_FRAGMENT_LATER) return 0;
  __builtin_memset(beginning, 0, sizeof *beginning);
  return kw_sctp_begin(&beginning->sctp, packet, &beginning->seconds);
}

/* Applies the first packet to its new, zeroed flow. */
static inline void kw_track_begin(const struct kw_node_row *node, struct kw_flow *flow, const struct kw_packet *packet,
                                  const struct kw_beginning *beginning, uint64_t now) {
  switch (flow->original.protocol) {
    case KW_PROTOCOL_TCP:
      kw_tcp_begin(node, flow, packet, now);
      return;
    case KW_PROTOCOL_SCTP:
      flow->track.sctp = beginning->sctp;
      kw_flow_refresh(flow, packet->ip_length, beginning->seconds, now);
      return;
    default:
      flow->stream = now + KW_UDP_STREAM_NS;
      kw_track_follow(node, flow, KW_DIRECTION_ORIGINAL, packet, now);
  }
}

#endif
