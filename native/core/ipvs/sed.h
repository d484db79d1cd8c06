// sed.h - shortest expected delay: the fewest active connections, this one included, in proportion to the weight.
#ifndef KUBEWIRE_CORE_IPVS_SED_H
#define KUBEWIRE_CORE_IPVS_SED_H

#include "core/ipvs/server.h"

/* `idle_first` (nq): a destination without active connections is taken at once. [IPVS-11] */
static inline uint32_t kw_ipvs_shortest_delay(const struct kw_ipvs_server *server, int idle_first) {
  uint32_t best = KW_NONE;
  int32_t best_load = 0;
  int32_t best_weight = 0;
  uint32_t at = server->first;
  for (uint32_t i = 0; i < server->count; i++, at = server->pool->rows[at].next) {
    const struct kw_ipvs_destination *to = &server->pool->rows[at];
    if (kw_ipvs_is_overload(to) || (idle_first && to->weight == 0)) continue;
    if (idle_first && to->active == 0) return at;
    const int32_t load = (int32_t)((uint32_t)to->active + 1u);
    if (!kw_ipvs_is_better(best, best_load, best_weight, load, to->weight)) continue;
    best = at;
    best_load = load;
    best_weight = to->weight;
  }
  return best;
}

static inline uint32_t kw_ipvs_sed(const struct kw_ipvs_server *server) { return kw_ipvs_shortest_delay(server, 0); }

#endif
