// storage.h - kw_storage: everything one node remembers between frames, behind the interface of core/storage.h.
//
// Include this instead of core/pipeline.h: it defines the functions declared there, so that they are inlined into the
// path.
#ifndef KUBEWIRE_ENGINE_STORAGE_H
#define KUBEWIRE_ENGINE_STORAGE_H

#include <vector>

#include "core/pipeline.h"
#include "core/random.h"
#include "engine/frame_head.h"
#include "engine/glance.h"
#include "engine/ipvs/servers.h"

struct kw_storage {
  kw_storage(uint32_t seed, uint32_t flow_capacity)
      : flows(flow_capacity, seed), affinity(KW_AFFINITY_SETS * KW_AFFINITY_WAYS), fragments(KW_FRAGMENT_PLACES) {
    kw_random_seed(&random, seed);
    for (uint32_t& draw : draws) draw = kw_random_next(&random);
    flows.count_in(servers.books());
  }

  /// Writes everything that decides about later frames, apart from the tables.
  void save(kubewire::StateWriter* to) const;
  /// Takes it over into the storage of a node that has nothing but its tables. False if something is wrong.
  bool restore(kubewire::StateReader* from);

  /// The draw that comes after `ahead` others.
  uint32_t peek(uint32_t ahead) const { return draws[(draws_made + ahead) % kDrawsAhead]; }

  kubewire::FrameHead head;
  kubewire::VirtualServers servers;
  kubewire::FlowTable flows;
  std::vector<kw_affinity_place> affinity;
  /// False until an affinity set is first asked for; until then all places are empty.
  bool has_clients = false;
  std::vector<kw_fragment_record> fragments;
  static constexpr uint32_t kDrawsAhead = 16;
  kw_random random;
  /// Counts images and patches; starts at one and skips zero.
  uint32_t tables_age = 1;
  /// The PERFECT row that a glance found for the current frame.
  const kw_perfect_row* seen = nullptr;
  /// Where it found a flow that may be the frame's.
  kubewire::Glance::Place glanced;
  /// The next draws, made ahead of time so that glances can see them.
  uint32_t draws[kDrawsAhead];
  uint32_t draws_made = 0;
  /// Scripted draws; the generator resumes when they are used up.
  std::vector<uint32_t> script;
  size_t script_next = 0;
};

static inline kw_flow* kw_storage_find(kw_storage* storage, const kw_tuple* tuple, uint64_t now, uint32_t* direction,
                                       uint32_t* hash) {
  return storage->flows.find(*tuple, now, direction, hash);
}

static inline kw_flow* kw_storage_flow(kw_storage* storage, const kw_tuple* tuple, uint64_t now, uint32_t* direction,
                                       uint32_t* hash) {
  if (storage->glanced.record != kubewire::FlowTable::kNowhere) {
    kw_flow* flow = storage->flows.at(storage->glanced.record, *tuple, now, direction);
    *hash = storage->glanced.hash;
    if (KW_LIKELY(flow != nullptr)) return flow;
  }
  return storage->flows.find(*tuple, now, direction, hash);
}

static inline kw_flow* kw_storage_create(kw_storage* storage, const kw_tuple* original, uint32_t original_hash,
                                         const kw_tuple* reply, uint32_t reply_hash) {
  return storage->flows.create({*original, original_hash}, {*reply, reply_hash});
}

static inline void kw_storage_forget(kw_storage* storage, kw_flow* flow) { storage->flows.forget(flow); }

static inline void kw_storage_may_go(kw_storage* storage, kw_flow* flow, int may_go) {
  storage->flows.let_go(flow, may_go != 0);
}

static inline kw_affinity_place* kw_storage_affinity(kw_storage* storage, uint32_t set) {
  storage->has_clients = true;
  return &storage->affinity[static_cast<size_t>(set) * KW_AFFINITY_WAYS];
}

static inline kw_fragment_record* kw_storage_fragment(kw_storage* storage, uint32_t place) {
  return &storage->fragments[place];
}

static inline kw_ipvs_server* kw_storage_server(kw_storage* storage, uint32_t frontend, uint32_t local) {
  return storage->servers.find(frontend, local);
}

static inline const kw_ipvs_books* kw_storage_books(kw_storage* storage) { return storage->servers.books(); }

static inline const struct kw_perfect_row* kw_storage_seen(struct kw_storage* storage) { return storage->seen; }

static inline uint32_t kw_storage_age(struct kw_storage* storage) { return storage->tables_age; }

static inline void kw_storage_keep(struct kw_storage* storage) { storage->head.keep(); }

static inline uint32_t kw_storage_random(kw_storage* storage) {
  if (KW_UNLIKELY(storage->script_next < storage->script.size())) return storage->script[storage->script_next++];
  uint32_t* place = &storage->draws[storage->draws_made++ % kw_storage::kDrawsAhead];
  const uint32_t draw = *place;
  *place = kw_random_next(&storage->random);
  return draw;
}

#endif
