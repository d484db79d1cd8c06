// lblc.h - locality-based least connections: a virtual address stays with its destination as long as that is
// there and not crowded; wlc chooses a new one. The OVERLOAD flag of a remembered destination does not count.
#ifndef KUBEWIRE_CORE_IPVS_LBLC_H
#define KUBEWIRE_CORE_IPVS_LBLC_H

#include "core/ipvs/cache.h"
#include "core/ipvs/wlc.h"

/* [IPVS-15] */
static inline uint32_t kw_ipvs_lblc(struct kw_ipvs_server *server, const struct kw_ipvs_request *request) {
  struct kw_ipvs_entry *entry = kw_ipvs_cache_find(server->cache, request->destination);
  if (entry != NULL && entry->destination != KW_NONE) {
    const struct kw_ipvs_destination *to = &server->pool->rows[entry->destination];
    const int there = (to->flags & KW_IPVS_AVAILABLE) && to->weight > 0;
    if (there && !kw_ipvs_is_crowded(server, to)) return entry->destination;
  }
  const uint32_t chosen = kw_ipvs_wlc(server);
  if (chosen == KW_NONE) return KW_NONE;
  if (entry == NULL) entry = kw_ipvs_cache_enter(server, request->destination, request->now);
  if (entry == NULL) return chosen;
  kw_ipvs_hold(server->pool, chosen);
  if (entry->destination != KW_NONE) kw_ipvs_release(server->pool, entry->destination);
  entry->destination = chosen;
  return chosen;
}

#endif
