// reply.h - builds the ICMP error about a packet that the node cannot deliver (RFC 1812 section 4.3.2, RFC 4443 section
// 2.4).
#ifndef KUBEWIRE_CORE_REPLY_H
#define KUBEWIRE_CORE_REPLY_H

#include "core/checksum.h"
#include "core/packet.h"
#include "core/tables.h"

#define KW_ICMP_ERROR_LIMIT4 576u
#define KW_ICMP_ERROR_LIMIT6 1280u

/* Type and code of the error that a reason calls for; 0 = none. */
struct kw_error_kind {
  uint8_t type;
  uint8_t code;
  uint32_t silent; /* the reason when no error may be sent */
};

static inline struct kw_error_kind kw_error_of(uint32_t reason, int v4) {
  struct kw_error_kind kind = {0, 0, 0};
  switch (reason) {
#define KW_ANSWER_OF(name, type4, code4, type6, code6, unheard) \
  case KW_REASON_##name:                                        \
    kind.type = v4 ? type4 : type6;                             \
    kind.code = v4 ? code4 : code6;                             \
    kind.silent = KW_REASON_##unheard;                          \
    break;
    KW_ANSWERS(KW_ANSWER_OF)
#undef KW_ANSWER_OF
    default:
      break;
  }
  return kind;
}

/* RFC 1122 section 3.2.2: never about an ICMP error or a later fragment. Sources that may not get one (multicast,
 * unspecified) were dropped as martians. [REPLY-1] */
static inline int kw_may_get_error(const struct kw_packet *packet) {
  return packet->icmp != KW_ICMP_ERROR && packet->fragment != KW_FRAGMENT_LATER;
}

/* The source of the error is the node. If the packet was redirected (`moved`), it is the address that the packet was
 * sent to, because netfilter translates the node's own errors, too. A host drops packets from its own address, so it
 * also gets errors from the address it had asked. [REPLY-6] */
static inline const uint8_t *kw_error_source(const struct kw_tables *tables, const struct kw_frame *frame,
                                             const struct kw_packet *packet, int moved) {
  const uint8_t *own = packet->v4 ? tables->node->address4 : tables->node->address6;
  const int from_host = tables->ports[frame->port].kind == KW_PORT_KIND_HOST;
  return moved || from_host || kw_address_is_unspecified(own) ? packet->tuple.destination : own;
}

/* Copies to higher addresses, starting at the end because the ranges overlap. At most KW_ICMP_ERROR_LIMIT6 bytes. */
static inline void kw_move_up(uint8_t *to, const uint8_t *from, uint32_t length) {
  uint32_t at = length;
  for (; at >= 8; at -= 8) {
    const uint64_t word = kw_load64(from + at - 8);
    __builtin_memcpy(to + at - 8, &word, sizeof word);
  }
  for (; at > 0; at--) to[at - 1] = from[at - 1];
}

/* Replaces the frame by an error from address `from`. `mtu` is 0 except for too-big. Returns 1, or 0 if the buffer is
 * too small. */
static inline int kw_make_error(const struct kw_tables *tables, struct kw_frame *frame, const struct kw_packet *packet,
                                struct kw_error_kind kind, uint32_t mtu, const uint8_t *from) {
  const int v4 = packet->v4;
  const uint32_t header = v4 ? 20 : 40;
  const uint32_t limit = (v4 ? KW_ICMP_ERROR_LIMIT4 : KW_ICMP_ERROR_LIMIT6) - header - 8;
  const uint32_t quoted = packet->ip_length < limit ? packet->ip_length : limit; /* [REPLY-4] */
  const uint32_t length = header + 8 + quoted;
  if (frame->capacity < KW_ETHERNET_HEADER + length) return 0;
  uint8_t *ip = packet->ip, *icmp = ip + header;
  kw_move_up(icmp + 8, ip, quoted);
  icmp[0] = kind.type;
  icmp[1] = kind.code;
  kw_store_be16(icmp + 2, 0);
  kw_store_be32(icmp + 4, v4 && mtu > 0xffffu ? 0xffffu : mtu); /* [REPLY-5] */
  uint64_t sum = 0;
  if (v4) {
    __builtin_memset(ip, 0, 20);
    ip[0] = 0x45;
    ip[1] = 0xc0; /* internetwork control [REPLY-3] */
    kw_store_be16(ip + 2, length);
    ip[8] = 64;
    ip[9] = KW_PROTOCOL_ICMP;
    kw_copy(ip + 12, from + 12, 4);
    kw_copy(ip + 16, packet->tuple.source + 12, 4);
    kw_store16(ip + 10, kw_finish(kw_sum(0, ip, 20)));
  } else {
    __builtin_memset(ip, 0, 40);
    ip[0] = 0x60;
    kw_store_be16(ip + 4, length - 40);
    ip[6] = KW_PROTOCOL_ICMPV6;
    ip[7] = 64;
    kw_address_copy(ip + 8, from);
    kw_address_copy(ip + 24, packet->tuple.source);
    sum = kw_sum_pseudo(ip + 8, ip + 24, 0, length - 40, KW_PROTOCOL_ICMPV6);
  }
  kw_store16(icmp + 2, kw_finish(kw_sum(sum, icmp, length - header)));
  kw_copy_mac(frame->data, frame->data + 6);
  kw_copy_mac(frame->data + 6, tables->node->mac);
  frame->length = KW_ETHERNET_HEADER + length;
  kw_frame_clear_offload(frame);
  return 1;
}

#endif
