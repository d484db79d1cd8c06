// sections.h - the sections of an image: facts from the contract, where they are, and how far they can grow.
#ifndef KUBEWIRE_ENGINE_SECTIONS_H
#define KUBEWIRE_ENGINE_SECTIONS_H

#include <cstdint>

#include "core/tables.h"

namespace kubewire {

/// What a patch may do to a section: append rows, write existing rows, remove rows from the end.
struct Permission {
  bool adds, changes, shortens;

  bool any() const { return adds || changes; }
};

/// What the contract says about a section.
struct SectionFacts {
  /// Bytes per row.
  uint32_t stride;
  /// A hash: the number of slots must be a power of two.
  bool hash;
  Permission may;
};

/// The facts about a section. For an unknown number, facts that permit nothing.
const SectionFacts& facts_of(uint32_t kind);

/// The directory of an image, indexed by kw_section.
struct Sections {
  const kw_section_entry& operator[](uint32_t kind) const { return entries[kind]; }

  /// True if no section begins inside another.
  bool apart() const;
  /// Rows that fit between the start of a section and the next section (or the end of the image).
  uint32_t room(uint32_t kind, uint32_t total_bytes) const;

  kw_section_entry entries[KW_SECTION_COUNT + 1] = {};
};

/// Sets the tables' pointers from the directory.
void point_rows(const uint8_t* image, const Sections& sections, kw_tables* tables);

/// Rows of a section.
uint32_t count_of(const kw_tables& tables, uint32_t kind);
void set_count(kw_tables* tables, uint32_t kind, uint32_t rows_now);

/// The first of the rows with an unspecified address, which end FRONTEND.
void find_node_ports(kw_tables* tables);

}  // namespace kubewire

#endif
