// lc.h - least connections: the smallest overhead; weight 0 excludes, other weights do not matter. The first in the
// list wins a tie. Unlike wlc it compares unsigned numbers.
#ifndef KUBEWIRE_CORE_IPVS_LC_H
#define KUBEWIRE_CORE_IPVS_LC_H

#include "core/ipvs/server.h"

/* [IPVS-9] */
static inline uint32_t kw_ipvs_lc(const struct kw_ipvs_server *server) {
  uint32_t best = KW_NONE;
  uint32_t least = 0;
  uint32_t at = server->first;
  for (uint32_t i = 0; i < server->count; i++, at = server->pool->rows[at].next) {
    const struct kw_ipvs_destination *to = &server->pool->rows[at];
    if (!kw_ipvs_is_usable(to)) continue;
    const uint32_t load = (uint32_t)kw_ipvs_overhead(server, to);
    if (best != KW_NONE && load >= least) continue;
    best = at;
    least = load;
  }
  return best;
}

#endif
