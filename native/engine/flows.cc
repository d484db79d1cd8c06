// flows.cc - FlowTable: creation, removal, the list of flows that may go, the sweep, and the table as bytes.
#include "engine/flows.h"

#include <cstring>

namespace kubewire {
namespace {

constexpr uint32_t kSlotsPerRecord = 4;
constexpr size_t kCacheLine = 64;
constexpr size_t kSlotBytes = sizeof(uint64_t);
constexpr uint32_t kNobody = KW_NONE;
/// The sweep prefetches for the record that is so many places ahead.
constexpr uint32_t kSweepAhead = 8;
/// The index of this many flows is one huge page.
constexpr uint32_t kIndexOfOnePage = kHugePage / (kSlotsPerRecord * kSlotBytes);

/// Line by line: for all of them at once compilers emit a string instruction, which takes longer to start than to run.
void clear(kw_flow* flow) {
  uint8_t* const bytes = static_cast<uint8_t*>(__builtin_assume_aligned(flow, kCacheLine));
  for (size_t at = 0; at < sizeof *flow; at += kCacheLine) {
    std::memset(bytes + at, 0, kCacheLine);
    __asm__("" ::: "memory");
  }
}

uint64_t slot_of(uint32_t hash, uint32_t reference) { return (static_cast<uint64_t>(hash) << 32) | (reference + 1); }

}  // namespace

FlowTable::FlowTable(uint32_t capacity, uint32_t seed)
    : capacity_(capacity), mask_(capacity * kSlotsPerRecord - 1), free_(kNobody), oldest_(kNobody), newest_(kNobody),
      record_pages_(size_t{capacity} * sizeof(kw_flow)), index_pages_(size_t{capacity} * kSlotsPerRecord * kSlotBytes),
      records_(reinterpret_cast<kw_flow*>(record_pages_.data())),
      index_(reinterpret_cast<uint64_t*>(index_pages_.data())) {
  uint64_t state = seed;
  for (uint64_t& word : seeds_) {
    state += 0x9e3779b97f4a7c15ull;  // splitmix64
    word = mix(state ^ (state >> 30), 0xbf58476d1ce4e5b9ull) | 1u;
  }
  record_pages_.grow_huge(kHugePage);
  // Who asks for so many has use for them. A smaller index waits for flows: many nodes of a lab have few.
  if (capacity > kIndexOfOnePage) index_pages_.grow_huge(0);
}

void FlowTable::enter(uint32_t hash, uint32_t reference) {
  uint32_t at = hash & mask_;
  while (index_[at] != 0) at = (at + 1) & mask_;
  index_[at] = slot_of(hash, reference);
}

void FlowTable::leave(uint32_t hash, uint32_t reference) {
  const uint64_t slot = slot_of(hash, reference);
  uint32_t hole = hash & mask_;
  while (index_[hole] != slot) {
    if (index_[hole] == 0) return;
    hole = (hole + 1) & mask_;
  }
  // Shift back every entry that a probe would no longer find after the hole.
  for (uint32_t at = (hole + 1) & mask_; index_[at] != 0; at = (at + 1) & mask_) {
    const uint32_t home = static_cast<uint32_t>(index_[at] >> 32) & mask_;
    if (((at - home) & mask_) >= ((at - hole) & mask_)) {
      index_[hole] = index_[at];
      hole = at;
    }
  }
  index_[hole] = 0;
}

void FlowTable::unlink(kw_flow* flow) {
  if (flow->older != kNobody) {
    records_[flow->older].newer = flow->newer;
  } else {
    oldest_ = flow->newer;
  }
  if (flow->newer != kNobody) {
    records_[flow->newer].older = flow->older;
  } else {
    newest_ = flow->older;
  }
}

void FlowTable::link(kw_flow* flow) {
  flow->older = newest_;
  flow->newer = kNobody;
  if (newest_ != kNobody) {
    records_[newest_].newer = flow->index;
  } else {
    oldest_ = flow->index;
  }
  newest_ = flow->index;
}

kw_flow* FlowTable::create(const Key& original, const Key& reply) {
  if (count_ == capacity_) {  // [TRACK-8]
    if (oldest_ == kNobody) return nullptr;
    forget(&records_[oldest_]);
    dropped_++;
  }
  uint32_t index = free_;
  if (index != kNobody) {
    free_ = records_[index].newer;
  } else {
    index = used_++;
    if (used_ == kMany && capacity_ <= kIndexOfOnePage) index_pages_.collapse(kHugePage);
  }
  count_++;
  kw_flow* flow = &records_[index];
  clear(flow);
  flow->original = original.tuple;
  flow->reply = reply.tuple;
  flow->index = index;
  flow->hash_original = original.hash;
  flow->hash_reply = reply.hash;
  link(flow);
  enter(flow->hash_original, index << 1);
  // A tuple that is its own reverse is entered once, as ORIGINAL.
  if (!kw_tuple_equal(&original.tuple, &reply.tuple)) enter(flow->hash_reply, (index << 1) | 1u);
  return flow;
}

void FlowTable::let_go(kw_flow* flow, bool may_go) {
  if (may_go) {
    link(flow);
  } else {
    unlink(flow);
  }
}

void FlowTable::catch_up(kw_flow* flow, const kw_flow& state) {
  const bool could_go = kw_flow_may_go(flow);
  flow->expiry = state.expiry;
  flow->packets = state.packets;
  flow->bytes = state.bytes;
  flow->flags = static_cast<uint16_t>(state.flags | KW_FLOW_LENT);
  flow->tcp_state = state.tcp_state;
  flow->track = state.track;
  if (could_go != static_cast<bool>(kw_flow_may_go(flow))) let_go(flow, !could_go);
}

void FlowTable::forget(kw_flow* flow) {
  if (flow->flags & KW_FLOW_LENT) lender_->end(flow);
  leave(flow->hash_original, flow->index << 1);
  if (!kw_tuple_equal(&flow->original, &flow->reply)) leave(flow->hash_reply, (flow->index << 1) | 1u);
  if (kw_flow_may_go(flow)) unlink(flow);
  if (flow->counted != KW_IPVS_UNCOUNTED) kw_ipvs_flow_ends(books_, flow);
  flow->expiry = 0;
  flow->newer = free_;
  free_ = flow->index;
  count_--;
}

void FlowTable::sweep(uint64_t now, uint32_t places) {
  if (places > used_) places = used_;
  for (uint32_t i = 0; i < places; i++) {
    if (swept_ >= used_) swept_ = 0;
    if (swept_ + kSweepAhead < used_) {
      // Its slots will be needed if it is forgotten, and they are anywhere.
      const kw_flow& later = records_[swept_ + kSweepAhead];
      if (later.expiry != 0 && now >= later.expiry) {
        __builtin_prefetch(&index_[later.hash_original & mask_]);
        __builtin_prefetch(&index_[later.hash_reply & mask_]);
      }
    }
    kw_flow* flow = &records_[swept_++];
    if (flow->expiry != 0 && now >= flow->expiry && (flow->flags & KW_FLOW_LENT)) lender_->call_in(flow);
    if (flow->expiry != 0 && now >= flow->expiry) forget(flow);
  }
}

namespace {

/// Could the packet path have left such a flow? It may index with everything that is checked here.
bool is_sound(const kw_flow& flow, uint32_t pool_used, uint32_t template_count) {
  if (flow.flags & KW_FLOW_LENT) return false;
  if (flow.expiry == 0 || flow.tcp_state > KW_TCP_STATE_SYN_SENT2 || flow.counted > KW_IPVS_ACTIVE) return false;
  if (flow.original.protocol == KW_PROTOCOL_SCTP &&
      (flow.track.sctp.state > KW_SCTP_STATE_HEARTBEAT_SENT || flow.track.sctp.last_direction > 1)) {
    return false;
  }
  if (flow.original.protocol == KW_PROTOCOL_TCP && flow.track.tcp.last_direction > 1) return false;
  if (flow.counted == KW_IPVS_UNCOUNTED) return true;
  return flow.destination < pool_used && (flow.place == KW_NONE || flow.place < template_count);
}

}  // namespace

void FlowTable::save(StateWriter* to) const {
  for (const uint32_t word : {capacity_, used_, swept_, oldest_, newest_, count_}) to->put(word);
  to->put(dropped_);
  each_record([&](const kw_flow& flow) { to->put(flow); });
  for (uint32_t at = free_; at != kNobody; at = records_[at].newer) to->put(at);
}

bool FlowTable::restore(StateReader* from, uint32_t pool_used, uint32_t template_count) {
  uint32_t capacity, count;
  if (used_ != 0) return false;
  for (uint32_t* word : {&capacity, &used_, &swept_, &oldest_, &newest_, &count}) {
    if (!from->take(word)) return false;
  }
  if (!from->take(&dropped_) || capacity != capacity_ || used_ > capacity || count > used_ || swept_ > used_)
    return false;
  uint32_t may_go = 0;
  for (; count_ < count; count_++) {
    kw_flow flow;
    if (!from->take(&flow) || flow.index >= used_ || records_[flow.index].expiry != 0) return false;
    if (!is_sound(flow, pool_used, template_count)) return false;
    // Rows of ROUTE that it took are found again.
    flow.routes_age = 0;
    flow.hash_original = hash_of(flow.original);
    flow.hash_reply = hash_of(flow.reply);
    records_[flow.index] = flow;
    enter(flow.hash_original, flow.index << 1);
    if (!kw_tuple_equal(&flow.original, &flow.reply)) enter(flow.hash_reply, (flow.index << 1) | 1u);
    if (kw_flow_may_go(&flow)) may_go++;
  }
  return chain_is_whole(may_go) && free_the_rest(from, used_ - count_);
}

/// Do the links lead from the oldest flow that may go to the newest, through all of them?
bool FlowTable::chain_is_whole(uint32_t may_go) const {
  uint32_t before = kNobody, at = oldest_;
  for (uint32_t i = 0; i < may_go; i++) {
    if (at >= used_ || records_[at].expiry == 0 || !kw_flow_may_go(&records_[at]) || records_[at].older != before) {
      return false;
    }
    before = at;
    at = records_[at].newer;
  }
  return at == kNobody && newest_ == before;
}

bool FlowTable::free_the_rest(StateReader* from, uint32_t free_count) {
  uint32_t* link = &free_;
  for (uint32_t i = 0; i < free_count; i++) {
    uint32_t at;
    // A record that is free twice has an index already.
    if (!from->take(&at) || at >= used_ || records_[at].expiry != 0 || records_[at].index == kNobody) return false;
    records_[at].index = kNobody;
    *link = at;
    link = &records_[at].newer;
  }
  *link = kNobody;
  return true;
}

}  // namespace kubewire
