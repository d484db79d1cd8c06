// patch_read.h - Patch: the bytes of a patch as what it writes where, inside its own bounds and those of the image.
#ifndef KUBEWIRE_ENGINE_PATCH_READ_H
#define KUBEWIRE_ENGINE_PATCH_READ_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/ledger.h"
#include "engine/row_set.h"

namespace kubewire {

/// What becomes of one section.
struct PatchedSection {
  /// Rows there were and will be.
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

/// Checks everything about a patch but the rows themselves: whose it is, that it lies within `bytes`, and that the table of
/// native/law/patch.md permits what it writes. `patch` points into `bytes` afterwards.
kw_image_error read_patch(const uint8_t* bytes, size_t size, const kw_tables& tables, const Ledger& ledger,
                          Patch* patch);

}  // namespace kubewire

#endif
