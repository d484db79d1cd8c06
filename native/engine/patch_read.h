// patch_read.h - Patch: parses the bytes of a patch into what it writes where, with all bounds checked.
#ifndef KUBEWIRE_ENGINE_PATCH_READ_H
#define KUBEWIRE_ENGINE_PATCH_READ_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/ledger.h"
#include "engine/row_set.h"

namespace kubewire {

/// The change to one section.
struct PatchedSection {
  /// Row counts before and after.
  uint32_t before = 0, after = 0;
  RowSet written;
};

struct Patch {
  const PatchedSection& operator[](uint32_t kind) const { return sections[kind]; }

  const uint8_t* bytes = nullptr;
  kw_patch_header header{};
  /// In the order of the directory.
  std::vector<kw_patch_entry> entries;
  PatchedSection sections[KW_SECTION_COUNT + 1];
};

/// Checks everything about a patch except the rows themselves: that it fits this image, lies within `bytes`, and writes
/// only what the table of native/law/patch.md permits. `patch` points into `bytes` afterwards.
kw_image_error read_patch(const uint8_t* bytes, size_t size, const kw_tables& tables, const Ledger& ledger,
                          Patch* patch);

}  // namespace kubewire

#endif
