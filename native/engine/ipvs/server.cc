// server.cc - grows the pool and a virtual server's tables.
#include "engine/ipvs/server.h"

namespace kubewire {
namespace {

constexpr uint32_t kPoolFirst = 64;
/// Most members of lblcr's sets that may have left the list: each keeps a destination from being freed.
constexpr size_t kRememberedMaximum = 1024;

}  // namespace

DestinationPool::DestinationPool() { core_.free = KW_NONE; }

uint32_t DestinationPool::take() {
  uint32_t row = core_.free;
  if (row != KW_NONE) {
    core_.free = rows_[row].next;
  } else {
    if (core_.used == core_.capacity) {
      rows_.resize(core_.capacity == 0 ? kPoolFirst : static_cast<size_t>(core_.capacity) * 2);
      core_.rows = rows_.data();
      core_.capacity = static_cast<uint32_t>(rows_.size());
    }
    row = core_.used++;
  }
  rows_[row] = {};
  return row;
}

VirtualServer::VirtualServer(DestinationPool& pool, ServerKind kind, uint32_t addresses)
    : pool_(pool), addresses_(addresses) {
  core_.pool = pool.core();
  core_.first = KW_NONE;
  core_.cache = &cache_;
  core_.scheduler = kind.scheduler;
  core_.flags = kind.flags;
  begin();
}

VirtualServer::~VirtualServer() {
  kw_ipvs_cache_clear(&core_);
  while (core_.first != KW_NONE) kw_ipvs_remove(&core_, core_.first);
}

void VirtualServer::begin() {
  const bool remembers = kw_ipvs_has_cache(core_.scheduler);
  buckets_.assign(kw_ipvs_bucket_count(core_.scheduler), KW_NONE);
  entries_.assign(remembers ? addresses_ : 0, {});
  elements_.clear();
  cache_ = {};
  cache_.element_free = KW_NONE;
  point();
  kw_ipvs_begin(&core_);
}

void VirtualServer::point() {
  core_.buckets = buckets_.data();
  cache_.entries = entries_.data();
  cache_.entry_capacity = static_cast<uint32_t>(entries_.size());
  cache_.elements = elements_.data();
  cache_.element_capacity = static_cast<uint32_t>(elements_.size());
}

void VirtualServer::change(ServerKind kind) {
  kw_ipvs_cache_clear(&core_);
  core_.scheduler = kind.scheduler;
  core_.flags = kind.flags;
  begin();
}

uint32_t VirtualServer::add(const uint8_t* address, uint16_t port, int32_t weight, uint32_t id) {
  if (core_.scheduler == KW_SCHEDULER_MH && core_.count == KW_IPVS_MH_SLOTS) return KW_NONE;
  const uint32_t row = pool_.take();
  kw_ipvs_destination& added = pool_[row];
  kw_address_copy(added.address, address);
  added.port = port;
  added.weight = added.last_weight = weight;
  added.id = id;
  kw_ipvs_add(&core_, row);
  return row;
}

void VirtualServer::settle() {
  if (core_.scheduler == KW_SCHEDULER_LBLCR) {
    const size_t most = static_cast<size_t>(core_.count) * addresses_ + kRememberedMaximum;
    const size_t room = static_cast<size_t>(cache_.element_used) + core_.count;
    const size_t size = room < most ? room : most;
    if (size > elements_.size()) elements_.resize(size);
    point();
  }
  kw_ipvs_settle(&core_);
}

}  // namespace kubewire
