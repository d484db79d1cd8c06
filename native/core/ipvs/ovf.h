// ovf.h - overflow: the heaviest destination that has no more active connections than its weight; the first in the
// list wins a tie. None if all are full.
#ifndef KUBEWIRE_CORE_IPVS_OVF_H
#define KUBEWIRE_CORE_IPVS_OVF_H

#include "core/ipvs/server.h"

static inline uint32_t kw_ipvs_ovf(const struct kw_ipvs_server *server) {
  uint32_t best = KW_NONE;
  uint32_t at = server->first;
  for (uint32_t i = 0; i < server->count; i++, at = server->pool->rows[at].next) {
    const struct kw_ipvs_destination *to = &server->pool->rows[at];
    if (!kw_ipvs_is_usable(to) || to->active > to->weight) continue;
    if (best == KW_NONE || to->weight > server->pool->rows[best].weight) best = at;
  }
  return best;
}

#endif
