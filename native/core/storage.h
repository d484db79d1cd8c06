// storage.h - what the packet path needs stored: core/ decides, the engine stores. Whoever includes pipeline.h
// defines struct kw_storage and these functions. They are inlined into the path, and none may allocate.
#ifndef KUBEWIRE_CORE_STORAGE_H
#define KUBEWIRE_CORE_STORAGE_H

#include "core/affinity.h"
#include "core/conntrack.h"
#include "core/fragment.h"
#include "core/ipvs/connection.h"
#include "core/ipvs/schedule.h"

struct kw_storage;

/* The live flow of the packet, or NULL, and the direction of its tuple (ORIGINAL if it is both). Forgets an expired flow
 * that has this tuple. `hash` becomes that of the tuple, for kw_storage_create. */
static inline struct kw_flow *kw_storage_flow(struct kw_storage *storage, const struct kw_tuple *tuple, uint64_t now,
                                              uint32_t *direction, uint32_t *hash);

/* The same for another tuple than the packet's. */
static inline struct kw_flow *kw_storage_find(struct kw_storage *storage, const struct kw_tuple *tuple, uint64_t now,
                                              uint32_t *direction, uint32_t *hash);

/* Adds a flow under both tuples, neither of which has one; everything else in it is zero. If the table is full, drops the flow that may go
 * (kw_flow_may_go) and could have gone for longest. NULL if none may. */
static inline struct kw_flow *kw_storage_create(struct kw_storage *storage, const struct kw_tuple *original,
                                                uint32_t original_hash, const struct kw_tuple *reply,
                                                uint32_t reply_hash);

static inline void kw_storage_forget(struct kw_storage *storage, struct kw_flow *flow);

/* Says whether the flow may be dropped to make room, from now on. */
static inline void kw_storage_may_go(struct kw_storage *storage, struct kw_flow *flow, int may_go);

/* Four places of one affinity set. */
static inline struct kw_affinity_place *kw_storage_affinity(struct kw_storage *storage, uint32_t set);

/* One place of the fragment records. */
static inline struct kw_fragment_record *kw_storage_fragment(struct kw_storage *storage, uint32_t place);

/* The virtual server of a FRONTEND row (for NodePorts: at the packet's LOCAL_ADDRESS row), or NULL. */
static inline struct kw_ipvs_server *kw_storage_server(struct kw_storage *storage, uint32_t frontend, uint32_t local);

static inline const struct kw_ipvs_books *kw_storage_books(struct kw_storage *storage);

/* The PERFECT row that looking ahead found, which may be the packet's; NULL if nobody looked. */
static inline const struct kw_perfect_row *kw_storage_seen(struct kw_storage *storage);

/* Differs each time that the tables have changed; never 0. */
static inline uint32_t kw_storage_age(struct kw_storage *storage);

/* The frame is about to be overwritten by its answer: saves it first, for the list of losses. */
static inline void kw_storage_keep(struct kw_storage *storage);

/* The next 32-bit random number. */
static inline uint32_t kw_storage_random(struct kw_storage *storage);

#endif
