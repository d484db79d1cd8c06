// sections.cc - section arithmetic: facts from the contract, overlaps, room, pointers and counts.
#include "engine/sections.h"

#include <algorithm>

namespace kubewire {
namespace {

uint64_t end_of(const kw_section_entry& entry) {
  return entry.offset + static_cast<uint64_t>(entry.count) * entry.stride;
}

/// Indexed by kw_section; 0 is not a section.
#define KW_FACTS(section, row, rows, count, hash, adds, changes, shortens) \
  {sizeof(row), hash, {adds, changes, shortens}},
constexpr SectionFacts kFacts[KW_SECTION_COUNT + 1] = {{sizeof(kw_index_row), false, {}}, KW_SECTIONS(KW_FACTS)};
#undef KW_FACTS

}  // namespace

const SectionFacts& facts_of(uint32_t kind) { return kFacts[kind <= KW_SECTION_COUNT ? kind : 0]; }

bool Sections::apart() const {
  for (uint32_t a = 1; a <= KW_SECTION_COUNT; a++) {
    for (uint32_t b = 1; b <= KW_SECTION_COUNT; b++) {
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
  for (uint32_t other = 1; other <= KW_SECTION_COUNT; other++) {
    if (other == kind || entries[other].offset < own.offset) continue;
    // If sections share an offset, the one that has rows gets the room. If none has rows, the last one does.
    const bool yields = own.count == 0 && (entries[other].count != 0 || other > kind);
    if (entries[other].offset > own.offset || yields) end = std::min(end, entries[other].offset);
  }
  return (end - own.offset) / own.stride;
}

void point_rows(const uint8_t* image, const Sections& sections, kw_tables* tables) {
#define KW_POINT(section, row, rows, count, hash, adds, changes, shortens) \
  tables->rows = reinterpret_cast<const row*>(image + sections[KW_SECTION_##section].offset);
  KW_SECTIONS(KW_POINT)
#undef KW_POINT
}

uint32_t count_of(const kw_tables& tables, uint32_t kind) {
  switch (kind) {
#define KW_COUNT(section, row, rows, count, hash, adds, changes, shortens) \
  case KW_SECTION_##section:                                               \
    return tables.count + hash;
    KW_SECTIONS(KW_COUNT)
#undef KW_COUNT
    default:
      return 0;
  }
}

void set_count(kw_tables* tables, uint32_t kind, uint32_t rows_now) {
  switch (kind) {
#define KW_SET(section, row, rows, count, hash, adds, changes, shortens) \
  case KW_SECTION_##section:                                             \
    tables->count = rows_now - hash;                                     \
    break;
    KW_SECTIONS(KW_SET)
#undef KW_SET
    default:
      break;
  }
}

void find_node_ports(kw_tables* tables) {
  tables->node_port_first = tables->frontend_count;
  while (tables->node_port_first > 0 &&
         kw_address_is_unspecified(tables->frontends[tables->node_port_first - 1].address)) {
    tables->node_port_first--;
  }
}

}  // namespace kubewire
