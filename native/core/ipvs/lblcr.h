// lblcr.h - locality-based least connections with replication: a virtual address stays with a set of destinations,
// which grows when its best member is crowded and shrinks by its busiest member when it has not changed for a day.
#ifndef KUBEWIRE_CORE_IPVS_LBLCR_H
#define KUBEWIRE_CORE_IPVS_LBLCR_H

#include "core/ipvs/cache.h"
#include "core/ipvs/wlc.h"

#define KW_IPVS_LBLCR_DAY_NS 86400000000000ull

/* wlc among the members of a set; KW_NONE if none fits. */
static inline uint32_t kw_ipvs_set_least(const struct kw_ipvs_server *server, const struct kw_ipvs_entry *entry) {
  uint32_t best = KW_NONE;
  int32_t best_load = 0;
  int32_t best_weight = 0;
  uint32_t at = entry->first;
  for (uint32_t i = 0; i < entry->size; i++, at = server->cache->elements[at].next) {
    const uint32_t row = server->cache->elements[at].destination;
    const struct kw_ipvs_destination *to = &server->pool->rows[row];
    if (kw_ipvs_is_overload(to) || !(to->flags & KW_IPVS_AVAILABLE)) continue;
    const int32_t load = kw_ipvs_overhead(server, to);
    if (!kw_ipvs_is_better(best, best_load, best_weight, load, to->weight)) continue;
    best = row;
    best_load = load;
    best_weight = to->weight;
  }
  return best;
}

/* Removes the member with the largest overhead in proportion to its weight, the newest if several tie. Members of
 * weight 0 are skipped; those that left the list or are overloaded are not. */
static inline void kw_ipvs_set_shrink(struct kw_ipvs_server *server, struct kw_ipvs_entry *entry, uint64_t now) {
  uint32_t *most = NULL;
  int32_t most_load = 0;
  int32_t most_weight = 0;
  uint32_t *link = &entry->first;
  for (uint32_t i = 0; i < entry->size; i++, link = &server->cache->elements[*link].next) {
    const struct kw_ipvs_destination *to = &server->pool->rows[server->cache->elements[*link].destination];
    if (to->weight <= 0) continue;
    const int32_t load = kw_ipvs_overhead(server, to);
    if (most != NULL && !kw_ipvs_is_busier(load, to->weight, most_load, most_weight)) continue;
    most = link;
    most_load = load;
    most_weight = to->weight;
  }
  if (most == NULL) return;
  kw_ipvs_set_remove(server, entry, most);
  entry->grown_ns = now;
}

/* [IPVS-16] */
static inline uint32_t kw_ipvs_lblcr(struct kw_ipvs_server *server, const struct kw_ipvs_request *request) {
  struct kw_ipvs_entry *entry = kw_ipvs_cache_find(server->cache, request->destination);
  if (entry != NULL) {
    const uint32_t member = kw_ipvs_set_least(server, entry);
    if (entry->size > 1 && request->now > entry->grown_ns + KW_IPVS_LBLCR_DAY_NS) {
      kw_ipvs_set_shrink(server, entry, request->now);
    }
    if (member != KW_NONE && !kw_ipvs_is_crowded(server, &server->pool->rows[member])) return member;
  }
  const uint32_t chosen = kw_ipvs_wlc(server);
  if (chosen == KW_NONE) return KW_NONE;
  if (entry == NULL) entry = kw_ipvs_cache_enter(server, request->destination, request->now);
  if (entry == NULL) return chosen;
  kw_ipvs_set_insert(server, entry, chosen, request->now);
  return chosen;
}

#endif
