// patch_slots.cc - checks the hashes over FRONTEND after a patch.
//
// A slot can become wrong only if it, its row, or a slot that its probe passes has changed. Probes run forward to the
// next free slot, so it is enough to check what was written and what follows up to that slot.
#include <algorithm>

#include "engine/patch_check.h"
#include "engine/slots.h"

namespace kubewire {
namespace {

/// Every written slot must name an existing row or none. Counts how many become used or free.
kw_image_error check_values(const PatchView& view, uint32_t kind, const Slots& slots, int32_t* more) {
  const bool inside = view.patch[kind].written.all(
      [&](uint32_t slot) { return slots.at(slot) == KW_NONE || slots.at(slot) < view.tables.frontend_count; });
  if (!inside) return KW_IMAGE_ERROR_BAD_INDEX;
  view.saved.each<kw_index_row>(kind, view.patch[kind], [&](uint32_t slot, const kw_index_row& old) {
    *more += static_cast<int32_t>(slots.at(slot) != KW_NONE) - static_cast<int32_t>(old.index != KW_NONE);
  });
  return KW_IMAGE_ERROR_OK;
}

/// From each of these slots to the next free one, every row must be found in its slot.
kw_image_error check_behind(const Slots& slots, std::vector<uint32_t>& changed) {
  std::sort(changed.begin(), changed.end());
  uint64_t done = 0;
  for (const uint32_t first : changed) {
    if (first < done) continue;
    uint64_t at = slots.at(first) == KW_NONE ? uint64_t{first} + 1 : first;
    for (; at < first + slots.size(); at++) {
      const uint32_t slot = static_cast<uint32_t>(at) & slots.mask();
      if (slots.at(slot) == KW_NONE) break;
      if (slots.find(slots.at(slot)) != slot) return KW_IMAGE_ERROR_BAD_INDEX;
    }
    done = at;
  }
  return KW_IMAGE_ERROR_OK;
}

std::vector<uint32_t> written_slots(const PatchView& view, uint32_t kind) {
  std::vector<uint32_t> slots;
  view.patch[kind].written.all([&](uint32_t slot) {
    slots.push_back(slot);
    return true;
  });
  return slots;
}

/// There are as many slots as rows and every row is found, so each has one slot and removed rows have none.
kw_image_error check_frontend_slots(const PatchView& view, LedgerChange* change) {
  const Slots slots = Slots::of_frontends(view.tables);
  const kw_image_error error = check_values(view, KW_SECTION_FRONTEND_SLOT, slots, &change->frontend_slots);
  if (error != KW_IMAGE_ERROR_OK) return error;
  const uint32_t used = view.ledger.frontend_slots + static_cast<uint32_t>(change->frontend_slots);
  const bool perfect = kw_strategy_in(&view.tables, KW_STRATEGIES_PERFECT_HASH);
  if (used != (perfect ? 0 : view.tables.frontend_count) || used >= slots.size()) return KW_IMAGE_ERROR_BAD_COUNT;
  if (perfect) return KW_IMAGE_ERROR_OK;
  std::vector<uint32_t> changed = written_slots(view, KW_SECTION_FRONTEND_SLOT);
  bool found = view.patch[KW_SECTION_FRONTEND].written.all([&](uint32_t row) {
    changed.push_back(slots.find(row));
    return changed.back() != KW_NONE;
  });
  view.saved.each<kw_index_row>(KW_SECTION_FRONTEND_SLOT, view.patch[KW_SECTION_FRONTEND_SLOT],
                                [&](uint32_t, const kw_index_row& old) {
                                  if (old.index >= view.tables.frontend_count) return;
                                  found = found && slots.find(old.index) != KW_NONE;
                                });
  return found ? check_behind(slots, changed) : KW_IMAGE_ERROR_BAD_INDEX;
}

kw_image_error check_address_slots(const PatchView& view, LedgerChange* change) {
  const Slots slots = Slots::of_addresses(view.tables);
  const kw_image_error error = check_values(view, KW_SECTION_CLUSTER_IP_SLOT, slots, &change->address_slots);
  if (error != KW_IMAGE_ERROR_OK) return error;
  const uint32_t used = view.ledger.address_slots + static_cast<uint32_t>(change->address_slots);
  if (used >= slots.size()) return KW_IMAGE_ERROR_BAD_COUNT;
  std::vector<uint32_t> changed = written_slots(view, KW_SECTION_CLUSTER_IP_SLOT);
  for (const uint32_t slot : view.dependents.address_slots) {
    // A slot that was not written may name a row that was removed.
    if (slots.at(slot) != KW_NONE && slots.at(slot) >= view.tables.frontend_count) return KW_IMAGE_ERROR_BAD_INDEX;
    changed.push_back(slot);
  }
  return check_behind(slots, changed);
}

}  // namespace

kw_image_error check_patched_slots(const PatchView& view, LedgerChange* change) {
  const kw_image_error error = check_frontend_slots(view, change);
  return error == KW_IMAGE_ERROR_OK ? check_address_slots(view, change) : error;
}

}  // namespace kubewire
