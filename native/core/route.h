// route.h - finds the route of a packet: exact routes by hash, then the few prefixes, longest first
// (native/law/route.md).
#ifndef KUBEWIRE_CORE_ROUTE_H
#define KUBEWIRE_CORE_ROUTE_H

#include "core/frame.h"
#include "core/packet.h"
#include "core/tables.h"

/* The row of an exact route, or KW_NONE. If several rows match, the first. */
static inline uint32_t kw_find_exact_route(const struct kw_tables *tables, const uint8_t *destination) {
  uint32_t slot = kw_hash_address(destination, tables->hash_seed, tables->hash_mapped) & tables->route_slot_mask;
  for (uint32_t probes = 0; probes <= tables->route_slot_mask; probes++) {
    const uint32_t row = tables->route_slots[slot].index;
    if (row == KW_NONE || kw_address_equal(tables->routes[row].prefix, destination)) return row;
    slot = (slot + 1) & tables->route_slot_mask;
  }
  return KW_NONE;
}

/* The first row (longest prefix) that contains the destination, or KW_NONE. [ROUTE-1] */
KW_ASIDE uint32_t kw_find_route(const struct kw_tables *tables, const uint8_t *destination) {
  const uint32_t exact = kw_find_exact_route(tables, destination);
  if (exact != KW_NONE) return exact;
  for (uint32_t i = tables->prefix_first; i < tables->route_count; i++) {
    const struct kw_route_row *row = &tables->routes[i];
    if (kw_address_in_prefix(destination, row->prefix, row->prefix_length)) return i;
  }
  return KW_NONE;
}

/* NULL for KW_NONE. */
static inline const struct kw_route_row *kw_route_at(const struct kw_tables *tables, uint32_t row) {
  return KW_LIKELY(row != KW_NONE) ? &tables->routes[row] : NULL;
}

/* Size of the IP packets on the wire: for a GSO frame, of each segment that the device will cut. [ROUTE-6] */
static inline uint32_t kw_wire_length(const struct kw_frame *frame, const struct kw_packet *packet) {
  if (frame->gso_type == KW_GSO_NONE) return packet->ip_length;
  uint32_t header = packet->l4_offset;
  if (packet->fragment != KW_FRAGMENT_LATER) {
    if (packet->tuple.protocol == KW_PROTOCOL_TCP) header += (kw_packet_l4(packet)[12] >> 4) * 4u;
    if (packet->tuple.protocol == KW_PROTOCOL_UDP) header += 8;
  }
  return header + frame->gso_size;
}

/* Is the packet forwarded, so that its TTL counts? Not if it comes from the node's own namespace or goes to it. `from` is
 * the kw_port_kind of the port it came through. */
static inline int kw_is_forwarded(uint32_t from, const struct kw_route_row *route) {
  return route->kind == KW_ROUTE_KIND_FORWARD && from != KW_PORT_KIND_HOST;
}

/* May the packet take this route? Nothing has changed yet. Returns 0, or the reason (of the ICMP error, if one is due).
 * */
KW_INLINE uint32_t kw_judge_route(const struct kw_tables *tables, const struct kw_frame *frame,
                                  const struct kw_packet *packet, uint32_t from, const struct kw_route_row *route) {
  if (KW_UNLIKELY(route == NULL || route->kind == KW_ROUTE_KIND_UNREACHABLE))
    return KW_REASON_HOST_UNREACHABLE;                                                /* [ROUTE-3] */
  if (route->kind == KW_ROUTE_KIND_BLACKHOLE) return KW_REASON_NO_ROUTE;              /* [ROUTE-4] */
  if (packet->ttl <= 1 && kw_is_forwarded(from, route)) return KW_REASON_TTL_EXPIRED; /* [ROUTE-5] */
  if (route->kind == KW_ROUTE_KIND_FORWARD && kw_wire_length(frame, packet) > tables->ports[route->port].mtu) {
    const int dont_fragment = (packet->ip[6] & 0x40u) != 0;
    return packet->v4 && !dont_fragment ? KW_REASON_TOO_BIG_SILENT : KW_REASON_TOO_BIG; /* [ROUTE-7] */
  }
  return 0;
}

#endif
