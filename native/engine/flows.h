// flows.h - FlowTable: storage of tracked connections. Records in one array, found through an open-addressing index by
// either tuple.
//
// An index slot is eight bytes: hash (upper half) and record number with direction, plus one (lower half; zero =
// empty). Four slots per record keep the load at one half; removal shifts back, so probes stay short without
// tombstones. Memory is allocated once, zeroed by the system, and becomes resident only where flows are stored: page by
// page while they are few, and in huge pages from kMany on.
#ifndef KUBEWIRE_ENGINE_FLOWS_H
#define KUBEWIRE_ENGINE_FLOWS_H

#include <cstddef>
#include <cstdint>

#include "core/ipvs/connection.h"
#include "engine/lender.h"
#include "engine/pages.h"
#include "engine/state_bytes.h"

namespace kubewire {

class FlowTable {
 public:
  /// `capacity` is a power of two. `seed` seeds the hash of the index. A free record has expiry 0.
  FlowTable(uint32_t capacity, uint32_t seed);
  FlowTable(const FlowTable&) = delete;
  FlowTable& operator=(const FlowTable&) = delete;

  /// With this many flows they no longer stay in the caches by themselves.
  static constexpr uint32_t kMany = kHugePage / sizeof(kw_flow);

  /// The live flow with this tuple. Forgets an expired one that has it. `its_hash` is for create().
  kw_flow* find(const kw_tuple& tuple, uint64_t now, uint32_t* direction, uint32_t* its_hash) { /* [TRACK-7] */
    const uint32_t hash = *its_hash = hash_of(tuple);
    for (uint32_t at = hash & mask_;; at = (at + 1) & mask_) {
      const uint64_t slot = index_[at];
      if (slot == 0) return nullptr;
      if (static_cast<uint32_t>(slot >> 32) != hash) continue;
      const uint32_t reference = static_cast<uint32_t>(slot) - 1;
      kw_flow* flow = &records_[reference >> 1];
      __builtin_prefetch(reinterpret_cast<const uint8_t*>(flow) + 64);
      __builtin_prefetch(&flow->track);
      if (!kw_tuple_equal(reference & 1u ? &flow->reply : &flow->original, &tuple)) continue;
      if (KW_UNLIKELY(flow->flags & KW_FLOW_LENT)) lender_->call_in(flow);
      if (now >= flow->expiry) {
        forget(flow);
        return nullptr;
      }
      *direction = reference & 1u;
      return flow;
    }
  }

  /// Sets where the end of a counted connection is reported; `books` must outlive the table.
  void count_in(const kw_ipvs_books* books) { books_ = books; }

  /// Sets who may have flows; it must outlive them.
  void lend_by(Lender* lender) { lender_ = lender; }
  /// Brings a record up to date with what its lender has.
  void catch_up(kw_flow* flow, const kw_flow& state);

  /// Prefetches the index slot of a tuple; returns its hash for glance_again.
  uint32_t glance(const kw_tuple& tuple) const {
    const uint32_t hash = hash_of(tuple);
    __builtin_prefetch(&index_[hash & mask_]);
    return hash;
  }

  static constexpr uint32_t kNowhere = KW_NONE;

  /// Prefetches the record that the slot refers to, if it may be the tuple's. Returns its place for at(), or kNowhere.
  uint32_t glance_again(uint32_t hash) const {
    const uint64_t slot = index_[hash & mask_];
    if (static_cast<uint32_t>(slot >> 32) != hash || slot == 0) return kNowhere;
    const uint32_t reference = static_cast<uint32_t>(slot) - 1;
    const uint8_t* record = reinterpret_cast<const uint8_t*>(&records_[reference >> 1]);
    __builtin_prefetch(record);
    __builtin_prefetch(record + 64);
    __builtin_prefetch(record + offsetof(kw_flow, track));
    return reference;
  }

  /// What find() returns, if that is at the place that a glance saw; else null, which says nothing.
  kw_flow* at(uint32_t place, const kw_tuple& tuple, uint64_t now, uint32_t* direction) const {
    kw_flow* flow = &records_[place >> 1];
    if (!kw_tuple_equal(place & 1u ? &flow->reply : &flow->original, &tuple) || now >= flow->expiry) return nullptr;
    if (KW_UNLIKELY(flow->flags & KW_FLOW_LENT)) return nullptr;
    *direction = place & 1u;
    return flow;
  }

  /// A tuple and its hash, as find() returned it.
  struct Key {
    const kw_tuple& tuple;
    uint32_t hash;
  };
  /// Adds a zeroed flow under both tuples. Null if the table is full of flows that may not go.
  kw_flow* create(const Key& original, const Key& reply);
  void forget(kw_flow* flow);
  /// Takes the flow off the list of flows that may be dropped to make room, or appends it.
  void let_go(kw_flow* flow, bool may_go);
  /// Number of flows dropped so far to make room.
  uint64_t dropped() const { return dropped_; }

  /// Writes all flows, with their places.
  void save(StateWriter* to) const;
  /// Takes them over into an empty table of the same capacity. `pool_used` and `template_count` are how many rows counted
  /// flows may name. False if something is wrong; then the table may only be destroyed.
  bool restore(StateReader* from, uint32_t pool_used, uint32_t template_count);

  /// Forgets expired flows among the next `places` records, and wraps around at the end.
  void sweep(uint64_t now, uint32_t places);

  uint32_t capacity() const { return capacity_; }
  /// Flows in the table, including expired ones that have not been noticed yet.
  uint32_t count() const { return count_; }

  /// False if the allocation failed; then nothing else may be called.
  bool ready() const { return record_pages_.data() != nullptr && index_pages_.data() != nullptr; }

  /// Calls visit(kw_flow&) for every flow, expired or not.
  template <typename Visitor>
  void each_record(Visitor visit) const {
    for (uint32_t i = 0; i < used_; i++) {
      if (records_[i].expiry != 0) visit(records_[i]);
    }
  }

  /// Calls visit(kw_flow&) for every live flow; the visitor may forget the flow that it is given.
  template <typename Visitor>
  void each(uint64_t now, Visitor visit) const {
    for (uint32_t i = 0; i < used_; i++) {
      if (now < records_[i].expiry) visit(records_[i]);
    }
  }

 private:
  uint32_t hash_of(const kw_tuple& tuple) const {
    const uint8_t* words = reinterpret_cast<const uint8_t*>(&tuple);
    const uint64_t a = mix(kw_load64(words) ^ seeds_[0], kw_load64(words + 8) ^ seeds_[1]);
    const uint64_t b = mix(kw_load64(words + 16) ^ seeds_[2], kw_load64(words + 24) ^ seeds_[3]);
    const uint64_t c = mix(a ^ b ^ seeds_[4], kw_load64(words + 32) ^ seeds_[5]);
    return static_cast<uint32_t>(c ^ (c >> 32));
  }

  static uint64_t mix(uint64_t x, uint64_t y) {
    const __uint128_t product = static_cast<__uint128_t>(x) * y;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }

  void enter(uint32_t hash, uint32_t reference);
  void leave(uint32_t hash, uint32_t reference);
  void link(kw_flow* flow);
  void unlink(kw_flow* flow);
  bool chain_is_whole(uint32_t may_go) const;
  bool free_the_rest(StateReader* from, uint32_t free_count);

  uint32_t capacity_;
  uint32_t mask_;
  uint32_t count_ = 0;
  uint32_t used_ = 0;  // records handed out so far
  uint32_t free_;      // first free record, linked through `newer`
  uint64_t dropped_ = 0;
  uint32_t oldest_;  // flows that may go, ordered by when that began
  uint32_t newest_;
  uint32_t swept_ = 0;  // where the next sweep starts
  const kw_ipvs_books* books_ = nullptr;
  Lender* lender_ = nullptr;
  uint64_t seeds_[6];
  Pages record_pages_;
  Pages index_pages_;
  kw_flow* const records_;
  uint64_t* const index_;
};

}  // namespace kubewire

#endif
