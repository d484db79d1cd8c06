// slots.h - Slots: one of the hashes over FRONTEND (by key or by address), as the checks see it.
#ifndef KUBEWIRE_ENGINE_SLOTS_H
#define KUBEWIRE_ENGINE_SLOTS_H

#include "core/tables.h"

namespace kubewire {

/// Probes like the lookups of core/, but returns the slot at which it ends. A slot may name a removed row, as long as
/// the memory of the row still exists.
class Slots {
 public:
  static Slots of_frontends(const kw_tables& tables) {
    return {tables, tables.frontend_slots, tables.frontend_slot_mask, kFrontendKey};
  }
  static Slots of_addresses(const kw_tables& tables) {
    return {tables, tables.cluster_ip_slots, tables.cluster_ip_slot_mask, kAddressKey};
  }

  uint64_t size() const { return uint64_t{mask_} + 1; }
  uint32_t mask() const { return mask_; }
  /// The row in a slot, or KW_NONE.
  uint32_t at(uint32_t slot) const { return slots_[slot].index; }

  uint32_t used() const {
    uint32_t count = 0;
    for (uint64_t i = 0; i < size(); i++) count += slots_[i].index != KW_NONE;
    return count;
  }

  /// The slot at which a lookup of the row's key finds this row; KW_NONE if it does not.
  uint32_t find(uint32_t row) const {
    uint8_t key[kFrontendKey], other[kFrontendKey];
    key_of(row, key);
    uint32_t slot = kw_hash_key(key, length_, seed_) & mask_;
    for (uint64_t probes = 0; probes < size(); probes++) {
      const uint32_t there = at(slot);
      if (there == row) return slot;
      if (there == KW_NONE) return KW_NONE;
      key_of(there, other);
      if (__builtin_memcmp(key, other, length_) == 0) return KW_NONE;
      slot = (slot + 1) & mask_;
    }
    return KW_NONE;
  }

 private:
  /// Key lengths: the address; the address with port, protocol and a zero.
  static constexpr uint32_t kAddressKey = 16, kFrontendKey = 20;

  Slots(const kw_tables& tables, const kw_index_row* slots, uint32_t mask, uint32_t length)
      : frontends_(tables.frontends), slots_(slots), mask_(mask), length_(length), seed_(tables.hash_seed) {}

  void key_of(uint32_t row, uint8_t* key) const {
    kw_address_copy(key, frontends_[row].address);
    kw_store16(key + 16, frontends_[row].port_be);
    key[18] = frontends_[row].protocol;
    key[19] = 0;
  }

  const kw_frontend_row* frontends_;
  const kw_index_row* slots_;
  uint32_t mask_, length_, seed_;
};

}  // namespace kubewire

#endif
