// sections.h - the sections of an image: the width of their rows, where they lie, and how long they may become.
#ifndef KUBEWIRE_ENGINE_SECTIONS_H
#define KUBEWIRE_ENGINE_SECTIONS_H

#include <cstdint>

#include "core/tables.h"

namespace kubewire {

constexpr uint32_t kSectionCount = 16;

/// Bytes a row of the section.
uint32_t stride_of(uint32_t kind);

/// The directory of an image, indexed by kw_section.
struct Sections {
  const kw_section_entry& operator[](uint32_t kind) const { return entries[kind]; }

  /// No section begins inside another.
  bool apart() const;
  /// Rows that fit between the beginning of a section and the next section, or the end of the image.
  uint32_t room(uint32_t kind, uint32_t total_bytes) const;

  kw_section_entry entries[kSectionCount + 1] = {};
};

/// Makes the tables' counts those of the directory.
void count_rows(const Sections& sections, kw_tables* tables);

/// Where the rows with an unspecified address begin that stand at the end of FRONTEND.
void find_node_ports(kw_tables* tables);

}  // namespace kubewire

#endif
