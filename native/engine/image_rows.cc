// image_rows.cc - checks what each row of an image says. One function per section, in the order of the sections.
#include "engine/image_rows.h"

#include "core/ipvs/server.h"
#include "core/match.h"
#include "core/route.h"
#include "engine/slots.h"

namespace kubewire {
namespace {

/// RFC 791: every link can carry packets of 68 bytes.
constexpr uint32_t kMtuMinimum = 68;
/// A day, the limit of sessionAffinityConfig. Its product with 10^9 is far below 2^64.
constexpr uint32_t kAffinitySecondsMaximum = 86400;

bool is_zero(const uint8_t* address) { return kw_load64(address) == 0 && kw_load64(address + 8) == 0; }

/// The first error of a section's rows.
template <typename Check>
kw_image_error check_each(const kw_tables& tables, uint32_t count, Check check) {
  kw_image_error error = KW_IMAGE_ERROR_OK;
  for (uint32_t row = 0; error == KW_IMAGE_ERROR_OK && row < count; row++) error = check(tables, row);
  return error;
}

/// The bits after the prefix must be zero.
bool is_prefix(const uint8_t* prefix, uint32_t length) {
  if (length > 128) return false;
  for (uint32_t bit = length; bit < 128; bit++) {
    if (prefix[bit / 8] & (0x80u >> (bit % 8))) return false;
  }
  return true;
}

kw_image_error check_node(const kw_tables& tables) {
  const kw_node_row& node = *tables.node;
  const bool known = (node.flags & ~KW_NODE_FLAG_ALL) == 0 && (node.service_flags & ~KW_SERVICE_MODE_FLAG_ALL) == 0;
  const bool family4 = is_zero(node.address4) || kw_address_is_v4(node.address4);
  const bool family6 = !kw_address_is_v4(node.address6);
  const bool ports = node.snat_port_first >= 1 && node.snat_port_first <= node.snat_port_last;
  return known && family4 && family6 && ports && node.node_id == tables.node_id ? KW_IMAGE_ERROR_OK
                                                                                : KW_IMAGE_ERROR_BAD_VALUE;
}

kw_image_error check_ports(const kw_tables& tables) {
  for (uint32_t i = 0; i < tables.port_count; i++) {
    const kw_port_row& port = tables.ports[i];
    if (port.kind < KW_PORT_KIND_FIRST || port.kind > KW_PORT_KIND_LAST) return KW_IMAGE_ERROR_BAD_VALUE;
    if (port.mtu < kMtuMinimum || port.flags != 0) return KW_IMAGE_ERROR_BAD_VALUE;
  }
  return KW_IMAGE_ERROR_OK;
}

kw_image_error check_routes(const kw_tables& tables) {
  for (uint32_t i = 0; i < tables.route_count; i++) {
    const kw_route_row& route = tables.routes[i];
    if (!is_prefix(route.prefix, route.prefix_length)) return KW_IMAGE_ERROR_BAD_VALUE;
    if (route.kind < KW_ROUTE_KIND_FIRST || route.kind > KW_ROUTE_KIND_LAST) return KW_IMAGE_ERROR_BAD_VALUE;
    if (i > 0 && route.prefix_length > tables.routes[i - 1].prefix_length) return KW_IMAGE_ERROR_BAD_ORDER;
    const bool leaves = route.kind == KW_ROUTE_KIND_FORWARD || route.kind == KW_ROUTE_KIND_LOCAL;
    if (!leaves) {
      if (route.port != KW_NONE || route.next_hop != KW_NONE) return KW_IMAGE_ERROR_BAD_VALUE;
      continue;
    }
    if (route.port >= tables.port_count) return KW_IMAGE_ERROR_BAD_INDEX;
    if (route.kind != KW_ROUTE_KIND_LOCAL) continue;
    if (tables.ports[route.port].kind != KW_PORT_KIND_HOST || route.next_hop != KW_NONE)
      return KW_IMAGE_ERROR_BAD_VALUE;
  }
  return KW_IMAGE_ERROR_OK;
}

kw_image_error check_addresses(const kw_tables& tables) {
  for (uint32_t i = 0; i < tables.local_address_count; i++) {
    if ((tables.local_addresses[i].flags & ~KW_LOCAL_ADDRESS_FLAG_ALL) != 0) {
      return KW_IMAGE_ERROR_BAD_VALUE;
    }
  }
  for (uint32_t i = 0; i < tables.cidr_count; i++) {
    const kw_cidr_row& row = tables.cidrs[i];
    if (row.kind < KW_CIDR_KIND_DETECT_LOCAL || row.kind > KW_CIDR_KIND_EGRESS_KEEP) return KW_IMAGE_ERROR_BAD_VALUE;
    if (!is_prefix(row.prefix, row.prefix_length)) return KW_IMAGE_ERROR_BAD_VALUE;
  }
  return KW_IMAGE_ERROR_OK;
}

/// A run of rows must lie inside its section. An empty run may point anywhere.
bool inside(uint32_t first, uint32_t count, uint32_t rows) {
  return count == 0 || static_cast<uint64_t>(first) + count <= rows;
}

/// The ring of a list: every slot must be a backend of the Service. A list without endpoints has no ring.
bool is_ring(const kw_tables& tables, uint32_t service, uint32_t first, uint32_t list_count) {
  const uint32_t count = tables.services[service].ring_count;
  if (count == 0 || list_count == 0) return true;
  if (!inside(first, count, tables.ring_count)) return false;
  for (uint32_t i = first; i < first + count; i++) {
    const uint32_t row = tables.ring[i].index;
    if (row >= tables.backend_count || tables.backends[row].service != service) return false;
  }
  return true;
}

/// A packet may only be rewritten to an address of its own family, and to a port only if it has one. Backends that
/// appear only in a ring are checked with the ring.
bool backend_fits(const kw_frontend_row& frontend, const kw_backend_row& backend) {
  if (kw_address_is_v4(backend.address) != kw_address_is_v4(frontend.address)) return false;
  if (kw_address_is_unspecified(backend.address)) return false;
  return frontend.kind == KW_FRONTEND_KIND_SPREAD || backend.port_be != 0;
}

bool list_fits(const kw_tables& tables, const kw_frontend_row& frontend, uint32_t first, uint32_t count) {
  for (uint32_t i = first; i < first + count; i++) {
    if (!backend_fits(frontend, tables.backends[tables.members[i].index])) return false;
  }
  return true;
}

bool ring_fits(const kw_tables& tables, const kw_frontend_row& frontend, uint32_t first, uint32_t list_count) {
  if (list_count == 0) return true;
  const uint32_t count = tables.services[frontend.service].ring_count;
  for (uint32_t i = first; i < first + count; i++) {
    if (!backend_fits(frontend, tables.backends[tables.ring[i].index])) return false;
  }
  return true;
}

/// Every slot is an index below `rows` or NONE. At least one is NONE, so that every probe ends.
kw_image_error check_slot_section(const kw_index_row* slots, uint32_t mask, uint32_t rows) {
  bool has_free = false;
  for (uint64_t i = 0; i <= mask; i++) {
    if (slots[i].index == KW_NONE) {
      has_free = true;
    } else if (slots[i].index >= rows) {
      return KW_IMAGE_ERROR_BAD_INDEX;
    }
  }
  return has_free ? KW_IMAGE_ERROR_OK : KW_IMAGE_ERROR_BAD_COUNT;
}

kw_image_error check_route_slots(const kw_tables& tables) {
  // Only exact routes may be in the hash: a hit there ends the lookup.
  kw_image_error error = check_slot_section(tables.route_slots, tables.route_slot_mask, tables.prefix_first);
  for (uint32_t i = 0; error == KW_IMAGE_ERROR_OK && i < tables.prefix_first; i++) {
    const uint32_t row = kw_find_exact_route(&tables, tables.routes[i].prefix);
    if (row == KW_NONE || row > i) error = KW_IMAGE_ERROR_BAD_INDEX;  // among equal rows the first wins
  }
  return error;
}

/// Looking up the key of a FRONTEND row must find that row and no other: through its one slot, or, under a strategy
/// with a minimal perfect hash, where it has no slot, through that.
kw_image_error check_frontend_slots(const kw_tables& tables) {
  kw_image_error error = check_slot_section(tables.frontend_slots, tables.frontend_slot_mask, tables.frontend_count);
  const uint32_t slots = kw_strategy_in(&tables, KW_STRATEGIES_PERFECT_HASH) ? 0 : tables.frontend_count;
  if (error == KW_IMAGE_ERROR_OK && Slots::of_frontends(tables).used() != slots) error = KW_IMAGE_ERROR_BAD_COUNT;
  for (uint32_t i = 0; error == KW_IMAGE_ERROR_OK && i < tables.frontend_count; i++) {
    const kw_frontend_row& row = tables.frontends[i];
    const uint32_t found = kw_frontend_of(&tables, row.address, row.port_be, row.protocol);
    if (found != i) error = KW_IMAGE_ERROR_BAD_INDEX;  // not there, or a second row with the same key
  }
  return error;
}

/// Looking up an address that has a slot must find that slot and no other.
kw_image_error check_cluster_ip_slots(const kw_tables& tables) {
  kw_image_error error =
      check_slot_section(tables.cluster_ip_slots, tables.cluster_ip_slot_mask, tables.frontend_count);
  const Slots slots = Slots::of_addresses(tables);
  for (uint64_t i = 0; error == KW_IMAGE_ERROR_OK && i < slots.size(); i++) {
    const uint32_t slot = static_cast<uint32_t>(i);
    if (slots.at(slot) != KW_NONE && slots.find(slots.at(slot)) != slot) error = KW_IMAGE_ERROR_BAD_INDEX;
  }
  return error;
}

}  // namespace

kw_image_error check_source_range(const kw_tables& tables, uint32_t row) {
  const kw_cidr_row& range = tables.source_ranges[row];
  const bool good = range.kind == KW_CIDR_KIND_SOURCE_RANGE && is_prefix(range.prefix, range.prefix_length);
  return good ? KW_IMAGE_ERROR_OK : KW_IMAGE_ERROR_BAD_VALUE;
}

kw_image_error check_service(const kw_tables& tables, uint32_t row) {
  const kw_service_row& service = tables.services[row];
  if ((service.flags & ~KW_SERVICE_FLAG_ALL) != 0) return KW_IMAGE_ERROR_BAD_VALUE;
  if (service.affinity_seconds > kAffinitySecondsMaximum) return KW_IMAGE_ERROR_BAD_VALUE;
  if ((service.scheduler & ~KW_SCHEDULER_FLAG_ALL) > KW_SCHEDULER_LAST) return KW_IMAGE_ERROR_BAD_VALUE;
  if (!inside(service.cluster_first, service.cluster_count, tables.member_count) ||
      !inside(service.local_first, service.local_count, tables.member_count) ||
      !inside(service.serving_first, service.serving_count, tables.member_count) ||
      !inside(service.source_range_first, service.source_range_count, tables.source_range_count) ||
      !is_ring(tables, row, service.ring_first, service.cluster_count) ||
      !is_ring(tables, row, service.local_ring_first, service.local_count)) {
    return KW_IMAGE_ERROR_BAD_INDEX;
  }
  return KW_IMAGE_ERROR_OK;
}

kw_image_error check_member(const kw_tables& tables, uint32_t row) {
  return tables.members[row].index < tables.backend_count ? KW_IMAGE_ERROR_OK : KW_IMAGE_ERROR_BAD_INDEX;
}

kw_image_error check_backend(const kw_tables& tables, uint32_t row) {
  const kw_backend_row& backend = tables.backends[row];
  if ((backend.flags & ~KW_BACKEND_FLAG_ALL) != 0) return KW_IMAGE_ERROR_BAD_VALUE;
  if (backend.service >= tables.service_count) return KW_IMAGE_ERROR_BAD_INDEX;
  return backend.weight <= KW_IPVS_WEIGHT ? KW_IMAGE_ERROR_OK : KW_IMAGE_ERROR_BAD_VALUE;
}

kw_image_error check_frontend(const kw_tables& tables, uint32_t row) {
  const kw_frontend_row& frontend = tables.frontends[row];
  if (frontend.kind < KW_FRONTEND_KIND_FIRST || frontend.kind > KW_FRONTEND_KIND_LAST) {
    return KW_IMAGE_ERROR_BAD_VALUE;
  }
  if ((frontend.flags & ~KW_FRONTEND_FLAG_ALL) != 0) return KW_IMAGE_ERROR_BAD_VALUE;
  const bool any = frontend.port_be == 0 && frontend.protocol == 0;
  const bool one = frontend.port_be != 0 && kw_protocol_has_ports(frontend.protocol);
  if (!one && !(any && frontend.kind == KW_FRONTEND_KIND_SPREAD)) return KW_IMAGE_ERROR_BAD_VALUE;
  if (frontend.kind == KW_FRONTEND_KIND_HEALTH_CHECK) {
    return frontend.service == KW_NONE ? KW_IMAGE_ERROR_OK : KW_IMAGE_ERROR_BAD_INDEX;
  }
  if (frontend.service >= tables.service_count) return KW_IMAGE_ERROR_BAD_INDEX;
  const kw_service_row& service = tables.services[frontend.service];
  const bool fits = list_fits(tables, frontend, service.cluster_first, service.cluster_count) &&
                    list_fits(tables, frontend, service.local_first, service.local_count) &&
                    ring_fits(tables, frontend, service.ring_first, service.cluster_count) &&
                    ring_fits(tables, frontend, service.local_ring_first, service.local_count);
  return fits ? KW_IMAGE_ERROR_OK : KW_IMAGE_ERROR_BAD_VALUE;
}

kw_image_error check_rows(const kw_tables& tables) {
  kw_image_error error = check_node(tables);
  if (error == KW_IMAGE_ERROR_OK) error = check_ports(tables);
  if (error == KW_IMAGE_ERROR_OK) error = check_routes(tables);
  if (error == KW_IMAGE_ERROR_OK) error = check_addresses(tables);
  if (error == KW_IMAGE_ERROR_OK) error = check_each(tables, tables.source_range_count, check_source_range);
  if (error == KW_IMAGE_ERROR_OK) error = check_each(tables, tables.service_count, check_service);
  if (error == KW_IMAGE_ERROR_OK) error = check_each(tables, tables.member_count, check_member);
  if (error == KW_IMAGE_ERROR_OK) error = check_each(tables, tables.backend_count, check_backend);
  if (error == KW_IMAGE_ERROR_OK) error = check_each(tables, tables.frontend_count, check_frontend);
  return error;
}

kw_image_error check_slots(const kw_tables& tables) {
  kw_image_error error = check_route_slots(tables);
  if (error == KW_IMAGE_ERROR_OK) error = check_frontend_slots(tables);
  if (error == KW_IMAGE_ERROR_OK) error = check_cluster_ip_slots(tables);
  return error;
}

}  // namespace kubewire
