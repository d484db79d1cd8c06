// wlc.h - weighted least connections: the smallest overhead in proportion to the weight. The first in the list wins a
// tie.
//
// Only the first candidate is tested for weight 0. A later one of weight 0 loses every comparison anyway, unless its
// overhead has wrapped to a negative number. The same holds for sed and the sets of lblcr.
#ifndef KUBEWIRE_CORE_IPVS_WLC_H
#define KUBEWIRE_CORE_IPVS_WLC_H

#include "core/ipvs/server.h"

/* [IPVS-10] */
static inline uint32_t kw_ipvs_wlc(const struct kw_ipvs_server *server) {
  uint32_t best = KW_NONE;
  int32_t best_load = 0;
  int32_t best_weight = 0;
  uint32_t at = server->first;
  for (uint32_t i = 0; i < server->count; i++, at = server->pool->rows[at].next) {
    const struct kw_ipvs_destination *to = &server->pool->rows[at];
    if (kw_ipvs_is_overload(to)) continue;
    const int32_t load = kw_ipvs_overhead(server, to);
    if (!kw_ipvs_is_better(best, best_load, best_weight, load, to->weight)) continue;
    best = at;
    best_load = load;
    best_weight = to->weight;
  }
  return best;
}

#endif
