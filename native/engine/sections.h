// sections.h - the sections of an image: what the contract says of them, where they lie, and how long they may become.
#ifndef KUBEWIRE_ENGINE_SECTIONS_H
#define KUBEWIRE_ENGINE_SECTIONS_H

#include <cstdint>

#include "core/tables.h"

namespace kubewire {

/// What a patch may do to a section: write rows after the last one, write rows that are there, take rows from the end.
struct Permission {
  bool adds, changes, shortens;

  bool any() const { return adds || changes; }
};

/// What the contract says of a section.
struct SectionFacts {
  /// Bytes a row.
  uint32_t stride;
  /// Slots: a power of two of them.
  bool hash;
  Permission may;
};

/// Of a section; of a number that no section has, facts by which nothing may be done.
const SectionFacts& facts_of(uint32_t kind);

/// The directory of an image, indexed by kw_section.
struct Sections {
  const kw_section_entry& operator[](uint32_t kind) const { return entries[kind]; }

  /// No section begins inside another.
  bool apart() const;
  /// Rows that fit between the beginning of a section and the next section, or the end of the image.
  uint32_t room(uint32_t kind, uint32_t total_bytes) const;

  kw_section_entry entries[KW_SECTION_COUNT + 1] = {};
};

/// Makes the tables' pointers those of the directory.
void point_rows(const uint8_t* image, const Sections& sections, kw_tables* tables);

/// Rows of a section.
uint32_t count_of(const kw_tables& tables, uint32_t kind);
void set_count(kw_tables* tables, uint32_t kind, uint32_t rows_now);

/// Where the rows with an unspecified address begin that stand at the end of FRONTEND.
void find_node_ports(kw_tables* tables);

}  // namespace kubewire

#endif
