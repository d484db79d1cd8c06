// ledger.cc - counts an image once, then keeps the counts up to date.
#include "engine/ledger.h"

#include <algorithm>
#include <cstring>

#include "engine/slots.h"

namespace kubewire {
namespace {

Sections directory_of(const uint8_t* image) {
  Sections sections;
  for (uint32_t i = 0; i < KW_SECTION_COUNT; i++) {
    kw_section_entry entry;
    std::memcpy(&entry, image + sizeof(kw_image_header) + i * sizeof entry, sizeof entry);
    sections.entries[entry.kind] = entry;
  }
  return sections;
}

}  // namespace

void LedgerChange::settle() {
  std::sort(keys.begin(), keys.end());
  size_t kept = 0;
  for (const auto& [bucket, by] : keys) {
    if (kept != 0 && keys[kept - 1].first == bucket) {
      keys[kept - 1].second += by;
    } else {
      keys[kept++] = {bucket, by};
    }
  }
  keys.resize(kept);
}

int32_t LedgerChange::keys_of(uint32_t bucket) const {
  const auto at = std::lower_bound(keys.begin(), keys.end(), std::pair<uint32_t, int32_t>{bucket, INT32_MIN});
  return at != keys.end() && at->first == bucket ? at->second : 0;
}

void Ledger::take(const uint8_t* image, const kw_tables& tables) {
  kw_image_header header;
  std::memcpy(&header, image, sizeof header);
  sections = directory_of(image);
  for (uint32_t kind = 1; kind <= KW_SECTION_COUNT; kind++) room[kind] = sections.room(kind, header.total_bytes);
  frontend_slots = Slots::of_frontends(tables).used();
  address_slots = Slots::of_addresses(tables).used();
  perfect_rows = 0;
  bucket_keys.assign(tables.bucket_count, 0);
  for (uint32_t i = 0; i < tables.perfect_count; i++) {
    if (tables.perfect[i].frontend == KW_NONE) continue;
    perfect_rows++;
    bucket_keys[kw_perfect_bucket(&tables, perfect_hash_of(tables, tables.perfect[i]))]++;
  }
}

void Ledger::add(const LedgerChange& change) {
  frontend_slots += static_cast<uint32_t>(change.frontend_slots);
  address_slots += static_cast<uint32_t>(change.address_slots);
  perfect_rows += static_cast<uint32_t>(change.perfect_rows);
  for (const auto& [bucket, by] : change.keys) bucket_keys[bucket] += static_cast<uint32_t>(by);
}

}  // namespace kubewire
