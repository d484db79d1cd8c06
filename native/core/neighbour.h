// neighbour.h - answers every neighbour solicitation with the node's own MAC, whatever it asks for (RFC 4861).
#ifndef KUBEWIRE_CORE_NEIGHBOUR_H
#define KUBEWIRE_CORE_NEIGHBOUR_H

#include "core/checksum.h"
#include "core/packet.h"
#include "core/tables.h"

#define KW_ADVERTISEMENT_FRAME 86u

/* Is this neighbour discovery? ICMPv6 directly after the fixed header, type 133 to 137, hop limit 255 (it crossed no router). [NEIGH-1] */
static inline int kw_is_neighbour(const struct kw_packet *packet) {
  if (packet->v4 || packet->tuple.protocol != KW_PROTOCOL_ICMPV6 || packet->extended || packet->l4_length < 8) return 0;
  const uint8_t type = kw_packet_l4(packet)[0];
  return packet->ttl == 255 && type >= 133 && type <= 137;
}

/* Turns the frame into the answer and returns NEIGHBOUR_ADVERTISEMENT, or returns NEIGHBOUR_IGNORED. The answer needs
 * 86 bytes: the question had at least 78, and the caller has checked the capacity for the rest. */
static inline uint32_t kw_neighbour(const struct kw_tables *tables, struct kw_frame *frame, struct kw_packet *packet) {
  uint8_t *ip = packet->ip, *icmp = kw_packet_l4(packet);
  const uint8_t *asker = packet->tuple.source;
  /* An unspecified source is duplicate address detection: an answer would keep the asker from using its address. */
  if (icmp[0] != 135 || icmp[1] != 0 || packet->l4_length < 24 || icmp[8] == 0xff || kw_address_is_unspecified(asker) ||
      asker[0] == 0xff || kw_address_equal(asker, icmp + 8) || tables->ports[frame->port].kind == KW_PORT_KIND_UPLINK ||
      frame->capacity < KW_ADVERTISEMENT_FRAME) {
    return KW_REASON_NEIGHBOUR_IGNORED; /* [NEIGH-3] */
  }
  static const uint8_t header[8] = {0x60, 0, 0, 0, 0, 32, KW_PROTOCOL_ICMPV6, 255};
  static const uint8_t advertisement[8] = {136, 0, 0, 0, 0x60, 0, 0, 0}; /* solicited, override */
  kw_copy(ip, header, 8);                                                /* [NEIGH-4] */
  kw_address_copy(ip + 8, icmp + 8);
  kw_address_copy(ip + 24, asker);
  kw_copy(icmp, advertisement, 8); /* the target that follows is kept */
  icmp[24] = 2;                    /* option: target link-layer address, one unit of 8 bytes */
  icmp[25] = 1;
  kw_copy_mac(icmp + 26, tables->node->mac);
  kw_store16(icmp + 2, kw_finish(kw_sum(kw_sum_pseudo(ip + 8, ip + 24, 0, 32, KW_PROTOCOL_ICMPV6), icmp, 32)));
  kw_copy_mac(frame->data, frame->data + 6);
  kw_copy_mac(frame->data + 6, tables->node->mac);
  frame->length = KW_ADVERTISEMENT_FRAME;
  kw_frame_clear_offload(frame);
  return KW_REASON_NEIGHBOUR_ADVERTISEMENT;
}

#endif
