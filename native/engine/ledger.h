// ledger.h - Ledger: counts kept beside the tables, so that a patch need not scan all rows.
#ifndef KUBEWIRE_ENGINE_LEDGER_H
#define KUBEWIRE_ENGINE_LEDGER_H

#include <cstdint>
#include <utility>
#include <vector>

#include "core/match.h"
#include "engine/sections.h"

namespace kubewire {

/// How a patch changes the ledger.
struct LedgerChange {
  void key(uint32_t bucket, int32_t by) { keys.emplace_back(bucket, by); }
  /// Puts `keys` in order, each bucket once.
  void settle();
  /// By how much the number of keys in a bucket grows.
  int32_t keys_of(uint32_t bucket) const;

  int32_t frontend_slots = 0, address_slots = 0, perfect_rows = 0;
  /// A bucket and by how much its number of keys grows.
  std::vector<std::pair<uint32_t, int32_t>> keys;
};

struct Ledger {
  /// Counts an accepted image.
  void take(const uint8_t* image, const kw_tables& tables);
  void add(const LedgerChange& change);

  uint8_t* row(uint8_t* image, uint32_t kind, uint32_t row) const {
    return image + sections[kind].offset + static_cast<size_t>(row) * sections[kind].stride;
  }

  /// The directory from when the image was loaded: offsets and strides stay valid, row counts do not.
  Sections sections;
  /// The most rows that each section can hold.
  uint32_t room[KW_SECTION_COUNT + 1] = {};
  /// Slots in use, and PERFECT rows in use.
  uint32_t frontend_slots = 0, address_slots = 0, perfect_rows = 0;
  /// Number of keys, by bucket of PILOT.
  std::vector<uint32_t> bucket_keys;
};

/// Hash of the key in a PERFECT row.
inline uint64_t perfect_hash_of(const kw_tables& tables, const kw_perfect_row& row) {
  return kw_perfect_hash(row.address, row.port_be, row.protocol, tables.hash_seed);
}

}  // namespace kubewire

#endif
