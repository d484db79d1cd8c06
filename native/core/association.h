// association.h - what SCTP packets do to their flow: verification tags, heartbeats, states (native/law/conntrack.md).
#ifndef KUBEWIRE_CORE_ASSOCIATION_H
#define KUBEWIRE_CORE_ASSOCIATION_H

#include "core/sctp.h"

/* Chunk types with their own rules for the tag, or with none (section 8.5.1). */
#define KW_SCTP_OWN_TAG_RULES                                                                               \
  (1u << KW_SCTP_INIT | 1u << KW_SCTP_SHUTDOWN_COMPLETE | 1u << KW_SCTP_COOKIE_ECHO | 1u << KW_SCTP_ABORT | \
   1u << KW_SCTP_SHUTDOWN_ACK | 1u << KW_SCTP_HEARTBEAT | 1u << KW_SCTP_HEARTBEAT_ACK)

/* What checking the verification tag needs to know, chunk by chunk. */
static inline int kw_sctp_tag_fits(struct kw_sctp_track *track, uint32_t direction, uint32_t tag_be,
                                   const uint8_t *chunk) {
  switch (chunk[0]) {
    case KW_SCTP_INIT:
      return tag_be == 0;
    case KW_SCTP_ABORT:
    case KW_SCTP_SHUTDOWN_COMPLETE:
      return tag_be == track->tag_be[chunk[1] & KW_SCTP_FLAG_T ? direction ^ 1u : direction];
    case KW_SCTP_COOKIE_ECHO:
      return tag_be == track->tag_be[direction];
    default:
      return 1;
  }
}

enum kw_sctp_heartbeat { KW_SCTP_HEARTBEAT_FITS = 0, KW_SCTP_HEARTBEAT_SKIPS = 1, KW_SCTP_HEARTBEAT_REFUSED = 2 };

/* A heartbeat may come from another address of the peer, with a tag not seen yet; `odd`: not in this packet. */
static inline uint32_t kw_sctp_heartbeat(struct kw_sctp_track *track, uint32_t direction, uint32_t tag_be,
                                         int is_answer, int odd) {
  if (track->tag_be[direction] == 0) {
    track->tag_be[direction] = tag_be;
    return KW_SCTP_HEARTBEAT_FITS;
  }
  if (tag_be == track->tag_be[direction]) {
    track->heartbeat_failed = 0;
    return KW_SCTP_HEARTBEAT_FITS;
  }
  if (odd) return KW_SCTP_HEARTBEAT_REFUSED;
  if (!is_answer) {
    track->heartbeat_failed = 1;
    track->last_direction = (uint8_t)direction;
    return KW_SCTP_HEARTBEAT_SKIPS;
  }
  if (!track->heartbeat_failed || track->last_direction == direction) return KW_SCTP_HEARTBEAT_REFUSED;
  track->heartbeat_failed = 0;
  track->tag_be[direction] = tag_be;
  track->tag_be[direction ^ 1u] = 0;
  return KW_SCTP_HEARTBEAT_FITS;
}

/* Records the tag that an INIT or INIT ACK asks for. Returns 0 if the chunk is not allowed to. */
static inline int kw_sctp_take_tag(struct kw_sctp_track *track, uint32_t direction, const struct kw_sctp_walk *walk) {
  if (walk->left < KW_SCTP_INIT_LENGTH) return 0;
  const uint32_t asked_be = kw_load32(walk->chunk + KW_SCTP_CHUNK_HEADER);
  uint8_t *mine = &track->initiated[direction], *others = &track->initiated[direction ^ 1u];
  uint32_t *tag_be = &track->tag_be[direction ^ 1u];
  if (walk->chunk[0] == KW_SCTP_INIT) {
    /* A retransmission, with the tag already known, starts nothing new. */
    if (track->state == KW_SCTP_STATE_NONE || *tag_be != asked_be) {
      if (*mine && *others) *others = 0;
      *mine = 1;
    }
  } else {
    if (!*others && *tag_be != 0 && *tag_be != asked_be) return 0;
    if (*mine && *others && *tag_be != asked_be) return 0;
  }
  *tag_be = asked_be;
  return 1;
}

/* Applies the chunks of a packet to a flow, which may be new (`known` = 0). Sets `seconds` to its new lifetime; 0 keeps
 * the old one. Returns ACCEPT or INVALID. Changes made before a chunk was refused are kept. [TRACK-20] */
static inline uint32_t kw_sctp_follow(struct kw_sctp_track *track, uint32_t direction, const struct kw_packet *packet,
                                      uint32_t set, int known, uint32_t *seconds) {
  const uint32_t tag_be = kw_load32(kw_packet_l4(packet) + 4);
  if (!(set & KW_SCTP_OWN_TAG_RULES) && tag_be != track->tag_be[direction]) return KW_TRACK_INVALID;
  struct kw_sctp_walk walk;
  uint32_t next = KW_SCTP_STATE_NONE;
  int still = 0;
  kw_sctp_walk_start(&walk, packet);
  while (kw_sctp_walk_on(&walk)) {
    const uint32_t type = walk.chunk[0];
    if (!kw_sctp_tag_fits(track, direction, tag_be, walk.chunk)) return KW_TRACK_INVALID;
    if (type == KW_SCTP_COOKIE_ACK) track->initiated[0] = track->initiated[1] = 0;
    if (type == KW_SCTP_HEARTBEAT || type == KW_SCTP_HEARTBEAT_ACK) {
      const int refuses = still || (set & kw_sctp_bit(KW_SCTP_DATA)) != 0;
      const uint32_t beat = kw_sctp_heartbeat(track, direction, tag_be, type == KW_SCTP_HEARTBEAT_ACK, refuses);
      if (beat == KW_SCTP_HEARTBEAT_REFUSED) return KW_TRACK_INVALID;
      if (beat == KW_SCTP_HEARTBEAT_SKIPS) {
        still = 1;
        continue;
      }
    }
    next = kw_sctp_next(direction, type, track->state);
    if (next == KW_SCTP_INVALID) return KW_TRACK_INVALID;
    if (type == KW_SCTP_INIT || type == KW_SCTP_INIT_ACK) {
      if (!kw_sctp_take_tag(track, direction, &walk)) return KW_TRACK_INVALID;
      /* Repeated INITs must not keep an unanswered flow alive. */
      if (type == KW_SCTP_INIT && next == KW_SCTP_STATE_CLOSED && track->state == KW_SCTP_STATE_CLOSED && known)
        still = 1;
    }
    if (next == KW_SCTP_STATE_ESTABLISHED && track->state != next) track->settled = 1;
    track->state = (uint8_t)next;
  }
  *seconds = still ? 0 : kw_sctp_timeout(next);
  return KW_TRACK_ACCEPT;
}

/* May the packet start a flow? Fills `track`, which is zeroed, and sets `seconds` to its lifetime. [TRACK-21] */
static inline int kw_sctp_begin(struct kw_sctp_track *track, const struct kw_packet *packet, uint32_t *seconds) {
  const uint32_t never =
      kw_sctp_bit(KW_SCTP_ABORT) | kw_sctp_bit(KW_SCTP_SHUTDOWN_COMPLETE) | kw_sctp_bit(KW_SCTP_COOKIE_ACK);
  const uint32_t tag_be = kw_load32(kw_packet_l4(packet) + 4);
  struct kw_sctp_walk walk;
  uint32_t set;
  if (!kw_sctp_sound(packet, &set) || (set & never)) return 0;
  kw_sctp_walk_start(&walk, packet);
  while (kw_sctp_walk_on(&walk)) {
    const uint32_t type = walk.chunk[0];
    if (kw_sctp_next(KW_DIRECTION_ORIGINAL, type, KW_SCTP_STATE_NONE) == KW_SCTP_STATE_NONE) return 0;
    if (type == KW_SCTP_INIT) {
      if (tag_be != 0 || walk.left < KW_SCTP_INIT_LENGTH) return 0;
      track->tag_be[KW_DIRECTION_REPLY] = kw_load32(walk.chunk + KW_SCTP_CHUNK_HEADER);
    } else if (type == KW_SCTP_HEARTBEAT || type == KW_SCTP_HEARTBEAT_ACK) {
      track->tag_be[KW_DIRECTION_ORIGINAL] = tag_be;
    } else {
      track->tag_be[KW_DIRECTION_REPLY] = tag_be;
    }
  }
  return kw_sctp_follow(track, KW_DIRECTION_ORIGINAL, packet, set, 0, seconds) == KW_TRACK_ACCEPT;
}

#endif
