// tcp.h - TCP in connection tracking: the state table, and what a segment does to a flow (native/law/conntrack.md).
//
// The rules are those of nf_conntrack_proto_tcp.c in Linux 6.x; window.h has those about sequence numbers.
#ifndef KUBEWIRE_CORE_TCP_H
#define KUBEWIRE_CORE_TCP_H

#include "core/window.h"

/* Two outcomes of the table that are no states. */
#define KW_TCP_IGNORED 10u /* forwarded by the flow's rewrite; the segment is remembered, no more */
#define KW_TCP_INVALID 11u

#define KW_TCP_REPEATS 3u      /* nf_conntrack_tcp_max_retrans */
#define KW_TCP_IMPATIENCE 300u /* seconds: nf_conntrack_tcp_timeout_max_retrans and _unacknowledged */

/* Seconds that a flow lives after a segment that led to this state, as far as it knows no reason to be impatient. */
static inline uint32_t kw_tcp_timeout(uint32_t state) {
  static const uint32_t seconds[10] = {0, 120, 60, 86400, 120, 3600, 30, 120, 10, 120};
  return seconds[state];
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
 *   TIME_WAIT    a SYN in either direction may reopen (the caller deletes the flow and starts anew).
 *   CLOSE        RST seen, lives ten seconds; a SYN of direction ORIGINAL may reopen.
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

/* Combinations of flags that a TCP sends, whatever PSH, ECE and CWR say. [TRACK-12] */
static inline int kw_tcp_flags_valid(uint8_t flags) {
  const uint32_t plain = flags & ~(KW_TCP_PSH | KW_TCP_ECE | KW_TCP_CWR);
  const uint32_t calm = plain & ~KW_TCP_URG;
  if (calm == KW_TCP_ACK || calm == KW_TCP_SYN || calm == (KW_TCP_FIN | KW_TCP_ACK)) return 1;
  return plain == (KW_TCP_SYN | KW_TCP_ACK) || plain == KW_TCP_RST || plain == (KW_TCP_RST | KW_TCP_ACK);
}

/* A SYN on a finished connection begins another one if this one was closed by a FIN, or by an RST of the same side. [TRACK-13] */
static inline int kw_tcp_reopens(const struct kw_tcp_track *track, uint32_t direction) {
  if ((track->sides[0].flags | track->sides[1].flags) & KW_TCP_SIDE_CLOSES) return 1;
  return track->last_direction == direction && track->last_index == KW_TCP_INDEX_RST;
}

/* Remembers a segment that the flow cannot explain: its answer will tell who is right. [TRACK-14] */
static inline void kw_tcp_note(struct kw_flow *flow, uint32_t direction, const struct kw_segment *segment) {
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

/* A SYN-ACK that acknowledges a SYN which was let through: both ends are in step and the flow is not. It takes their word. */
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

/* What an RST is worth; 0 = the window decides. */
#define KW_TCP_RESET_SKIPS_WINDOW 1u
#define KW_TCP_RESET_STAYS 2u /* the state stays: a challenge may follow */
#define KW_TCP_RESET_INVALID 4u

/* RFC 5961 section 3: the other side must have acknowledged all that lies before an RST, and nothing behind. [TRACK-16] */
static inline uint32_t kw_tcp_judge_reset(const struct kw_flow *flow, uint32_t direction,
                                          const struct kw_segment *segment) {
  const struct kw_tcp_track *track = &flow->track.tcp;
  const struct kw_tcp_side *other = &track->sides[direction ^ 1u];
  const uint32_t state = flow->tcp_state;
  if (state >= KW_TCP_STATE_FIN_WAIT && state <= KW_TCP_STATE_CLOSE) return KW_TCP_RESET_SKIPS_WINDOW;
  uint32_t outcome = 0;
  if ((other->flags & KW_TCP_SIDE_HAS_ACK) && track->last_index != KW_TCP_INDEX_SYN) {
    const int established = state == KW_TCP_STATE_ESTABLISHED && (flow->flags & KW_FLOW_FLAG_ASSURED);
    if (segment->sequence == 0 && !established) return 0;
    if (kw_before(segment->sequence, other->max_ack)) return KW_TCP_RESET_INVALID;
    if (!established || segment->sequence == other->max_ack) return 0;
    if (track->last_index == KW_TCP_INDEX_ACK && track->last_direction == direction &&
        segment->sequence == track->last_end) {
      return 0;
    }
    outcome = KW_TCP_RESET_STAYS;
  }
  /* The answer to a SYN, or to an ACK of a flow that is half open, which was let through. */
  const int answers = (flow->flags & KW_FLOW_FLAG_SEEN_REPLY) && track->last_index == KW_TCP_INDEX_SYN &&
                      track->last_direction != direction;
  const int half_open = !(flow->flags & KW_FLOW_FLAG_ASSURED) && track->last_index == KW_TCP_INDEX_ACK;
  const int refuses = (answers || half_open) && segment->ack == track->last_end;
  const int challenged = state == KW_TCP_STATE_SYN_SENT && track->last_index == KW_TCP_INDEX_ACK &&
                         track->last_direction == KW_DIRECTION_REPLY && segment->sequence == track->last_ack;
  return refuses || challenged ? outcome | KW_TCP_RESET_SKIPS_WINDOW : outcome;
}

/* A FIN or RST that is not in the window: when the other side sent one, too, the flow need not live on for a day. [TRACK-18] */
static inline void kw_tcp_doubt(struct kw_flow *flow, uint32_t direction, uint32_t index, uint64_t now) {
  struct kw_tcp_track *track = &flow->track.tcp;
  if (!(flow->flags & KW_FLOW_FLAG_ASSURED) || (index != KW_TCP_INDEX_RST && index != KW_TCP_INDEX_FIN)) return;
  const int both = track->last_direction != direction &&
                   (track->last_index == KW_TCP_INDEX_FIN || track->last_index == KW_TCP_INDEX_RST);
  if (!both) {
    track->last_index = (uint8_t)index;
    track->last_direction = (uint8_t)direction;
  } else if (flow->expiry - now > KW_TCP_IMPATIENCE * KW_SECOND_NS) {
    flow->expiry = now + KW_TCP_IMPATIENCE * KW_SECOND_NS;
  }
}

/* Seconds that the flow lives on: less when nothing is acknowledged, an ACK repeats itself or a window is closed. */
static inline uint32_t kw_tcp_patience(const struct kw_tcp_track *track, uint32_t index, uint32_t state) {
  const uint32_t seconds = kw_tcp_timeout(state);
  const int impatient = seconds > KW_TCP_IMPATIENCE;
  if (track->repeats >= KW_TCP_REPEATS && impatient) return KW_TCP_IMPATIENCE;
  if (index == KW_TCP_INDEX_RST) return kw_tcp_timeout(KW_TCP_STATE_CLOSE);
  const int waits = ((track->sides[0].flags | track->sides[1].flags) & KW_TCP_SIDE_UNACKED) != 0;
  return impatient && (waits || track->last_window == 0) ? KW_TCP_IMPATIENCE : seconds;
}

/* Effects of a segment that is in the window. [TRACK-19] */
static inline uint32_t kw_tcp_accept(struct kw_flow *flow, uint32_t direction, uint32_t index, uint32_t next,
                                     uint32_t ip_length, uint64_t now) {
  struct kw_tcp_track *track = &flow->track.tcp;
  const uint32_t state = flow->tcp_state;
  track->last_index = (uint8_t)index;
  track->last_direction = (uint8_t)direction;
  flow->tcp_state = (uint8_t)next;
  if (state != next && next == KW_TCP_STATE_FIN_WAIT) track->sides[direction].flags |= KW_TCP_SIDE_CLOSES;
  uint32_t seconds = kw_tcp_patience(track, index, next);
  if (!(flow->flags & KW_FLOW_FLAG_SEEN_REPLY)) {
    if (index == KW_TCP_INDEX_RST) return KW_TRACK_END;
    /* A SYN that comes again does not keep a flow alive that nobody answers. */
    if (index == KW_TCP_INDEX_SYN && state == KW_TCP_STATE_SYN_SENT) return KW_TRACK_IGNORE;
    if (next == KW_TCP_STATE_ESTABLISHED && seconds > KW_TCP_IMPATIENCE) seconds = KW_TCP_IMPATIENCE;
  } else if (next == KW_TCP_STATE_ESTABLISHED &&
             (state == KW_TCP_STATE_SYN_RECV || state == KW_TCP_STATE_ESTABLISHED)) {
    flow->flags |= KW_FLOW_FLAG_ASSURED;
  }
  kw_flow_refresh(flow, ip_length, seconds, now);
  return KW_TRACK_ACCEPT;
}

/* Cells of the table that mean more than they say. Returns the state that follows, or KW_TCP_IGNORED. [TRACK-15] */
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

/* A segment of a known flow. Later fragments do not come here. */
static inline uint32_t kw_tcp_follow(struct kw_flow *flow, uint32_t direction, const struct kw_packet *packet,
                                     uint32_t liberal, uint64_t now) {
  if (KW_UNLIKELY(!kw_tcp_flags_valid(packet->tcp_flags))) return KW_TRACK_INVALID;
  struct kw_segment segment;
  kw_segment_read(&segment, packet);
  struct kw_tcp_track *track = &flow->track.tcp;
  if (KW_UNLIKELY(packet->fragment == KW_FRAGMENT_FIRST)) {
    /* Of a fragmented segment only a part is seen: from then on nobody knows what was sent. */
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
  } else if (KW_UNLIKELY(next != KW_TCP_STATE_ESTABLISHED)) {
    next = kw_tcp_special(flow, direction, &segment, next);
    if (next == KW_TCP_IGNORED) return KW_TRACK_IGNORE;
  }
  uint32_t reset = 0;
  if (KW_UNLIKELY(segment.index == KW_TCP_INDEX_RST)) {
    reset = kw_tcp_judge_reset(flow, direction, &segment);
    if (reset == KW_TCP_RESET_INVALID) return KW_TRACK_INVALID;
    if (reset & KW_TCP_RESET_STAYS) next = flow->tcp_state;
  }
  if (KW_LIKELY((reset & KW_TCP_RESET_SKIPS_WINDOW) == 0)) {
    const uint32_t window = kw_tcp_in_window(track, flow->tcp_state, direction, &segment, liberal);
    if (window == KW_TRACK_INVALID) kw_tcp_doubt(flow, direction, segment.index, now);
    if (KW_UNLIKELY(window != KW_TRACK_ACCEPT)) return window;
  }
  return kw_tcp_accept(flow, direction, segment.index, next, packet->ip_length, now);
}

/* May a segment start a flow? */
static inline int kw_tcp_starts(const struct kw_packet *packet) {
  if (packet->fragment == KW_FRAGMENT_LATER || !kw_tcp_flags_valid(packet->tcp_flags)) return 0;
  return kw_tcp_next(KW_DIRECTION_ORIGINAL, kw_tcp_index_of(packet->tcp_flags), KW_TCP_STATE_NONE) < KW_TCP_IGNORED;
}

/* The first segment of a zeroed flow: a SYN, or the middle of a connection of which nothing is known. */
static inline void kw_tcp_begin(struct kw_flow *flow, const struct kw_packet *packet, uint64_t now) {
  struct kw_segment segment;
  kw_segment_read(&segment, packet);
  struct kw_tcp_side *side = &flow->track.tcp.sides[KW_DIRECTION_ORIGINAL];
  side->end = side->max_end = segment.end;
  side->max_window = segment.window == 0 ? 1u : segment.window;
  if (segment.index == KW_TCP_INDEX_SYN) {
    kw_tcp_read_options(&segment, side);
  } else {
    side->max_end += side->max_window;
    side->flags = flow->track.tcp.sides[KW_DIRECTION_REPLY].flags = KW_TCP_SIDE_SACKS | KW_TCP_SIDE_LIBERAL;
  }
  flow->track.tcp.last_index = KW_TCP_INDEX_NONE;
  kw_tcp_follow(flow, KW_DIRECTION_ORIGINAL, packet, 0, now);
}

#endif
