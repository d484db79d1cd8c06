// template.h - persistence of a virtual server: remembers the destination of a client (native/law/ipvs.md). The engine
// stores the places.
#ifndef KUBEWIRE_CORE_IPVS_TEMPLATE_H
#define KUBEWIRE_CORE_IPVS_TEMPLATE_H

#include "core/conntrack.h"
#include "core/hash.h"
#include "core/ipvs/cache.h"

#define KW_IPVS_TEMPLATE_SETS 16384u
#define KW_IPVS_TEMPLATE_WAYS 4u

/* The key identifies a virtual server by what it is, not by the image it came from. */
struct kw_ipvs_template_key {
  uint8_t client[16];
  uint8_t address[16];
  uint16_t port_be;
  uint8_t protocol;
  uint8_t zero;
};
KW_STATIC_ASSERT(sizeof(struct kw_ipvs_template_key) == 36, "kw_ipvs_template_key is hashed as 36 bytes");

/* One place. It is empty if the client is all zeros. */
struct kw_ipvs_template {
  struct kw_ipvs_template_key key;
  uint32_t destination; /* pool row, kept alive by this place */
  uint64_t last_ns;     /* when the last connection was made from it */
  uint32_t flows;       /* its connections that still exist */
  uint32_t serial;      /* changes when the place is reused: the old connections no longer count */
};

/* [IPVS-24] */
static inline uint32_t kw_ipvs_template_set(const struct kw_ipvs_template_key *key) {
  return kw_hash_key((const uint8_t *)key, sizeof *key, 0) & (KW_IPVS_TEMPLATE_SETS - 1);
}

static inline int kw_ipvs_template_is(const struct kw_ipvs_template *place, const struct kw_ipvs_template_key *key) {
  return kw_address_equal(place->key.client, key->client) && kw_address_equal(place->key.address, key->address) &&
         place->key.port_be == key->port_be && place->key.protocol == key->protocol;
}

/* The client's destination, or KW_NONE. It must be remembered recently enough or have a live connection, still be in
 * the list, and have a weight. The OVERLOAD flag is ignored. [IPVS-22] */
static inline uint32_t kw_ipvs_template_find(const struct kw_ipvs_pool *pool, const struct kw_ipvs_template *set,
                                             const struct kw_ipvs_template_key *key, uint32_t seconds, uint64_t now) {
  for (uint32_t way = 0; way < KW_IPVS_TEMPLATE_WAYS; way++) {
    const struct kw_ipvs_template *place = &set[way];
    if (!kw_ipvs_template_is(place, key)) continue;
    if (place->flows == 0 && now - place->last_ns > seconds * KW_SECOND_NS) return KW_NONE;
    const struct kw_ipvs_destination *to = &pool->rows[place->destination];
    return (to->flags & KW_IPVS_AVAILABLE) && to->weight > 0 ? place->destination : KW_NONE;
  }
  return KW_NONE;
}

/* Records a new connection. `kept`: the template itself chose the destination. Otherwise writes a new template to the
 * key's own place, else to the first empty one, else to the least recently used one. Returns the place's index in its
 * set. */
static inline uint32_t kw_ipvs_template_write(struct kw_ipvs_pool *pool, struct kw_ipvs_template *set,
                                              const struct kw_ipvs_template_key *key, uint32_t destination, int kept,
                                              uint64_t now) {
  uint32_t take = 0;
  int found = 0;
  for (uint32_t way = 0; way < KW_IPVS_TEMPLATE_WAYS && !found; way++) {
    if (kw_ipvs_template_is(&set[way], key)) take = way, found = 1;
  }
  for (uint32_t way = 0; way < KW_IPVS_TEMPLATE_WAYS && !found; way++) {
    if (kw_address_is_unspecified(set[way].key.client)) take = way, found = 1;
  }
  for (uint32_t way = 1; way < KW_IPVS_TEMPLATE_WAYS && !found; way++) {
    if (set[way].last_ns < set[take].last_ns) take = way;
  }
  struct kw_ipvs_template *place = &set[take];
  if (!kept) { /* [IPVS-23] */
    kw_ipvs_hold(pool, destination);
    if (!kw_address_is_unspecified(place->key.client)) kw_ipvs_release(pool, place->destination);
    place->key = *key;
    place->destination = destination;
    place->flows = 0;
    place->serial++;
  }
  place->flows++;
  place->last_ns = now;
  return take;
}

#endif
