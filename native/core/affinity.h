// affinity.h - sessionAffinity ClientIP: the endpoint a client was given last (native/law/affinity.md). The engine
// stores the sets.
#ifndef KUBEWIRE_CORE_AFFINITY_H
#define KUBEWIRE_CORE_AFFINITY_H

#include "core/conntrack.h"
#include "core/tables.h"

#define KW_AFFINITY_SETS 16384u
#define KW_AFFINITY_WAYS 4u

/* The key of a place: a client, or a client and one endpoint (iptables and nftables keep one list per endpoint). */
struct kw_affinity_key {
  uint32_t service_id;
  uint8_t client[16];
  uint32_t endpoint; /* BackendRow.id; 0, which no backend has, if the key is the client alone */
};
KW_STATIC_ASSERT(sizeof(struct kw_affinity_key) == 24, "kw_affinity_key is hashed as 24 bytes");

/* One place of a set. It is empty if its address is all zeros, which no client has. */
struct kw_affinity_place {
  uint8_t address[16];
  uint32_t service_id;
  uint32_t backend_id;
  uint64_t last_ns;
};
KW_STATIC_ASSERT(sizeof(struct kw_affinity_place) == 32, "four places fill two cache lines");

static inline void kw_affinity_key_init(struct kw_affinity_key *key, uint32_t service_id, const uint8_t *client) {
  key->service_id = service_id;
  kw_address_copy(key->client, client);
  key->endpoint = 0;
}

/* [AFFINITY-1] */
static inline uint32_t kw_affinity_set_of(const struct kw_affinity_key *key) {
  return kw_hash_key((const uint8_t *)key, sizeof *key, 0) & (KW_AFFINITY_SETS - 1);
}

/* [AFFINITY-2] */
static inline int kw_affinity_is(const struct kw_affinity_place *place, const struct kw_affinity_key *key) {
  return place->service_id == key->service_id && (key->endpoint == 0 || place->backend_id == key->endpoint) &&
         kw_address_equal(place->address, key->client);
}

/* The first place with this key, or NULL. */
static inline const struct kw_affinity_place *kw_affinity_find(const struct kw_affinity_place *set,
                                                               const struct kw_affinity_key *key) {
  for (uint32_t way = 0; way < KW_AFFINITY_WAYS; way++) {
    if (kw_affinity_is(&set[way], key)) return &set[way];
  }
  return NULL;
}

/* A client whose age is exactly the timeout is still remembered. */
static inline int kw_affinity_is_young(const struct kw_affinity_place *place, uint32_t seconds, uint64_t now) {
  return now - place->last_ns <= seconds * KW_SECOND_NS; /* [AFFINITY-3] */
}

/* Writes the key to its own place, else to the first empty one, else to the least recently used one. [AFFINITY-8] */
static inline void kw_affinity_write(struct kw_affinity_place *set, const struct kw_affinity_key *key,
                                     uint32_t backend_id, uint64_t now) {
  uint32_t take = 0;
  int found = 0;
  for (uint32_t way = 0; way < KW_AFFINITY_WAYS && !found; way++) {
    if (kw_affinity_is(&set[way], key)) take = way, found = 1;
  }
  for (uint32_t way = 0; way < KW_AFFINITY_WAYS && !found; way++) {
    if (kw_address_is_unspecified(set[way].address)) take = way, found = 1;
  }
  for (uint32_t way = 1; way < KW_AFFINITY_WAYS && !found; way++) {
    if (set[way].last_ns < set[take].last_ns) take = way;
  }
  kw_address_copy(set[take].address, key->client);
  set[take].service_id = key->service_id;
  set[take].backend_id = backend_id;
  set[take].last_ns = now;
}

#endif
