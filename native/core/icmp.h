// icmp.h - translates ICMP errors about tracked connections, both the error and the packet it quotes (RFC 5508 section
// 4).
#ifndef KUBEWIRE_CORE_ICMP_H
#define KUBEWIRE_CORE_ICMP_H

#include "core/nat.h"
#include "core/parse.h"
#include "core/verify.h"

/* The packet that an ICMP error quotes. `ip` points into the outer packet and is bounded by its end. */
struct kw_embedded {
  struct kw_tuple tuple;
  uint8_t *ip;
  uint8_t *l4;
  uint32_t l4_length; /* quoted bytes, at least 8 */
  uint8_t icmp;
};

/* Finds the quoted packet. It must be of the outer family, with a whole IP header and 8 bytes of L4, no later fragment
 * and no ICMP but queries and answers. Its lengths and checksums are not checked: it was truncated, and a NAT on the way may have left
 * them wrong. [ICMP-3] */
static inline int kw_parse_embedded(const struct kw_packet *outer, struct kw_embedded *found) {
  uint8_t *ip = kw_packet_l4(outer) + 8;
  const uint32_t there = outer->l4_length - 8;
  uint32_t l4_offset;
  if (outer->v4) {
    if (there < 20) return 0;
    l4_offset = (ip[0] & 15u) * 4u;
    if ((ip[0] >> 4) != 4 || l4_offset < 20 || l4_offset > there || (kw_load_be16(ip + 6) & 0x1fffu) != 0) return 0;
    kw_address_from_v4(found->tuple.source, ip + 12);
    kw_address_from_v4(found->tuple.destination, ip + 16);
    found->tuple.protocol = ip[9];
  } else {
    struct kw_extensions extensions;
    if (there < 40 || (ip[0] >> 4) != 6 || !kw_walk_extensions(ip, there, &extensions)) return 0;
    if (extensions.fragment == KW_FRAGMENT_LATER) return 0;
    l4_offset = extensions.l4_offset;
    kw_address_copy(found->tuple.source, ip + 8);
    kw_address_copy(found->tuple.destination, ip + 24);
    if (kw_address_is_v4(found->tuple.source) || kw_address_is_v4(found->tuple.destination)) return 0;
    found->tuple.protocol = extensions.protocol;
  }
  if (there - l4_offset < 8) return 0;
  found->ip = ip;
  found->l4 = ip + l4_offset;
  found->l4_length = there - l4_offset;
  uint8_t type;
  kw_read_ports(&found->tuple, found->l4, outer->v4, &found->icmp, &type);
  return found->icmp == KW_ICMP_NONE || found->icmp == KW_ICMP_REQUEST || found->icmp == KW_ICMP_REPLY;
}

/* Updates a checksum field inside the quoted packet and adds its own change to the outer difference. */
static inline kw_difference kw_update_quoted(uint8_t *field, kw_difference difference, int udp) {
  const uint16_t old = kw_load16(field);
  if (difference == 0 || (udp && old == 0)) return 0;
  uint16_t updated = kw_checksum_update(old, difference);
  if (udp && updated == 0) updated = 0xffffu;
  kw_store16(field, updated);
  return kw_difference16(old, updated);
}

/* Linux computes the CRC of a quoted SCTP packet over the quoted bytes, even if the packet was truncated. */
static inline kw_difference kw_recompute_quoted_crc(uint8_t *l4, uint32_t length) {
  const uint32_t old = kw_load32(l4 + 8), crc = kw_crc32c_sctp(l4, length);
  if (crc == old) return 0;
  __builtin_memcpy(l4 + 8, &crc, 4);
  return (kw_difference)(uint32_t)~old + crc;
}

/* Rewrites the quoted packet to the tuple `to`; `rewrites`: its flow rewrites anything. Returns the change to the sum
 * of the ICMP message. [ICMP-6] */
static inline kw_difference kw_rewrite_embedded(const struct kw_packet *outer, const struct kw_embedded *inner,
                                                const struct kw_target *to, int rewrites) {
  const int v4 = outer->v4;
  const struct kw_tuple *tuple = &inner->tuple;
  uint8_t *ip = inner->ip, *l4 = inner->l4;
  struct kw_change change;
  kw_change_init(&change);
  kw_change_address(&change, ip + (v4 ? 12 : 8), tuple->source, to->source, v4, 0);
  kw_change_address(&change, ip + (v4 ? 16 : 24), tuple->destination, to->destination, v4, 0);
  kw_difference outer_difference = change.addresses;
  if (v4) outer_difference += kw_update_quoted(ip + 10, change.addresses, 0);
  if (kw_protocol_has_ports(tuple->protocol)) {
    kw_change_port(&change, l4, tuple->source_port_be, to->source_port_be, 0);
    kw_change_port(&change, l4 + 2, tuple->destination_port_be, to->destination_port_be, 0);
  } else if (inner->icmp == KW_ICMP_REQUEST) {
    kw_change_identifier(&change, l4, tuple->query, tuple->source_port_be, to->source_port_be, 0);
  } else if (inner->icmp == KW_ICMP_REPLY) {
    kw_change_identifier(&change, l4, tuple->query, tuple->destination_port_be, to->destination_port_be, 0);
  }
  outer_difference += change.ports;
  const kw_difference both = change.addresses + change.ports;
  if (tuple->protocol == KW_PROTOCOL_UDP) {
    outer_difference += kw_update_quoted(l4 + 6, both, 1);
  } else if (tuple->protocol == KW_PROTOCOL_TCP && inner->l4_length >= 18) {
    outer_difference += kw_update_quoted(l4 + 16, both, 0);
  } else if (tuple->protocol == KW_PROTOCOL_SCTP && inner->l4_length >= 12 && rewrites) {
    outer_difference += kw_recompute_quoted_crc(l4, inner->l4_length);
  } else if (inner->icmp != KW_ICMP_NONE) {
    outer_difference += kw_update_quoted(l4 + 2, v4 ? change.ports : both, 0);
  }
  return outer_difference;
}

/* Rewrites an ICMP error. The quoted packet, reversed, is direction `direction` of the flow, and its sender is the one
 * who gets the error. The error itself gets the addresses of that direction, its source only if the flow rewrites the
 * source or its port; the quoted packet gets the inverse. Returns DecisionFlag bits. */
static inline uint32_t kw_rewrite_icmp_error(const struct kw_frame *frame, const struct kw_packet *outer,
                                             const struct kw_embedded *inner, const struct kw_flow *flow,
                                             uint32_t direction) {
  const uint32_t renames = direction == KW_DIRECTION_ORIGINAL ? KW_FLOW_FLAG_SNAT : KW_FLOW_FLAG_DNAT;
  struct kw_target as, quoted;
  kw_target_of(&as, flow, direction);
  quoted.source = as.destination;
  quoted.destination = as.source;
  quoted.source_port_be = as.destination_port_be;
  quoted.destination_port_be = as.source_port_be;
  struct kw_change change;
  kw_change_init(&change);
  uint8_t *ip = outer->ip;
  const int v4 = outer->v4;
  const int rewrites = (flow->flags & (KW_FLOW_FLAG_DNAT | KW_FLOW_FLAG_SNAT)) != 0;
  if (flow->flags & renames) { /* [ICMP-5] */
    kw_change_address(&change, ip + (v4 ? 12 : 8), outer->tuple.source, as.source, v4, KW_DECISION_FLAG_SNAT);
  }
  kw_change_address(&change, ip + (v4 ? 16 : 24), outer->tuple.destination, as.destination, v4, KW_DECISION_FLAG_DNAT);
  if (v4 && change.addresses != 0) kw_update_field(ip + 10, change.addresses);
  const kw_difference inside = kw_rewrite_embedded(outer, inner, &quoted, rewrites);
  uint8_t *field = kw_packet_l4(outer) + 2;
  const kw_difference pseudo = v4 ? 0 : change.addresses;
  if (frame->needs_checksum) {
    if (pseudo != 0) kw_store16(field, kw_partial_update(kw_load16(field), pseudo));
  } else if (pseudo + inside != 0) {
    kw_update_field(field, pseudo + inside); /* [ICMP-7] */
  }
  return change.flags;
}

#endif
