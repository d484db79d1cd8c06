// ledger.h - Ledger: what a node knows of its image beside the tables, so that a patch need not go through all of them.
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
  /// By how much the keys of a bucket become more.
  int32_t keys_of(uint32_t bucket) const;

  int32_t frontend_slots = 0, address_slots = 0, perfect_rows = 0;
  /// Bucket and by how much its keys become more.
  std::vector<std::pair<uint32_t, int32_t>> keys;
};

struct Ledger {
  /// Counts what is in an image that was accepted.
  void take(const uint8_t* image, const kw_tables& tables);
  void add(const LedgerChange& change);

  uint8_t* row(uint8_t* image, uint32_t kind, uint32_t row) const {
    return image + sections[kind].offset + static_cast<size_t>(row) * sections[kind].stride;
  }

  /// The directory as it was when the image was loaded: its offsets and strides stay, its counts do not.
  Sections sections;
  /// Rows that a section may have at most.
  uint32_t room[KW_SECTION_COUNT + 1] = {};
  /// Slots that are not free, and rows of PERFECT that are not.
  uint32_t frontend_slots = 0, address_slots = 0, perfect_rows = 0;
  /// By bucket of PILOT: how many keys it has.
  std::vector<uint32_t> bucket_keys;
};

/// Hash of the key that a row of PERFECT has.
inline uint64_t perfect_hash_of(const kw_tables& tables, const kw_perfect_row& row) {
  return kw_perfect_hash(row.address, row.port_be, row.protocol, tables.hash_seed);
}

}  // namespace kubewire

#endif
