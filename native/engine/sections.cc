// sections.cc - arithmetic of sections: strides, overlaps, room.
#include "engine/sections.h"

#include <algorithm>

namespace kubewire {
namespace {

uint64_t end_of(const kw_section_entry& entry) {
  return entry.offset + static_cast<uint64_t>(entry.count) * entry.stride;
}

}  // namespace

uint32_t stride_of(uint32_t kind) {
  switch (kind) {
    case KW_SECTION_NODE:
      return sizeof(kw_node_row);
    case KW_SECTION_PORT:
      return sizeof(kw_port_row);
    case KW_SECTION_ROUTE:
      return sizeof(kw_route_row);
    case KW_SECTION_LOCAL_ADDRESS:
      return sizeof(kw_local_address_row);
    case KW_SECTION_CIDR:
    case KW_SECTION_SOURCE_RANGE:
      return sizeof(kw_cidr_row);
    case KW_SECTION_FRONTEND:
      return sizeof(kw_frontend_row);
    case KW_SECTION_SERVICE:
      return sizeof(kw_service_row);
    case KW_SECTION_BACKEND:
      return sizeof(kw_backend_row);
    case KW_SECTION_PERFECT:
      return sizeof(kw_perfect_row);
    default:
      return sizeof(kw_index_row);
  }
}

bool Sections::apart() const {
  for (uint32_t a = 1; a <= kSectionCount; a++) {
    for (uint32_t b = 1; b <= kSectionCount; b++) {
      if (entries[a].offset < entries[b].offset && end_of(entries[a]) > entries[b].offset) return false;
      if (a < b && entries[a].offset == entries[b].offset && entries[a].count != 0 && entries[b].count != 0)
        return false;
    }
  }
  return true;
}

uint32_t Sections::room(uint32_t kind, uint32_t total_bytes) const {
  const kw_section_entry& own = entries[kind];
  uint32_t end = total_bytes;
  for (uint32_t other = 1; other <= kSectionCount; other++) {
    if (other == kind || entries[other].offset < own.offset) continue;
    // Of sections at one place the room is that of the one that has rows; when none has, that of the last: the others have none.
    const bool yields = own.count == 0 && (entries[other].count != 0 || other > kind);
    if (entries[other].offset > own.offset || yields) end = std::min(end, entries[other].offset);
  }
  return (end - own.offset) / own.stride;
}

void count_rows(const Sections& sections, kw_tables* tables) {
  tables->port_count = sections[KW_SECTION_PORT].count;
  tables->route_count = sections[KW_SECTION_ROUTE].count;
  tables->route_slot_mask = sections[KW_SECTION_ROUTE_SLOT].count - 1;
  tables->local_address_count = sections[KW_SECTION_LOCAL_ADDRESS].count;
  tables->cidr_count = sections[KW_SECTION_CIDR].count;
  tables->source_range_count = sections[KW_SECTION_SOURCE_RANGE].count;
  tables->frontend_count = sections[KW_SECTION_FRONTEND].count;
  tables->frontend_slot_mask = sections[KW_SECTION_FRONTEND_SLOT].count - 1;
  tables->service_count = sections[KW_SECTION_SERVICE].count;
  tables->member_count = sections[KW_SECTION_MEMBER].count;
  tables->backend_count = sections[KW_SECTION_BACKEND].count;
  tables->ring_count = sections[KW_SECTION_RING].count;
  tables->cluster_ip_slot_mask = sections[KW_SECTION_CLUSTER_IP_SLOT].count - 1;
  tables->pilot_count = sections[KW_SECTION_PILOT].count;
  tables->perfect_count = sections[KW_SECTION_PERFECT].count;
}

void find_node_ports(kw_tables* tables) {
  tables->node_port_first = tables->frontend_count;
  while (tables->node_port_first > 0 &&
         kw_address_is_unspecified(tables->frontends[tables->node_port_first - 1].address)) {
    tables->node_port_first--;
  }
}

}  // namespace kubewire
