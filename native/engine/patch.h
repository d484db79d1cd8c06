// patch.h - patches: rows of an image change in place (native/law/patch.md). Refused = nothing has changed.
//
// What a patch costs goes by what it writes, not by what is there: checks follow from each written row to what depends on it.
// Only when a Service that was there is written, FRONTEND is gone through for its frontends; and PERFECT, when a pilot spreads anew.
// All that load_image (image.h) would say of the patched image still holds then, because it held of the image before.
#ifndef KUBEWIRE_ENGINE_PATCH_H
#define KUBEWIRE_ENGINE_PATCH_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/tables.h"
#include "engine/ledger.h"
#include "engine/row_set.h"

namespace kubewire {

/// A row of FRONTEND that a patch writes, removes, or changes the Service of.
struct ChangedFrontend {
  uint32_t row;
  /// False when the row is a new one: `before` says nothing then.
  bool was;
  kw_frontend_row before;
};

/// What a patch did, for those who remember things about the tables.
struct PatchEffects {
  /// Rows of SERVICE that were written.
  RowSet services;
  /// A Service that had clients may have lost endpoints, or is gone.
  bool clients_lost = false;
  /// In the order of their rows, each once.
  std::vector<ChangedFrontend> frontends;
};

/// Applies a patch to an image in force. The image, its tables and its ledger change together, or not at all.
kw_image_error apply_patch(const uint8_t* patch, size_t bytes, uint8_t* image, kw_tables* tables, Ledger* ledger,
                           PatchEffects* effects);

}  // namespace kubewire

#endif
