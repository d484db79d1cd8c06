// reset.h - which RSTs a TCP flow believes, and what it does about a FIN or RST outside the window
// (native/law/conntrack.md).
#ifndef KUBEWIRE_CORE_RESET_H
#define KUBEWIRE_CORE_RESET_H

#include "core/tcp.h"

/* What an RST is worth; 0 = the window decides. */
#define KW_TCP_RESET_SKIPS_WINDOW 1u
#define KW_TCP_RESET_STAYS 2u /* the state stays: a challenge may follow */
#define KW_TCP_RESET_INVALID 4u

/* RFC 5961 section 3: the other side must have acknowledged everything before an RST and nothing after it. [TRACK-16]
 * */
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
  /* The answer to a SYN, or to an ACK of a half-open flow, that was let through. */
  const int answers = (flow->flags & KW_FLOW_FLAG_SEEN_REPLY) && track->last_index == KW_TCP_INDEX_SYN &&
                      track->last_direction != direction;
  const int half_open = !(flow->flags & KW_FLOW_FLAG_ASSURED) && track->last_index == KW_TCP_INDEX_ACK;
  const int refuses = (answers || half_open) && segment->ack == track->last_end;
  const int challenged = state == KW_TCP_STATE_SYN_SENT && track->last_index == KW_TCP_INDEX_ACK &&
                         track->last_direction == KW_DIRECTION_REPLY && segment->sequence == track->last_ack;
  return refuses || challenged ? outcome | KW_TCP_RESET_SKIPS_WINDOW : outcome;
}

/* A FIN or RST outside the window: if the other side sent one, too, the flow need not live for a day more. [TRACK-18]
 * */
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

#endif
