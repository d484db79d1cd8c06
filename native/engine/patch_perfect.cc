// patch_perfect.cc - checks the minimal perfect hash after a patch.
//
// The hash is correct if it uses as many rows as there are frontends, and every used row repeats its frontend and is
// where its key leads; then no two rows have the same frontend. A row can become wrong only if the patch wrote it, its
// frontend, its Service or the pilot of its bucket. The number of keys of each bucket is known, so finding as many
// under a new pilot proves that none is missing.
#include "engine/image_rows.h"
#include "engine/patch_check.h"

namespace kubewire {
namespace {

uint32_t place_of(const kw_tables& tables, uint64_t hash) {
  return kw_perfect_place(&tables, hash, tables.pilots[kw_perfect_bucket(&tables, hash)].index);
}

/// The row must be free, or repeat its frontend and be found by its key.
kw_image_error check_row(const kw_tables& tables, uint32_t row) {
  const kw_image_error error = check_perfect_row(tables, row);
  if (error != KW_IMAGE_ERROR_OK || tables.perfect[row].frontend == KW_NONE) return error;
  const bool found = place_of(tables, perfect_hash_of(tables, tables.perfect[row])) == row;
  return found ? KW_IMAGE_ERROR_OK : KW_IMAGE_ERROR_BAD_INDEX;
}

/// The Service of this frontend was written: its row must have been, too, unless both still say the same.
kw_image_error check_follower(const kw_tables& tables, uint32_t frontend) {
  const kw_frontend_row& key = tables.frontends[frontend];
  const kw_perfect_row* row = kw_match_perfect(&tables, key.address, key.port_be, key.protocol);
  if (row == nullptr || row->frontend != frontend) return KW_IMAGE_ERROR_BAD_INDEX;
  return check_perfect_row(tables, static_cast<uint32_t>(row - tables.perfect));
}

void count_keys(const PatchView& view, LedgerChange* change) {
  const kw_tables& tables = view.tables;
  const PatchedSection& rows = view.patch[KW_SECTION_PERFECT];
  const auto count = [&](const kw_perfect_row& row, int32_t by) {
    if (row.frontend == KW_NONE) return;
    change->perfect_rows += by;
    change->key(kw_perfect_bucket(&tables, perfect_hash_of(tables, row)), by);
  };
  view.saved.each<kw_perfect_row>(KW_SECTION_PERFECT, rows,
                                  [&](uint32_t, const kw_perfect_row& old) { count(old, -1); });
  rows.written.all([&](uint32_t row) {
    count(tables.perfect[row], 1);
    return true;
  });
  change->settle();
}

/// Counts the keys of a bucket that its pilot, which names rows, leads to their rows.
uint32_t keys_led(const kw_tables& tables, uint32_t bucket) {
  const uint32_t pilot = tables.pilots[bucket].index;
  const bool direct = pilot & KW_PILOT_DIRECT;
  const uint32_t first = direct ? bucket : kw_pilot_group_first(pilot);
  const uint32_t count = direct ? 1 : 1u << kw_pilot_group_bits(pilot);
  uint32_t keys = 0;
  for (uint32_t i = 0; i < count; i++) {
    const kw_perfect_row& row = tables.perfect[tables.pilots[first + i].index & ~KW_PILOT_DIRECT];
    if (row.frontend == KW_NONE) continue;
    const uint64_t hash = perfect_hash_of(tables, row);
    keys += kw_perfect_bucket(&tables, hash) == bucket && (direct || kw_perfect_in_group(hash, pilot) == i);
  }
  return keys;
}

kw_image_error check_every_row(const kw_tables& tables) {
  for (uint32_t row = 0; row < tables.perfect_count; row++) {
    if (tables.perfect[row].frontend == KW_NONE) continue;
    if (place_of(tables, perfect_hash_of(tables, tables.perfect[row])) != row) return KW_IMAGE_ERROR_BAD_INDEX;
  }
  return KW_IMAGE_ERROR_OK;
}

/// The new pilots must not lose a key. If a pilot spreads its keys by hash, all rows are searched for them.
kw_image_error check_buckets(const PatchView& view, const LedgerChange& change) {
  const kw_tables& tables = view.tables;
  bool spreads = false;
  const bool led = view.patch[KW_SECTION_PILOT].written.all([&](uint32_t row) {
    if (row >= tables.bucket_count) return true;
    if (!(tables.pilots[row].index & (KW_PILOT_DIRECT | KW_PILOT_GROUP))) {
      spreads = true;
      return true;
    }
    return keys_led(tables, row) == view.ledger.bucket_keys[row] + static_cast<uint32_t>(change.keys_of(row));
  });
  if (!led) return KW_IMAGE_ERROR_BAD_INDEX;
  return spreads ? check_every_row(tables) : KW_IMAGE_ERROR_OK;
}

kw_image_error check_rows_of(const PatchView& view) {
  const kw_tables& tables = view.tables;
  kw_image_error error = KW_IMAGE_ERROR_OK;
  view.patch[KW_SECTION_PERFECT].written.all([&](uint32_t row) {
    error = check_row(tables, row);
    return error == KW_IMAGE_ERROR_OK;
  });
  for (const uint32_t row : view.dependents.perfect_rows) {
    if (error == KW_IMAGE_ERROR_OK) error = check_row(tables, row);
  }
  for (const uint32_t row : view.followers) {
    if (error == KW_IMAGE_ERROR_OK) error = check_follower(tables, row);
  }
  return error;
}

}  // namespace

kw_image_error check_patched_perfect(const PatchView& view, LedgerChange* change) {
  const kw_tables& tables = view.tables;
  if (!kw_strategy_in(&tables, KW_STRATEGIES_PERFECT_HASH)) {
    return tables.perfect_count == 0 && tables.pilot_count == 0 ? KW_IMAGE_ERROR_OK : KW_IMAGE_ERROR_BAD_COUNT;
  }
  if (tables.perfect_count != 0 && (tables.bucket_count == 0 || tables.spread == 0)) return KW_IMAGE_ERROR_BAD_COUNT;
  kw_image_error error = KW_IMAGE_ERROR_OK;
  view.patch[KW_SECTION_PILOT].written.all([&](uint32_t row) {
    error = check_pilot(tables, row);
    return error == KW_IMAGE_ERROR_OK;
  });
  if (error == KW_IMAGE_ERROR_OK) error = check_rows_of(view);
  if (error != KW_IMAGE_ERROR_OK) return error;
  count_keys(view, change);
  const uint32_t rows = view.ledger.perfect_rows + static_cast<uint32_t>(change->perfect_rows);
  return rows == tables.frontend_count ? check_buckets(view, *change) : KW_IMAGE_ERROR_BAD_COUNT;
}

}  // namespace kubewire
