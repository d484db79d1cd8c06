// segment.h - a TCP segment as connection tracking reads it: its kind, its sequence numbers, and the options that
// window tracking needs.
#ifndef KUBEWIRE_CORE_SEGMENT_H
#define KUBEWIRE_CORE_SEGMENT_H

#include "core/flow.h"

#define KW_TCP_FIN 0x01u
#define KW_TCP_SYN 0x02u
#define KW_TCP_RST 0x04u
#define KW_TCP_PSH 0x08u
#define KW_TCP_ACK 0x10u
#define KW_TCP_URG 0x20u
#define KW_TCP_ECE 0x40u
#define KW_TCP_CWR 0x80u

/* Columns of the state table, in the order in which the flags are tested. */
enum kw_tcp_index {
  KW_TCP_INDEX_SYN = 0,
  KW_TCP_INDEX_SYNACK = 1,
  KW_TCP_INDEX_FIN = 2,
  KW_TCP_INDEX_ACK = 3,
  KW_TCP_INDEX_RST = 4,
  KW_TCP_INDEX_NONE = 5,
};

/* RST, else SYN (with ACK: SYN-ACK), else FIN, else ACK, else none. */
KW_INLINE uint32_t kw_tcp_index_of(uint8_t flags) {
  if (flags & KW_TCP_RST) return KW_TCP_INDEX_RST;
  if (flags & KW_TCP_SYN) return flags & KW_TCP_ACK ? KW_TCP_INDEX_SYNACK : KW_TCP_INDEX_SYN;
  if (flags & KW_TCP_FIN) return KW_TCP_INDEX_FIN;
  return flags & KW_TCP_ACK ? KW_TCP_INDEX_ACK : KW_TCP_INDEX_NONE;
}

/* The flag combinations that a real TCP sends. PSH, ECE and CWR may have any value. [TRACK-12] */
static inline int kw_tcp_flags_valid(uint8_t flags) {
  const uint32_t plain = flags & ~(KW_TCP_PSH | KW_TCP_ECE | KW_TCP_CWR);
  const uint32_t calm = plain & ~KW_TCP_URG;
  if (calm == KW_TCP_ACK || calm == KW_TCP_SYN || calm == (KW_TCP_FIN | KW_TCP_ACK)) return 1;
  return plain == (KW_TCP_SYN | KW_TCP_ACK) || plain == KW_TCP_RST || plain == (KW_TCP_RST | KW_TCP_ACK);
}

/* Sequence numbers wrap around. */
static inline int kw_before(uint32_t a, uint32_t b) { return (int32_t)(a - b) < 0; }
static inline int kw_after(uint32_t a, uint32_t b) { return (int32_t)(b - a) < 0; }

/* A segment, with numbers in host order. */
struct kw_segment {
  const uint8_t *options;
  uint32_t options_length;
  uint32_t sequence;
  uint32_t ack;
  uint32_t end;   /* one past its last byte; SYN and FIN count as one each, a GSO frame counts whole */
  uint32_t index; /* kw_tcp_index */
  uint16_t window;
  uint8_t flags;
};

/* `flags`: those of the packet, or what the caller already knows of them. */
KW_INLINE void kw_segment_read(struct kw_segment *segment, const struct kw_packet *packet, uint8_t flags) {
  const uint8_t *l4 = kw_packet_l4(packet);
  const uint32_t header = (l4[12] >> 4) * 4u;
  segment->options = l4 + 20;
  segment->options_length = header - 20;
  segment->sequence = __builtin_bswap32(kw_load32(l4 + 4));
  segment->ack = __builtin_bswap32(kw_load32(l4 + 8));
  segment->window = kw_swap16(kw_load16(l4 + 14));
  segment->flags = flags;
  segment->index = kw_tcp_index_of(flags);
  const uint32_t marks = ((flags & KW_TCP_SYN) != 0) + ((flags & KW_TCP_FIN) != 0);
  segment->end = segment->sequence + (packet->l4_length - header) + marks;
}

/* One option of a TCP header (RFC 9293 section 3.1); `at` moves past it. Returns 0 at the end or at a malformed option.
 * */
static inline uint32_t kw_tcp_option(const struct kw_segment *segment, uint32_t *at, const uint8_t **body,
                                     uint32_t *length) {
  while (*at < segment->options_length) {
    const uint8_t kind = segment->options[*at];
    if (kind == 0) return 0;
    if (kind == 1) {
      (*at)++;
      continue;
    }
    const uint32_t left = segment->options_length - *at;
    if (left < 2 || segment->options[*at + 1] < 2 || segment->options[*at + 1] > left) return 0;
    *body = segment->options + *at + 2;
    *length = segment->options[*at + 1] - 2u;
    *at += *length + 2u;
    return kind;
  }
  return 0;
}

#define KW_TCP_OPTION_SCALE 3u
#define KW_TCP_OPTION_SACK_PERMITTED 4u
#define KW_TCP_OPTION_SACK 5u
#define KW_TCP_SCALE_MAXIMUM 14u

/* Reads what the options of a SYN say about its sender. Without options nothing changes. */
static inline void kw_tcp_read_options(const struct kw_segment *segment, struct kw_tcp_side *side) {
  if (segment->options_length == 0) return;
  uint32_t at = 0, length, kind;
  const uint8_t *body;
  side->scale = 0;
  side->flags &= KW_TCP_SIDE_LIBERAL;
  while ((kind = kw_tcp_option(segment, &at, &body, &length)) != 0) {
    if (kind == KW_TCP_OPTION_SACK_PERMITTED && length == 0) side->flags |= KW_TCP_SIDE_SACKS;
    if (kind == KW_TCP_OPTION_SCALE && length == 1) {
      side->flags |= KW_TCP_SIDE_SCALES;
      side->scale = body[0] > KW_TCP_SCALE_MAXIMUM ? KW_TCP_SCALE_MAXIMUM : body[0];
    }
  }
}

/* NOP, NOP, timestamps: all the options that most segments have (RFC 7323 appendix A). */
static inline int kw_tcp_has_timestamps_only(const struct kw_segment *segment) {
  return segment->options_length == 12 && kw_load32(segment->options) == 0x0a080101u;
}

/* The highest byte acknowledged, selectively or not (RFC 2018). Only the first SACK option counts. */
KW_ASIDE uint32_t kw_tcp_read_sacks(struct kw_segment segment) {
  uint32_t at = 0, length, kind, highest = segment.ack;
  const uint8_t *body;
  while ((kind = kw_tcp_option(&segment, &at, &body, &length)) != 0) {
    if (kind != KW_TCP_OPTION_SACK || length < 8 || length % 8 != 0) continue;
    for (uint32_t i = 0; i < length; i += 8) {
      const uint32_t edge = __builtin_bswap32(kw_load32(body + i + 4));
      if (kw_after(edge, highest)) highest = edge;
    }
    return highest;
  }
  return highest;
}

KW_INLINE uint32_t kw_tcp_highest_ack(const struct kw_segment *segment) {
  const int none = KW_LIKELY(segment->options_length == 0) || kw_tcp_has_timestamps_only(segment);
  return none ? segment->ack : kw_tcp_read_sacks(*segment);
}

#endif
