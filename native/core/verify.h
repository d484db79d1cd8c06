// verify.h - is the checksum of TCP, UDP, SCTP or ICMP right? Connection tracking asks (native/law/conntrack.md).
#ifndef KUBEWIRE_CORE_VERIFY_H
#define KUBEWIRE_CORE_VERIFY_H

#include "core/checksum.h"
#include "core/packet.h"

/* The sum over everything after the IP header; `pseudo`: with the pseudo-header. */
KW_INLINE int kw_l4_sum_good(const struct kw_packet *packet, int pseudo) {
  const struct kw_tuple *tuple = &packet->tuple;
  uint64_t sum = 0;
  if (pseudo) sum = kw_sum_pseudo(tuple->source, tuple->destination, packet->v4, packet->l4_length, tuple->protocol);
  return kw_fold(kw_sum(sum, kw_packet_l4(packet), packet->l4_length)) == 0xffffu;
}

/* Also true if it cannot be checked: a device completes a partial checksum, a fragment is only a part of what is
 * covered, UDP may have no checksum, and other protocols never have one. [TRACK-22] */
KW_INLINE int kw_l4_checksum_good(const struct kw_frame *frame, const struct kw_packet *packet) {
  if (frame->needs_checksum || packet->fragment != KW_FRAGMENT_NONE) return 1;
  const uint8_t *l4 = kw_packet_l4(packet);
  switch (packet->tuple.protocol) {
    case KW_PROTOCOL_TCP:
      return kw_l4_sum_good(packet, 1);
    case KW_PROTOCOL_UDP:
      return kw_load16(l4 + 6) == 0 || kw_l4_sum_good(packet, 1);
    case KW_PROTOCOL_ICMP:
      return !packet->v4 || kw_l4_sum_good(packet, 0);
    case KW_PROTOCOL_ICMPV6:
      return packet->v4 || kw_l4_sum_good(packet, 1);
    case KW_PROTOCOL_SCTP:
      return kw_load32(l4 + 8) == kw_crc32c_sctp(l4, packet->l4_length);
    default:
      return 1;
  }
}

#endif
