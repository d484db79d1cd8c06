// affinity.h - sessionAffinity ClientIP: which endpoint a client had (native/README.md section 7). The sets belong to the engine.
#ifndef KUBEWIRE_CORE_AFFINITY_H
#define KUBEWIRE_CORE_AFFINITY_H

#include "core/conntrack.h"
#include "core/tables.h"

#define KW_AFFINITY_SETS 16384u
#define KW_AFFINITY_WAYS 4u

/* One place. Empty = an all-zero address, which no client has. */
struct kw_affinity_place {
  uint8_t address[16];
  uint32_t service_id;
  uint32_t backend_id;
  uint64_t last_ns;
};
KW_STATIC_ASSERT(sizeof(struct kw_affinity_place) == 32, "four places fill two cache lines");

static inline uint32_t kw_affinity_set_of(uint32_t service_id, const uint8_t *client) {
  uint8_t key[20];
  __builtin_memcpy(key, &service_id, 4);
  kw_address_copy(key + 4, client);
  return kw_hash_key(key, sizeof key, 0) & (KW_AFFINITY_SETS - 1);
}

static inline int kw_affinity_is(const struct kw_affinity_place *place, uint32_t service_id, const uint8_t *client) {
  return place->service_id == service_id && kw_address_equal(place->address, client);
}

/* Backend row remembered for the client if it is young enough and still in the list; KW_NONE otherwise. */
static inline uint32_t kw_affinity_find(const struct kw_tables *tables, const struct kw_affinity_place *set,
                                        const struct kw_service_row *service, const uint8_t *client, uint32_t first,
                                        uint32_t count, uint64_t now) {
  for (uint32_t way = 0; way < KW_AFFINITY_WAYS; way++) {
    if (!kw_affinity_is(&set[way], service->id, client)) continue;
    if (now - set[way].last_ns > service->affinity_seconds * KW_SECOND_NS) return KW_NONE;
    for (uint32_t i = first; i < first + count; i++) {
      const uint32_t row = tables->members[i].index;
      if (tables->backends[row].id == set[way].backend_id) return row;
    }
    return KW_NONE;
  }
  return KW_NONE;
}

/* Remembers: the client's own place, else the first empty one, else the one used longest ago. */
static inline void kw_affinity_write(struct kw_affinity_place *set, uint32_t service_id, const uint8_t *client,
                                     uint32_t backend_id, uint64_t now) {
  uint32_t take = 0;
  int found = 0;
  for (uint32_t way = 0; way < KW_AFFINITY_WAYS && !found; way++) {
    if (kw_affinity_is(&set[way], service_id, client)) take = way, found = 1;
  }
  for (uint32_t way = 0; way < KW_AFFINITY_WAYS && !found; way++) {
    if (kw_address_is_unspecified(set[way].address)) take = way, found = 1;
  }
  for (uint32_t way = 1; way < KW_AFFINITY_WAYS && !found; way++) {
    if (set[way].last_ns < set[take].last_ns) take = way;
  }
  kw_address_copy(set[take].address, client);
  set[take].service_id = service_id;
  set[take].backend_id = backend_id;
  set[take].last_ns = now;
}

#endif
