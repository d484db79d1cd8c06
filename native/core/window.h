// window.h - TCP sequence numbers in connection tracking: is a segment in the window, and what does it tell about both
// sides?
//
// The bounds of G. van Rooij, "Real Stateful TCP Packet Filtering in IP Filter" (2001), as Linux 6.x applies them.
#ifndef KUBEWIRE_CORE_WINDOW_H
#define KUBEWIRE_CORE_WINDOW_H

#include "core/segment.h"

/* A SYN or SYN-ACK sets up the state of its sender. */
static inline void kw_tcp_open_side(struct kw_tcp_side *sender, struct kw_tcp_side *receiver,
                                    const struct kw_segment *segment, uint32_t direction) {
  sender->end = sender->max_end = segment->end;
  sender->max_window = segment->window == 0 ? 1u : segment->window;
  kw_tcp_read_options(segment, sender);
  /* RFC 7323: both sides scale their windows, or neither does. */
  if (direction == KW_DIRECTION_REPLY && !(sender->flags & receiver->flags & KW_TCP_SIDE_SCALES)) {
    sender->scale = receiver->scale = 0;
  }
}

/* The first segment of a side whose SYN was missed: its numbers are believed. */
static inline void kw_tcp_pick_up_side(struct kw_tcp_side *sender, struct kw_tcp_side *receiver,
                                       const struct kw_segment *segment, uint32_t highest) {
  const uint32_t window = (uint32_t)segment->window << sender->scale;
  sender->end = segment->end;
  sender->max_window = window == 0 ? 1u : window;
  sender->max_end = segment->end + sender->max_window;
  if (receiver->max_window == 0) {
    receiver->end = receiver->max_end = highest;
  } else if (highest == receiver->end + 1) {
    receiver->end++; /* the answer to a keepalive */
  }
}

/* How far behind an acknowledgment may be, in bytes, if the largest window is not larger. */
#define KW_TCP_LATE_ACK 66000u

/* Counts repetitions of the same ACK. */
KW_INLINE void kw_tcp_count_repeats(struct kw_tcp_track *track, uint32_t direction, uint32_t sequence, uint32_t ack,
                                    uint32_t end, uint16_t window) {
  if (track->last_direction == direction && track->last_sequence == sequence && track->last_ack == ack &&
      track->last_end == end && track->last_window == window) {
    track->repeats++;
    return;
  }
  track->last_direction = (uint8_t)direction;
  track->last_sequence = sequence;
  track->last_ack = ack;
  track->last_end = end;
  track->last_window = window;
  track->repeats = 0;
}

/* Are [sequence, end) and the acknowledgment plausible? `highest` includes selective acknowledgments. */
KW_INLINE uint32_t kw_tcp_judge_window(struct kw_tcp_side *sender, const struct kw_tcp_side *receiver,
                                       uint32_t sequence, uint32_t end, uint32_t highest) {
  const uint32_t late = sender->max_window > KW_TCP_LATE_ACK ? sender->max_window : KW_TCP_LATE_ACK;
  const int ack_is_recent = kw_after(highest, receiver->end - late - 1);
  const int ack_is_of_data_seen = kw_before(highest, receiver->end + 1);
  const int data_is_recent = kw_after(end, sender->end - receiver->max_window - 1);
  if (!kw_before(sequence, sender->max_end + 1)) {
    /* Slightly beyond the window: the other side may accept it and will then acknowledge it. */
    const uint32_t excess = end - sender->max_end + 1;
    if (!receiver->max_window || !data_is_recent || !ack_is_recent || !ack_is_of_data_seen ||
        excess > receiver->max_window) {
      return KW_TRACK_INVALID;
    }
    sender->end = end;
    sender->flags |= KW_TCP_SIDE_UNACKED;
    return KW_TRACK_IGNORE;
  }
  if (!ack_is_of_data_seen) return KW_TRACK_INVALID;
  if (receiver->max_window && !data_is_recent) return KW_TRACK_IGNORE;
  return ack_is_recent ? KW_TRACK_ACCEPT : KW_TRACK_IGNORE;
}

/* Learns from a segment in the window what its sender has sent and what the other side may send. */
KW_INLINE void kw_tcp_update_sides(struct kw_tcp_side *sender, struct kw_tcp_side *receiver,
                                   const struct kw_segment *segment, uint32_t end, uint32_t ack, uint32_t highest) {
  const uint32_t window = (uint32_t)segment->window << (segment->flags & KW_TCP_SYN ? 0 : sender->scale);
  const uint32_t offered = window + (highest - ack);
  if (sender->max_window < offered) sender->max_window = offered;
  if (kw_after(end, sender->end)) {
    sender->end = end;
    sender->flags |= KW_TCP_SIDE_UNACKED;
  }
  if ((segment->flags & KW_TCP_ACK) && (!(sender->flags & KW_TCP_SIDE_HAS_ACK) || kw_after(ack, sender->max_ack))) {
    sender->max_ack = ack;
    sender->flags |= KW_TCP_SIDE_HAS_ACK;
  }
  if (receiver->max_window != 0 && kw_after(end, sender->max_end)) receiver->max_window += end - sender->max_end;
  if (kw_after(highest + window, receiver->max_end - 1)) {
    receiver->max_end = highest + window + (window == 0);
  }
  if (ack == receiver->end) receiver->flags &= (uint8_t)~KW_TCP_SIDE_UNACKED;
}

/* Checks a segment against both windows and updates them. Returns ACCEPT, IGNORE or INVALID. [TRACK-17] */
KW_INLINE uint32_t kw_tcp_in_window(struct kw_tcp_track *track, uint32_t state, uint32_t direction,
                                    const struct kw_segment *segment, uint32_t liberal) {
  struct kw_tcp_side *sender = &track->sides[direction & 1u];
  struct kw_tcp_side *receiver = &track->sides[(direction & 1u) ^ 1u];
  const int syn = (segment->flags & KW_TCP_SYN) != 0;
  const int has_ack = (segment->flags & KW_TCP_ACK) != 0;
  uint32_t sequence = segment->sequence, end = segment->end, ack = segment->ack;
  uint32_t highest = receiver->flags & KW_TCP_SIDE_SACKS ? kw_tcp_highest_ack(segment) : ack;
  if (KW_UNLIKELY(sender->max_window == 0)) {
    if (syn) {
      kw_tcp_open_side(sender, receiver, segment, direction);
      if (!has_ack) return KW_TRACK_ACCEPT; /* simultaneous open */
    } else {
      kw_tcp_pick_up_side(sender, receiver, segment, highest);
    }
  } else if (KW_UNLIKELY(syn) && kw_after(end, sender->end) &&
             (state == KW_TCP_STATE_SYN_SENT || state == KW_TCP_STATE_SYN_RECV)) {
    kw_tcp_open_side(sender, receiver, segment, direction); /* it starts over with new numbers */
    if (direction == KW_DIRECTION_REPLY && !has_ack) return KW_TRACK_ACCEPT;
  }
  /* A segment without ACK acknowledges nothing; neither does an RST with acknowledgment number zero. */
  const int reset = (segment->flags & KW_TCP_RST) != 0;
  if (!has_ack || (reset && ack == 0)) ack = highest = receiver->end;
  /* RST in answer to a SYN. */
  if (KW_UNLIKELY(reset) && sequence == 0 && state == KW_TCP_STATE_SYN_SENT) sequence = end = sender->end;
  const uint32_t outcome = kw_tcp_judge_window(sender, receiver, sequence, end, highest);
  if (KW_UNLIKELY(outcome != KW_TRACK_ACCEPT)) {
    return liberal || (sender->flags & KW_TCP_SIDE_LIBERAL) ? (uint32_t)KW_TRACK_ACCEPT : outcome;
  }
  kw_tcp_update_sides(sender, receiver, segment, end, ack, highest);
  if (segment->index == KW_TCP_INDEX_ACK) {
    kw_tcp_count_repeats(track, direction, sequence, ack, end, segment->window);
  }
  return KW_TRACK_ACCEPT;
}

#endif
