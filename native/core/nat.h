// nat.h - rewrites a packet from one tuple to another, with its checksums, and searches for a free source port.
//
// Only this file and icmp.h change a packet, and only after every check has passed.
#ifndef KUBEWIRE_CORE_NAT_H
#define KUBEWIRE_CORE_NAT_H

#include "core/checksum.h"
#include "core/frame.h"
#include "core/packet.h"
#include "core/storage.h"
#include "core/tables.h"

/* Source ports tried before NAT_PORTS_EXHAUSTED: bounds the work for one packet. */
#define KW_PORT_TRIES 128u

/* The checksum differences of a rewrite. */
struct kw_change {
  kw_difference addresses;
  kw_difference ports;
  uint32_t flags; /* KW_DECISION_FLAG_DNAT, KW_DECISION_FLAG_SNAT */
};

static inline void kw_change_init(struct kw_change *change) {
  change->addresses = 0;
  change->ports = 0;
  change->flags = 0;
}

/* Writes an address of an IP header if it differs from the tuple's. `at` is the field in the header. */
static inline void kw_change_address(struct kw_change *change, uint8_t *at, const uint8_t *old_address,
                                     const uint8_t *new_address, int v4, uint32_t flag) {
  if (kw_address_equal(old_address, new_address)) return;
  change->addresses += kw_difference_address(old_address, new_address, v4);
  change->flags |= flag;
  if (v4) {
    kw_copy(at, new_address + 12, 4);
  } else {
    kw_address_copy(at, new_address);
  }
}

static inline void kw_change_port(struct kw_change *change, uint8_t *at, uint16_t old_be, uint16_t new_be,
                                  uint32_t flag) {
  if (old_be == new_be) return;
  change->ports += kw_difference16(old_be, new_be);
  change->flags |= flag;
  kw_store16(at, new_be);
}

/* Writes the identifier of an ICMP query or its answer. `query` is that of its tuple. Linux leaves that of node
 * information as it is, and so knows no answer to one whose flow has another. [NAT-14] */
static inline void kw_change_identifier(struct kw_change *change, uint8_t *l4, uint8_t query, uint16_t old_be,
                                        uint16_t new_be, uint32_t flag) {
  if ((query & ~KW_ICMP_ANSWER) != KW_ICMP_NODE_INFORMATION) {
    kw_change_port(change, l4 + 4, old_be, new_be, flag);
  } else if (old_be != new_be) {
    change->flags |= flag;
  }
}

/* One checksum field of an L4 header (never a partial one). */
static inline void kw_update_field(uint8_t *field, kw_difference difference) {
  kw_store16(field, kw_checksum_update(kw_load16(field), difference));
}

/* UDP: over IPv4, 0 means "no checksum" and stays 0. A computed 0 is sent as 0xffff (RFC 768). */
static inline void kw_update_udp(uint8_t *field, kw_difference difference, int keep_zero) {
  const uint16_t old = kw_load16(field);
  if (old == 0 && keep_zero) return;
  const uint16_t updated = kw_checksum_update(old, difference);
  kw_store16(field, updated == 0 ? 0xffffu : updated); /* [NAT-10] */
}

/* Updates the checksum of TCP, UDP, SCTP or an ICMP query after addresses and ports were rewritten. */
KW_INLINE void kw_update_l4(const struct kw_frame *frame, const struct kw_packet *packet,
                            const struct kw_change *change) {
  uint8_t *l4 = kw_packet_l4(packet);
  const uint8_t protocol = packet->tuple.protocol;
  if (protocol == KW_PROTOCOL_SCTP) {
    /* The CRC covers no addresses. A first fragment lacks part of what it covers. */
    if (change->ports == 0 || frame->needs_checksum || packet->fragment != KW_FRAGMENT_NONE) return; /* [NAT-13] */
    const uint32_t crc = kw_crc32c_sctp(l4, packet->l4_length);
    __builtin_memcpy(l4 + 8, &crc, 4);
    return;
  }
  uint8_t *field;
  if (protocol == KW_PROTOCOL_TCP) {
    field = l4 + 16;
  } else if (protocol == KW_PROTOCOL_UDP) {
    field = l4 + 6;
  } else if (packet->icmp != KW_ICMP_NONE) {
    field = l4 + 2;
  } else {
    return;
  }
  /* ICMPv4 has no pseudo-header. [NAT-12] */
  const kw_difference pseudo = protocol == KW_PROTOCOL_ICMP ? 0 : change->addresses;
  if (frame->needs_checksum) { /* [NAT-11] */
    if (pseudo != 0) kw_store16(field, kw_partial_update(kw_load16(field), pseudo));
    return;
  }
  const kw_difference difference = pseudo + change->ports;
  if (difference == 0) return;
  if (protocol == KW_PROTOCOL_UDP) {
    kw_update_udp(field, difference, packet->v4);
  } else {
    kw_update_field(field, difference);
  }
}

/* The tuple that a packet of a flow is rewritten to. */
struct kw_target {
  const uint8_t *source;
  const uint8_t *destination;
  uint16_t source_port_be;
  uint16_t destination_port_be;
};

/* The reverse of the tuple that the other side sends. [NAT-6] */
static inline void kw_target_of(struct kw_target *target, const struct kw_flow *flow, uint32_t direction) {
  const struct kw_tuple *other = direction == KW_DIRECTION_ORIGINAL ? &flow->reply : &flow->original;
  target->source = other->destination;
  target->destination = other->source;
  target->source_port_be = other->destination_port_be;
  target->destination_port_be = other->source_port_be;
}

/* Decrements TTL or hop limit, IPv4 with its checksum (RFC 1812 section 5.3.1, RFC 1141). */
static inline void kw_decrement_ttl(const struct kw_packet *packet) {
  uint8_t *ip = packet->ip;
  if (!packet->v4) {
    ip[7]--;
    return;
  }
  ip[8]--;
  /* kw_checksum_update for a word that is one less: TTL is the lower byte of its word in memory, and not 0. */
  const uint16_t sum = kw_load16(ip + 10);
  kw_store16(ip + 10, (uint16_t)(sum + 1u + (sum >= 0xfffeu)));
}

/* Rewrites a packet of a flow; in a later fragment only the addresses. Returns DecisionFlag bits for what the flow
 * changes; for a later fragment, the recorded ports count. [NAT-7] */
KW_INLINE uint32_t kw_rewrite(const struct kw_frame *frame, const struct kw_packet *packet,
                              const struct kw_target *to) {
  const struct kw_tuple *tuple = &packet->tuple;
  struct kw_change change;
  kw_change_init(&change);
  uint8_t *ip = packet->ip;
  kw_change_address(&change, ip + (packet->v4 ? 12 : 8), tuple->source, to->source, packet->v4, KW_DECISION_FLAG_SNAT);
  kw_change_address(&change, ip + (packet->v4 ? 16 : 24), tuple->destination, to->destination, packet->v4,
                    KW_DECISION_FLAG_DNAT);
  if (packet->v4 && change.addresses != 0) kw_update_field(ip + 10, change.addresses);
  if (packet->fragment == KW_FRAGMENT_LATER) { /* [FRAG-6] */
    if (tuple->source_port_be != to->source_port_be) change.flags |= KW_DECISION_FLAG_SNAT;
    if (tuple->destination_port_be != to->destination_port_be) change.flags |= KW_DECISION_FLAG_DNAT;
    return change.flags;
  }
  uint8_t *l4 = kw_packet_l4(packet);
  if (kw_protocol_has_ports(tuple->protocol)) {
    kw_change_port(&change, l4, tuple->source_port_be, to->source_port_be, KW_DECISION_FLAG_SNAT);
    kw_change_port(&change, l4 + 2, tuple->destination_port_be, to->destination_port_be, KW_DECISION_FLAG_DNAT);
  } else if (packet->icmp == KW_ICMP_REQUEST) {
    kw_change_identifier(&change, l4, tuple->query, tuple->source_port_be, to->source_port_be, KW_DECISION_FLAG_SNAT);
  } else if (packet->icmp == KW_ICMP_REPLY) {
    kw_change_identifier(&change, l4, tuple->query, tuple->destination_port_be, to->destination_port_be,
                         KW_DECISION_FLAG_DNAT);
  }
  if (change.flags != 0) kw_update_l4(frame, packet, &change);
  return change.flags;
}

static inline int kw_tuple_taken(struct kw_storage *storage, const struct kw_tuple *tuple, uint64_t now,
                                 uint32_t *hash) {
  uint32_t direction;
  return kw_storage_find(storage, tuple, now, &direction, hash) != NULL;
}

/* Gives `reply` a destination port (or identifier) that no flow uses, and `hash` what it becomes. Returns 1, or 0 for
 * NAT_PORTS_EXHAUSTED. */
static inline int kw_find_source_port(const struct kw_tables *tables, struct kw_storage *storage,
                                      const struct kw_packet *packet, struct kw_tuple *reply, uint32_t *hash,
                                      uint64_t now) {
  if (!kw_protocol_has_ports(packet->tuple.protocol) && packet->icmp != KW_ICMP_REQUEST) {
    return !kw_tuple_taken(storage, reply, now, hash) && !kw_tuple_equal(reply, &packet->tuple); /* [NAT-4] */
  }
  const uint32_t count = (uint32_t)tables->node->snat_port_last - tables->node->snat_port_first + 1u;
  uint32_t offset = kw_scale(kw_storage_random(storage), count); /* [NAT-3] */
  const uint32_t tries = count < KW_PORT_TRIES ? count : KW_PORT_TRIES;
  for (uint32_t i = 0; i < tries; i++) {
    reply->destination_port_be = kw_swap16((uint16_t)(tables->node->snat_port_first + offset));
    if (!kw_tuple_taken(storage, reply, now, hash) && !kw_tuple_equal(reply, &packet->tuple)) return 1;
    offset = offset + 1 == count ? 0 : offset + 1;
  }
  return 0;
}

#endif
