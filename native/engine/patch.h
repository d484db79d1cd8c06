// patch.h - changes rows of an image in place (native/law/patch.md). If a patch is refused, nothing has changed.
//
// The cost of a patch depends on what it writes, not on the size of the tables: the checks go from each written row to
// what depends on it. There are two exceptions: writing an existing Service scans FRONTEND for its frontends, and a new
// spreading pilot scans PERFECT. The old image passed load_image (image.h);
// with these checks the patched one would, too.
#ifndef KUBEWIRE_ENGINE_PATCH_H
#define KUBEWIRE_ENGINE_PATCH_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/tables.h"
#include "engine/ledger.h"
#include "engine/row_set.h"

namespace kubewire {

/// A FRONTEND row that a patch writes or removes, or whose Service it changes.
struct ChangedFrontend {
  uint32_t row;
  /// False if the row is new; then `before` has no meaning.
  bool was;
  kw_frontend_row before;
};

/// What a patch did, for everything that keeps state about the tables.
struct PatchEffects {
  /// Rows of SERVICE that were written.
  RowSet services;
  /// A Service with remembered clients may have lost endpoints, or is gone.
  bool clients_lost = false;
  /// In row order, each once.
  std::vector<ChangedFrontend> frontends;
};

/// Applies a patch to the current image. The image, its tables and its ledger change together, or not at all.
kw_image_error apply_patch(const uint8_t* patch, size_t bytes, uint8_t* image, kw_tables* tables, Ledger* ledger,
                           PatchEffects* effects);

}  // namespace kubewire

#endif
