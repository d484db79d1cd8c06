// connection.h - applies a TCP segment to its flow: the special cases of the state table, and the timers.
#ifndef KUBEWIRE_CORE_CONNECTION_H
#define KUBEWIRE_CORE_CONNECTION_H

#include "core/reset.h"
#include "core/window.h"

/* A SYN reopens a finished connection if that was closed by a FIN, or by an RST from the same side. [TRACK-13] */
static inline int kw_tcp_reopens(const struct kw_tcp_track *track, uint32_t direction) {
  if ((track->sides[0].flags | track->sides[1].flags) & KW_TCP_SIDE_CLOSES) return 1;
  return track->last_direction == direction && track->last_index == KW_TCP_INDEX_RST;
}

/* Remembers a segment that does not fit the flow: the answer to it will show who is right. [TRACK-14] */
KW_ASIDE void kw_tcp_note(struct kw_flow *flow, uint32_t direction, const struct kw_segment *segment) {
  struct kw_tcp_track *track = &flow->track.tcp;
  track->last_index = (uint8_t)segment->index;
  track->last_direction = (uint8_t)direction;
  track->last_sequence = segment->sequence;
  track->last_end = segment->end;
  track->last_window = segment->window;
  if (segment->index == KW_TCP_INDEX_SYN && direction == KW_DIRECTION_ORIGINAL) {
    struct kw_tcp_side seen = {0, 0, 0, 0, 0, 0, {0, 0}};
    kw_tcp_read_options(segment, &seen);
    track->last_scale = seen.scale;
    track->last_flags = seen.flags;
    if (flow->tcp_state == KW_TCP_STATE_LAST_ACK) track->last_flags |= KW_TCP_LAST_CHALLENGES;
  }
  if (segment->index == KW_TCP_INDEX_ACK && direction == KW_DIRECTION_REPLY &&
      flow->tcp_state == KW_TCP_STATE_SYN_SENT) {
    track->last_ack = segment->ack;
  }
}

/* A SYN-ACK for a SYN that was let through: the ends agree and the flow is out of step, so it adopts their numbers. */
static inline int kw_tcp_gets_in_step(struct kw_tcp_track *track, uint32_t direction,
                                      const struct kw_segment *segment) {
  if (segment->index != KW_TCP_INDEX_SYNACK || track->last_index != KW_TCP_INDEX_SYN) return 0;
  if (track->last_direction == direction || segment->ack != track->last_end) return 0;
  struct kw_tcp_side *other = &track->sides[track->last_direction];
  other->end = other->max_end = track->last_end;
  other->max_window = track->last_window == 0 ? 1u : track->last_window;
  other->scale = track->last_scale;
  track->last_flags &= (uint8_t)~KW_TCP_LAST_CHALLENGES;
  other->flags = track->last_flags;
  const uint8_t liberal = track->sides[direction].flags & KW_TCP_SIDE_LIBERAL;
  __builtin_memset(&track->sides[direction], 0, sizeof track->sides[direction]);
  track->sides[direction].flags = liberal;
  return 1;
}

/* New lifetime in seconds: shorter if data is unacknowledged, an ACK repeats itself or a window is closed. */
KW_INLINE uint32_t kw_tcp_patience(const struct kw_node_row *node, const struct kw_tcp_track *track, uint32_t index,
                                   uint32_t state) {
  const uint32_t seconds = kw_tcp_timeout(node, state);
  const int impatient = seconds > KW_TCP_IMPATIENCE;
  if (track->repeats >= KW_TCP_REPEATS && impatient) return KW_TCP_IMPATIENCE;
  if (index == KW_TCP_INDEX_RST) return kw_tcp_timeout(node, KW_TCP_STATE_CLOSE);
  const int waits = ((track->sides[0].flags | track->sides[1].flags) & KW_TCP_SIDE_UNACKED) != 0;
  return impatient && (waits || track->last_window == 0) ? KW_TCP_IMPATIENCE : seconds;
}

/* Applies a segment that is in the window. [TRACK-19] */
KW_INLINE uint32_t kw_tcp_accept(const struct kw_node_row *node, struct kw_flow *flow, uint32_t direction,
                                 uint32_t index, uint32_t next, uint32_t ip_length, uint64_t now) {
  struct kw_tcp_track *track = &flow->track.tcp;
  const uint32_t state = flow->tcp_state;
  track->last_index = (uint8_t)index;
  track->last_direction = (uint8_t)direction;
  flow->tcp_state = (uint8_t)next;
  if (state != next && next == KW_TCP_STATE_FIN_WAIT) track->sides[direction].flags |= KW_TCP_SIDE_CLOSES;
  uint32_t seconds = kw_tcp_patience(node, track, index, next);
  if (!(flow->flags & KW_FLOW_FLAG_SEEN_REPLY)) {
    if (index == KW_TCP_INDEX_RST) return KW_TRACK_END;
    /* Repeated SYNs must not keep an unanswered flow alive. */
    if (index == KW_TCP_INDEX_SYN && state == KW_TCP_STATE_SYN_SENT) return KW_TRACK_IGNORE;
    if (next == KW_TCP_STATE_ESTABLISHED && seconds > KW_TCP_IMPATIENCE) seconds = KW_TCP_IMPATIENCE;
  } else if (next == KW_TCP_STATE_ESTABLISHED &&
             (state == KW_TCP_STATE_SYN_RECV || state == KW_TCP_STATE_ESTABLISHED)) {
    flow->flags |= KW_FLOW_FLAG_ASSURED;
  }
  kw_flow_refresh(flow, ip_length, seconds, now);
  return KW_TRACK_ACCEPT;
}

/* Special cases of the state table. Returns the next state, or KW_TCP_IGNORED. [TRACK-15] */
static inline uint32_t kw_tcp_special(struct kw_flow *flow, uint32_t direction, const struct kw_segment *segment,
                                      uint32_t next) {
  struct kw_tcp_track *track = &flow->track.tcp;
  if (next == KW_TCP_STATE_TIME_WAIT && flow->tcp_state == KW_TCP_STATE_LAST_ACK &&
      segment->index == KW_TCP_INDEX_ACK && track->last_direction != direction &&
      track->last_index == KW_TCP_INDEX_SYN && (track->last_flags & KW_TCP_LAST_CHALLENGES)) {
    track->last_flags &= (uint8_t)~KW_TCP_LAST_CHALLENGES;
    return KW_TCP_IGNORED;
  }
  if (next == KW_TCP_STATE_SYN_SENT2) track->last_flags |= KW_TCP_LAST_SIMULTANEOUS;
  if (next == KW_TCP_STATE_SYN_RECV && direction == KW_DIRECTION_REPLY && segment->index == KW_TCP_INDEX_ACK &&
      (track->last_flags & KW_TCP_LAST_SIMULTANEOUS)) {
    return KW_TCP_STATE_ESTABLISHED;
  }
  return next;
}

/* A segment whose state is settled: does it fit the windows, and what does the flow learn from it? */
KW_INLINE uint32_t kw_tcp_fit(const struct kw_node_row *node, struct kw_flow *flow, uint32_t direction,
                              const struct kw_segment *segment, uint32_t next, uint32_t ip_length, uint64_t now) {
  const uint32_t liberal = node->flags & KW_NODE_FLAG_TCP_BE_LIBERAL;
  const uint32_t window = kw_tcp_in_window(&flow->track.tcp, flow->tcp_state, direction, segment, liberal);
  if (window == KW_TRACK_INVALID) kw_tcp_doubt(flow, direction, segment->index, now);
  if (KW_UNLIKELY(window != KW_TRACK_ACCEPT)) return window;
  return kw_tcp_accept(node, flow, direction, segment->index, next, ip_length, now);
}

/* A segment that may change the state. */
KW_ASIDE uint32_t kw_tcp_step(const struct kw_node_row *node, struct kw_flow *flow, uint32_t direction,
                              const struct kw_packet *packet, uint64_t now) {
  if (!kw_tcp_flags_valid(packet->tcp_flags)) return KW_TRACK_INVALID;
  struct kw_segment segment;
  kw_segment_read(&segment, packet, packet->tcp_flags);
  struct kw_tcp_track *track = &flow->track.tcp;
  if (packet->fragment == KW_FRAGMENT_FIRST) {
    /* Only part of a fragmented segment is visible, so what has been sent is unknown from here on. */
    track->sides[0].flags |= KW_TCP_SIDE_LIBERAL;
    track->sides[1].flags |= KW_TCP_SIDE_LIBERAL;
  }
  uint32_t next = kw_tcp_next(direction, segment.index, flow->tcp_state);
  if (next == KW_TCP_INVALID) return KW_TRACK_INVALID;
  const int finished = flow->tcp_state == KW_TCP_STATE_TIME_WAIT || flow->tcp_state == KW_TCP_STATE_CLOSE;
  if (next == KW_TCP_IGNORED || (next == KW_TCP_STATE_SYN_SENT && finished)) {
    if (next != KW_TCP_IGNORED && kw_tcp_reopens(track, direction)) return KW_TRACK_REOPEN;
    if (!kw_tcp_gets_in_step(track, direction, &segment)) {
      kw_tcp_note(flow, direction, &segment);
      return KW_TRACK_IGNORE;
    }
    next = KW_TCP_STATE_SYN_RECV;
  } else if (next != KW_TCP_STATE_ESTABLISHED) {
    next = kw_tcp_special(flow, direction, &segment, next);
    if (next == KW_TCP_IGNORED) return KW_TRACK_IGNORE;
  }
  if (segment.index == KW_TCP_INDEX_RST) {
    const uint32_t reset = kw_tcp_judge_reset(flow, direction, &segment);
    if (reset == KW_TCP_RESET_INVALID) return KW_TRACK_INVALID;
    if (reset & KW_TCP_RESET_STAYS) next = flow->tcp_state;
    if (reset & KW_TCP_RESET_SKIPS_WINDOW) {
      return kw_tcp_accept(node, flow, direction, segment.index, next, packet->ip_length, now);
    }
  }
  return kw_tcp_fit(node, flow, direction, &segment, next, packet->ip_length, now);
}

/* Handles a segment of a known flow. Later fragments never reach this. */
KW_INLINE uint32_t kw_tcp_follow(const struct kw_node_row *node, struct kw_flow *flow, uint32_t direction,
                                 const struct kw_packet *packet, uint64_t now) {
  const uint32_t kind = packet->tcp_flags & (KW_TCP_ACK | KW_TCP_SYN | KW_TCP_FIN | KW_TCP_RST);
  const int settled =
      flow->tcp_state == KW_TCP_STATE_ESTABLISHED && flow->track.tcp.sides[direction & 1u].max_window != 0;
  if (KW_LIKELY(kind == KW_TCP_ACK && settled && packet->fragment == KW_FRAGMENT_NONE)) {
    /* An ACK from a side that is known leaves ESTABLISHED as it is: only the windows can object. */
    struct kw_segment segment;
    kw_segment_read(&segment, packet, KW_TCP_ACK);
    return kw_tcp_fit(node, flow, direction, &segment, KW_TCP_STATE_ESTABLISHED, packet->ip_length, now);
  }
  return kw_tcp_step(node, flow, direction, packet, now);
}

/* May a segment start a flow? */
static inline int kw_tcp_starts(const struct kw_packet *packet) {
  if (packet->fragment == KW_FRAGMENT_LATER || !kw_tcp_flags_valid(packet->tcp_flags)) return 0;
  return kw_tcp_next(KW_DIRECTION_ORIGINAL, kw_tcp_index_of(packet->tcp_flags), KW_TCP_STATE_NONE) < KW_TCP_IGNORED;
}

/* The first segment of a zeroed flow: a SYN, or one from the middle of an unknown connection. */
static inline void kw_tcp_begin(const struct kw_node_row *node, struct kw_flow *flow, const struct kw_packet *packet,
                                uint64_t now) {
  struct kw_segment segment;
  struct kw_tcp_track *track = &flow->track.tcp;
  struct kw_tcp_side *side = &track->sides[KW_DIRECTION_ORIGINAL], *other = &track->sides[KW_DIRECTION_REPLY];
  kw_segment_read(&segment, packet, packet->tcp_flags);
  side->end = side->max_end = segment.end;
  side->max_window = segment.window == 0 ? 1u : segment.window;
  if (segment.index == KW_TCP_INDEX_SYN) {
    /* There is nothing to judge it by. The other side may answer with as much as this one offers. */
    kw_tcp_read_options(&segment, side);
    if (packet->fragment == KW_FRAGMENT_FIRST) side->flags |= KW_TCP_SIDE_LIBERAL, other->flags = KW_TCP_SIDE_LIBERAL;
    other->max_end = side->max_window;
    track->last_index = KW_TCP_INDEX_SYN;
    flow->tcp_state = KW_TCP_STATE_SYN_SENT;
    kw_flow_refresh(flow, packet->ip_length, kw_tcp_timeout(node, KW_TCP_STATE_SYN_SENT), now);
    return;
  }
  side->max_end += side->max_window;
  side->flags = other->flags = KW_TCP_SIDE_SACKS | KW_TCP_SIDE_LIBERAL;
  track->last_index = KW_TCP_INDEX_NONE;
  kw_tcp_step(node, flow, KW_DIRECTION_ORIGINAL, packet, now);
}

#endif
