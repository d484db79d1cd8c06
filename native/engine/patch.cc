// patch.cc - applies a patch to the current tables: read, save, write, check, then keep or undo.
#include "engine/patch.h"

#include <algorithm>
#include <cstring>

#include "core/match_perfect.h"
#include "engine/patch_check.h"
#include "engine/patch_read.h"
#include "engine/slots.h"

namespace kubewire {
namespace {

Dependents dependents_of(const kw_tables& tables, const PatchedSection& frontends) {
  Dependents found;
  const Slots addresses = Slots::of_addresses(tables);
  const auto add = [&](uint32_t row) {
    const uint32_t slot = addresses.find(row);
    if (slot != KW_NONE) found.address_slots.push_back(slot);
    if (!kw_strategy_in(&tables, KW_STRATEGIES_PERFECT_HASH)) return true;
    const kw_frontend_row& key = tables.frontends[row];
    const kw_perfect_row* perfect = kw_match_perfect(&tables, key.address, key.port_be, key.protocol);
    found.perfect_rows.push_back(static_cast<uint32_t>(perfect - tables.perfect));
    return true;
  };
  frontends.written.all([&](uint32_t row) { return row < frontends.before && add(row); });
  for (uint32_t row = frontends.after; row < frontends.before; row++) add(row);
  return found;
}

void write_rows(const Patch& patch, uint8_t* image, const Ledger& ledger) {
  for (const kw_patch_entry& entry : patch.entries) {
    std::memcpy(ledger.row(image, entry.kind, entry.first), patch.bytes + entry.offset,
                static_cast<size_t>(entry.count) * facts_of(entry.kind).stride);
  }
}

kw_tables tables_after(const kw_tables& before, const Patch& patch) {
  kw_tables tables = before;
  for (uint32_t kind = 1; kind <= KW_SECTION_COUNT; kind++) {
    if (facts_of(kind).may.any()) set_count(&tables, kind, patch[kind].after);
  }
  tables.generation = patch.header.generation;
  find_node_ports(&tables);
  return tables;
}

/// Only a Service that existed before can have frontends that the patch does not write.
std::vector<uint32_t> followers_of(const kw_tables& tables, const Patch& patch) {
  std::vector<uint32_t> rows;
  const PatchedSection& services = patch[KW_SECTION_SERVICE];
  if (!services.written.any_below(services.before)) return rows;
  const RowSet& written = patch[KW_SECTION_FRONTEND].written;
  for (uint32_t row = 0; row < tables.frontend_count; row++) {
    if (services.written.has(tables.frontends[row].service) && !written.has(row)) rows.push_back(row);
  }
  return rows;
}

/// Updates directory and header to match, as if the image had been loaded whole.
void write_directory(const Patch& patch, uint8_t* image) {
  kw_image_header header;
  std::memcpy(&header, image, sizeof header);
  header.generation = patch.header.generation;
  std::memcpy(image, &header, sizeof header);
  for (uint32_t i = 0; i < KW_SECTION_COUNT; i++) {
    uint8_t* at = image + sizeof header + i * sizeof(kw_section_entry);
    kw_section_entry entry;
    std::memcpy(&entry, at, sizeof entry);
    if (patch[entry.kind].after != patch[entry.kind].before) entry.count = patch[entry.kind].after;
    std::memcpy(at, &entry, sizeof entry);
  }
}

std::vector<ChangedFrontend> changed_frontends(const PatchView& view) {
  const PatchedSection& frontends = view.patch[KW_SECTION_FRONTEND];
  std::vector<ChangedFrontend> changed;
  view.saved.each<kw_frontend_row>(KW_SECTION_FRONTEND, frontends, [&](uint32_t row, const kw_frontend_row& old) {
    changed.push_back({row, true, old});
  });
  for (uint32_t row = frontends.before; row < frontends.after; row++) changed.push_back({row, false, {}});
  // A row past the end is unchanged: nothing is written there.
  for (uint32_t row = frontends.after; row < frontends.before; row++) {
    changed.push_back({row, true, view.tables.frontends[row]});
  }
  for (const uint32_t row : view.followers) changed.push_back({row, true, view.tables.frontends[row]});
  std::sort(changed.begin(), changed.end(),
            [](const ChangedFrontend& a, const ChangedFrontend& b) { return a.row < b.row; });
  return changed;
}

/// [PATCH-6]
PatchEffects effects_of(const PatchView& view) {
  PatchEffects effects;
  const PatchedSection& services = view.patch[KW_SECTION_SERVICE];
  effects.services = services.written;
  view.saved.each<kw_service_row>(KW_SECTION_SERVICE, services, [&](uint32_t, const kw_service_row& old) {
    effects.clients_lost |= old.affinity_seconds != 0;
  });
  effects.frontends = changed_frontends(view);
  return effects;
}

}  // namespace

kw_image_error apply_patch(const uint8_t* bytes, size_t size, uint8_t* image, kw_tables* tables, Ledger* ledger,
                           PatchEffects* effects) {
  Patch patch;
  kw_image_error error = read_patch(bytes, size, *tables, *ledger, &patch);
  if (error != KW_IMAGE_ERROR_OK) return error;
  const Dependents dependents = dependents_of(*tables, patch[KW_SECTION_FRONTEND]);
  Saved saved;
  saved.take(image, *ledger, patch);
  write_rows(patch, image, *ledger);
  const kw_tables after = tables_after(*tables, patch);
  const std::vector<uint32_t> followers = followers_of(after, patch);
  const PatchView view{after, *tables, patch, saved, *ledger, dependents, followers};
  LedgerChange change;
  error = check_patched_rows(view);  // [PATCH-5]
  if (error == KW_IMAGE_ERROR_OK) error = check_patched_perfect(view, &change);
  if (error == KW_IMAGE_ERROR_OK) error = check_patched_slots(view, &change);
  if (error != KW_IMAGE_ERROR_OK) {
    saved.restore(image, *ledger, patch);
    return error;
  }
  write_directory(patch, image);
  *effects = effects_of(view);
  *tables = after;
  ledger->add(change);
  return KW_IMAGE_ERROR_OK;
}

}  // namespace kubewire
