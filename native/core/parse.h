// parse.h - bytes -> kw_packet: IP headers, addresses, L4 headers. Each function returns 0 or the reason of a drop.
//
// Every length is checked here once. Later stages can trust every offset to be inside the frame.
#ifndef KUBEWIRE_CORE_PARSE_H
#define KUBEWIRE_CORE_PARSE_H

#include "core/checksum.h"
#include "core/packet.h"

#define KW_EXTENSION_LIMIT 8u

/* What a walk over IPv6 extension headers found. */
struct kw_extensions {
  uint32_t l4_offset;
  uint32_t identification_be;
  uint8_t protocol;
  uint8_t fragment;
  uint8_t fragment_next;
  uint8_t extended;
};

/* RFC 8200 section 4: hop-by-hop 0, routing 43, fragment 44, destination options 60; `length` counts from the IPv6
 * header. A fragment header with an offset ends the chain: what follows is payload. An atomic fragment (RFC 6946) is a
 * whole packet. Returns 0 if there are too many headers, a truncated one, or two fragment headers. */
static inline int kw_walk_extensions(const uint8_t *ip, uint32_t length, struct kw_extensions *found) {
  uint32_t at = 40;
  uint8_t next = ip[6];
  uint32_t fragments = 0;
  found->fragment = KW_FRAGMENT_NONE;
  found->fragment_next = 0;
  found->identification_be = 0;
  found->extended = 0;
  for (uint32_t seen = 0; seen <= KW_EXTENSION_LIMIT; seen++) {
    if (next != 0 && next != 43 && next != 44 && next != 60) {
      found->protocol = next;
      found->l4_offset = at;
      return 1;
    }
    if (seen == KW_EXTENSION_LIMIT || at + 8 > length) return 0; /* [PARSE-6] */
    const uint8_t *header = ip + at;
    found->extended = 1;
    if (next == 44) {
      if (fragments++ != 0) return 0;
      const uint32_t field = kw_load_be16(header + 2);
      const uint32_t offset = field >> 3;
      found->fragment_next = header[0];
      found->identification_be = kw_load32(header + 4);
      at += 8;
      if (offset != 0) { /* [PARSE-7] */
        found->fragment = KW_FRAGMENT_LATER;
        found->protocol = header[0];
        found->l4_offset = at;
        return 1;
      }
      if ((field & 1u) != 0) found->fragment = KW_FRAGMENT_FIRST;
    } else {
      at += 8u * header[1] + 8u;
      if (at > length) return 0;
    }
    next = header[0];
  }
  return 0;
}

/* RFC 791 and RFC 1812 section 5.2.2. Cuts padding off the frame. */
KW_INLINE uint32_t kw_parse_ipv4(struct kw_frame *frame, struct kw_packet *packet) {
  uint8_t *ip = frame->data + KW_ETHERNET_HEADER;
  const uint32_t there = frame->length - KW_ETHERNET_HEADER;
  if (there < 20) return KW_REASON_MALFORMED_IP;
  const uint32_t header = (ip[0] & 15u) * 4u;
  if ((ip[0] >> 4) != 4 || header < 20 || header > there) return KW_REASON_MALFORMED_IP;
  uint32_t total = kw_load_be16(ip + 2);
  if (total == 0 && frame->gso_type != KW_GSO_NONE) total = there;                     /* [PARSE-2] */
  if (total < header || total > there) return KW_REASON_MALFORMED_IP;                  /* [PARSE-1] */
  if (kw_fold(kw_sum_header(ip, header)) != 0xffffu) return KW_REASON_BAD_IP_CHECKSUM; /* [PARSE-3] */
  frame->length = KW_ETHERNET_HEADER + total;                                          /* [PARSE-4] */
  const uint32_t field = kw_load_be16(ip + 6);
  packet->ip = ip;
  packet->ip_length = total;
  packet->l4_offset = header;
  packet->l4_length = total - header;
  packet->v4 = 1;
  packet->ttl = ip[8];
  packet->extended = 0;
  packet->fragment = KW_FRAGMENT_NONE;
  if (KW_UNLIKELY((field & 0x3fffu) != 0)) {
    packet->fragment = (field & 0x1fffu) != 0 ? KW_FRAGMENT_LATER : KW_FRAGMENT_FIRST;
    packet->fragment_next = ip[9];
    packet->identification_be = (uint32_t)kw_load16(ip + 4) << 16;
  }
  kw_address_from_v4(packet->tuple.source, ip + 12);
  kw_address_from_v4(packet->tuple.destination, ip + 16);
  packet->tuple.protocol = ip[9];
  return 0;
}

/* RFC 8200. Cuts padding off the frame. */
static inline uint32_t kw_parse_ipv6(struct kw_frame *frame, struct kw_packet *packet) {
  uint8_t *ip = frame->data + KW_ETHERNET_HEADER;
  const uint32_t there = frame->length - KW_ETHERNET_HEADER;
  if (there < 40 || (ip[0] >> 4) != 6) return KW_REASON_MALFORMED_IP; /* [PARSE-5] */
  uint32_t total = 40u + kw_load_be16(ip + 4);
  if (total == 40 && frame->gso_type != KW_GSO_NONE) total = there;
  if (total > there) return KW_REASON_MALFORMED_IP;
  frame->length = KW_ETHERNET_HEADER + total;
  struct kw_extensions found;
  if (!kw_walk_extensions(ip, total, &found)) return KW_REASON_UNSUPPORTED_EXTENSION;
  packet->ip = ip;
  packet->ip_length = total;
  packet->l4_offset = found.l4_offset;
  packet->l4_length = total - found.l4_offset;
  packet->v4 = 0;
  packet->ttl = ip[7];
  packet->extended = found.extended;
  packet->fragment = found.fragment;
  packet->fragment_next = found.fragment_next;
  packet->identification_be = found.identification_be;
  kw_address_copy(packet->tuple.source, ip + 8);
  kw_address_copy(packet->tuple.destination, ip + 24);
  packet->tuple.protocol = found.protocol;
  return 0;
}

/* Neither 0.0.0.0 nor 127.0.0.0/8 nor from 224.0.0.0 on: there is nothing to say about it. In memory order. */
static inline int kw_is_common_v4(uint32_t address_be) {
  return __builtin_bswap32(address_be) - 1 < 0xdfffffffu && (address_be & 0xffu) != 127;
}

/* RFC 1122 section 3.2.1.3 and RFC 4291 section 2.5. `from_host`: from the node itself loopback is no martian. */
KW_INLINE uint32_t kw_judge_addresses(const struct kw_packet *packet, int from_host) {
  const uint8_t *source = packet->tuple.source;
  const uint8_t *destination = packet->tuple.destination;
  if (packet->v4) {
    const uint32_t from = kw_load32(source + 12), to = kw_load32(destination + 12);
    if (KW_LIKELY(kw_is_common_v4(from) && kw_is_common_v4(to))) return 0;
    if (from == 0 || to == 0 || (source[12] & 0xf0u) == 0xe0u || from == 0xffffffffu)
      return KW_REASON_MARTIAN;                                                                /* [PARSE-8] */
    if (!from_host && (source[12] == 127 || destination[12] == 127)) return KW_REASON_MARTIAN; /* [PARSE-9] */
    return (destination[12] & 0xf0u) == 0xe0u || to == 0xffffffffu ? KW_REASON_MULTICAST : 0;
  }
  static const uint8_t loopback[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (kw_address_is_unspecified(source) || kw_address_is_unspecified(destination)) return KW_REASON_MARTIAN;
  if (kw_address_is_v4(source) || kw_address_is_v4(destination) || source[0] == 0xff) return KW_REASON_MARTIAN;
  if (!from_host && (kw_address_equal(source, loopback) || kw_address_equal(destination, loopback))) {
    return KW_REASON_MARTIAN;
  }
  const int link_local = (source[0] == 0xfe && (source[1] & 0xc0u) == 0x80u) ||
                         (destination[0] == 0xfe && (destination[1] & 0xc0u) == 0x80u);
  return link_local || destination[0] == 0xff ? KW_REASON_MULTICAST : 0; /* [PARSE-10] */
}

/* Reads ports (or identifier) and ICMP class from an L4 header; protocols that have these have 8 bytes of it here. */
static inline void kw_read_ports(struct kw_tuple *tuple, const uint8_t *l4, int v4, uint8_t *icmp, uint8_t *icmp_type) {
  const uint8_t protocol = tuple->protocol;
  uint16_t source = 0, destination = 0;
  uint8_t query = KW_ICMP_NO_QUERY, code = 0;
  *icmp = KW_ICMP_NONE;
  *icmp_type = 0;
  if (kw_protocol_has_ports(protocol)) {
    source = kw_load16(l4);
    destination = kw_load16(l4 + 2);
  } else if (protocol == (v4 ? KW_PROTOCOL_ICMP : KW_PROTOCOL_ICMPV6)) {
    *icmp_type = l4[0];
    *icmp = kw_icmp_classify(l4[0], v4);
    if (*icmp == KW_ICMP_REQUEST) source = kw_load16(l4 + 4);
    if (*icmp == KW_ICMP_REPLY) destination = kw_load16(l4 + 4); /* [PARSE-14] */
    query = kw_icmp_query_of(l4[0], v4);
    if (query != KW_ICMP_NO_QUERY) code = l4[1];
  }
  kw_tuple_set_query(tuple, source, destination, protocol, query, code);
}

/* Parses the L4 header of whole packets and first fragments. */
KW_INLINE uint32_t kw_parse_l4(const struct kw_frame *frame, struct kw_packet *packet) {
  const uint8_t *l4 = kw_packet_l4(packet);
  const uint32_t there = packet->l4_length;
  const uint8_t protocol = packet->tuple.protocol;
  packet->tcp_flags = 0;
  if (protocol == KW_PROTOCOL_TCP) {
    if (there < 20) return KW_REASON_MALFORMED_L4;
    const uint32_t header = (l4[12] >> 4) * 4u;
    if (header < 20 || header > there) return KW_REASON_MALFORMED_L4; /* [PARSE-11] */
    packet->tcp_flags = l4[13];
  } else if (protocol == KW_PROTOCOL_UDP) {
    if (there < 8) return KW_REASON_MALFORMED_L4;
    const uint32_t length = kw_load_be16(l4 + 4);
    const int open_length = length == 0 && (frame->gso_type & ~KW_GSO_ECN) == KW_GSO_UDP_L4;
    if (!open_length && (length < 8 || (length > there && packet->fragment == KW_FRAGMENT_NONE))) { /* [PARSE-12] */
      return KW_REASON_MALFORMED_L4;
    }
  } else if (protocol == KW_PROTOCOL_SCTP) {
    if (there < 12) return KW_REASON_MALFORMED_L4; /* [PARSE-13] */
  } else if (protocol == (packet->v4 ? KW_PROTOCOL_ICMP : KW_PROTOCOL_ICMPV6)) {
    if (there < 8) return KW_REASON_MALFORMED_L4;
  }
  kw_read_ports(&packet->tuple, l4, packet->v4, &packet->icmp, &packet->icmp_type);
  return 0;
}

#endif
