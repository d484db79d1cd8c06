// state.cc - virtual servers as bytes, and back: links, counts and buckets are made anew from what they follow from.
#include <algorithm>

#include "engine/ipvs/servers.h"

namespace kubewire {
namespace {

/// What of a destination does not follow from who names it.
struct KeptDestination {
  uint8_t address[16];
  uint16_t port;
  uint16_t overload;
  uint32_t id;
  int32_t weight;
  int32_t last_weight;
};

/// Elements of a cache at most: more are in no recording.
constexpr uint32_t kElementsMaximum = 1u << 20;

}  // namespace

void DestinationPool::save(StateWriter* to) const {
  to->put(core_.used);
  for (uint32_t i = 0; i < core_.used; i++) {
    const kw_ipvs_destination& row = rows_[i];
    KeptDestination kept{{},     row.port,   static_cast<uint16_t>(row.flags & KW_IPVS_OVERLOAD),
                         row.id, row.weight, row.last_weight};
    kw_address_copy(kept.address, row.address);
    to->put(kept);
  }
}

bool DestinationPool::restore(StateReader* from) {
  uint32_t used;
  if (!from->take(&used)) return false;
  for (uint32_t i = 0; i < used; i++) {
    KeptDestination kept;
    if (!from->take(&kept) || kept.weight < 0 || kept.weight > KW_IPVS_WEIGHT || kept.last_weight < 0 ||
        kept.last_weight > KW_IPVS_WEIGHT) {
      return false;
    }
    kw_ipvs_destination& row = rows_[take()];
    kw_address_copy(row.address, kept.address);
    row.port = kept.port;
    row.flags = kept.overload & KW_IPVS_OVERLOAD;
    row.id = kept.id;
    row.weight = kept.weight;
    row.last_weight = kept.last_weight;
  }
  return true;
}

void DestinationPool::reset() {
  core_.used = 0;
  core_.free = KW_NONE;
}

void DestinationPool::free_unnamed() {
  for (uint32_t i = 0; i < core_.used; i++) kw_ipvs_let_go(&core_, i);
}

void VirtualServer::empty() {
  kw_ipvs_cache_clear(&core_);
  while (core_.first != KW_NONE) kw_ipvs_remove(&core_, core_.first);
  begin();
}

void VirtualServer::save(StateWriter* to) const {
  const kw_ipvs_pool& pool = *core_.pool;
  for (const uint32_t word : {core_.scheduler, core_.flags, core_.count, core_.current}) to->put(word);
  to->put(core_.level);
  for (uint32_t at = core_.first; at != KW_NONE; at = pool.rows[at].next) to->put(at);
  for (const uint32_t word : {cache_.element_capacity, cache_.element_used, cache_.entry_count}) to->put(word);
  for (uint32_t i = 0; i < cache_.entry_count; i++) {
    const kw_ipvs_entry& entry = entries_[i];
    to->put(entry.address, sizeof entry.address);
    to->put(entry.grown_ns);
    to->put(entry.destination);
    to->put(entry.size);
    for (uint32_t at = entry.first, n = 0; n < entry.size; n++, at = elements_[at].next) {
      to->put(elements_[at].destination);
    }
  }
}

bool VirtualServer::restore(StateReader* from) {
  uint32_t scheduler, flags, count, current;
  int32_t level;
  for (uint32_t* word : {&scheduler, &flags, &count, &current}) {
    if (!from->take(word)) return false;
  }
  if (!from->take(&level) || scheduler != core_.scheduler || flags != core_.flags) return false;
  if (!restore_list(from, count) || !restore_cache(from)) return false;
  kw_ipvs_begin(&core_);
  kw_ipvs_settle(&core_);
  const kw_ipvs_pool& pool = *core_.pool;
  bool listed = current == KW_NONE;
  for (uint32_t at = core_.first; at != KW_NONE; at = pool.rows[at].next) listed = listed || at == current;
  if (!listed) return false;
  core_.current = current;
  if (core_.scheduler != KW_SCHEDULER_WRR) return true;
  core_.level = level;
  return level >= 0 && level <= core_.level_most;
}

bool VirtualServer::restore_list(StateReader* from, uint32_t count) {
  kw_ipvs_pool& pool = *core_.pool;
  uint32_t before = KW_NONE;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t at;
    if (!from->take(&at) || at >= pool.used || (pool.rows[at].flags & KW_IPVS_AVAILABLE)) return false;
    kw_ipvs_destination& row = pool.rows[at];
    row.flags |= KW_IPVS_AVAILABLE;
    row.previous = before;
    row.next = KW_NONE;
    if (before == KW_NONE) {
      core_.first = at;
    } else {
      pool.rows[before].next = at;
    }
    before = at;
    core_.count++;
  }
  return core_.scheduler != KW_SCHEDULER_MH || core_.count <= KW_IPVS_MH_SLOTS;
}

bool VirtualServer::restore_cache(StateReader* from) {
  uint32_t capacity, used, entries;
  for (uint32_t* word : {&capacity, &used, &entries}) {
    if (!from->take(word)) return false;
  }
  if (capacity > kElementsMaximum || used > capacity || entries > entries_.size()) return false;
  elements_.resize(capacity);
  point();
  const auto exists = [&](uint32_t row) { return row < core_.pool->used; };
  for (uint32_t i = 0; i < entries; i++) {
    const uint8_t* address = from->take(16);
    uint64_t grown;
    uint32_t destination, size;
    if (address == nullptr || !from->take(&grown) || !from->take(&destination) || !from->take(&size)) return false;
    if (size > used || (destination != KW_NONE && !exists(destination))) return false;
    std::vector<uint32_t> members(size);
    for (uint32_t& member : members) {
      if (!from->take(&member) || !exists(member)) return false;
    }
    kw_ipvs_entry* entry = kw_ipvs_cache_enter(&core_, address, grown);
    entry->destination = destination;
    if (destination != KW_NONE) kw_ipvs_hold(core_.pool, destination);
    for (uint32_t n = size; n > 0; n--) kw_ipvs_set_insert(&core_, entry, members[n - 1], grown);
  }
  // Elements that were used and are free again.
  for (; cache_.element_used < used; cache_.element_used++) {
    elements_[cache_.element_used].next = cache_.element_free;
    cache_.element_free = cache_.element_used;
  }
  return true;
}

void VirtualServers::save(StateWriter* to) const {
  pool_.save(to);
  to->put(static_cast<uint32_t>(!templates_.empty()));
  if (!templates_.empty()) {
    to->put_used(templates_, [](const kw_ipvs_template& one) { return !kw_address_is_unspecified(one.key.client); });
  }
  to->put(static_cast<uint32_t>(servers_.size()));
  for (const auto& [key, server] : servers_) {
    to->put(key);
    server->save(to);
  }
}

bool VirtualServers::restore(StateReader* from) {
  uint32_t remembers, count;
  std::vector<ServerKey> keys;
  for (const auto& [key, server] : servers_) {
    keys.push_back(key);
    server->empty();
  }
  pool_.reset();
  if (!pool_.restore(from) || !from->take(&remembers)) return false;
  if (remembers != 0) {
    allocate_templates();
    if (!from->take_used(&templates_)) return false;
    for (const kw_ipvs_template& one : templates_) {
      if (kw_address_is_unspecified(one.key.client)) continue;
      if (one.destination >= pool_.core()->used) return false;
      kw_ipvs_hold(pool_.core(), one.destination);
    }
  }
  if (!from->take(&count) || count != keys.size()) return false;
  for (uint32_t i = 0; i < count; i++) {
    ServerKey key;
    if (!from->take(&key)) return false;
    const auto found = servers_.find(key);
    const auto wanted = std::find(keys.begin(), keys.end(), key);
    if (found == servers_.end() || wanted == keys.end() || !found->second->restore(from)) return false;
    keys.erase(wanted);
  }
  return true;
}

void VirtualServers::restored(const FlowTable& flows) {
  flows.each_record([&](const kw_flow& flow) {
    if (flow.counted == KW_IPVS_UNCOUNTED) return;
    kw_ipvs_destination& to = pool_[flow.destination];
    to.flows++;
    kw_ipvs_count(&to, flow.counted, 1);
  });
  pool_.free_unnamed();
}

}  // namespace kubewire
