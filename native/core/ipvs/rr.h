// rr.h - round robin: from the destination chosen last to the next usable one.
#ifndef KUBEWIRE_CORE_IPVS_RR_H
#define KUBEWIRE_CORE_IPVS_RR_H

#include "core/ipvs/server.h"

/* [IPVS-7] */
static inline uint32_t kw_ipvs_rr(struct kw_ipvs_server *server) {
  uint32_t at = server->current;
  /* Once round, the place before the head counted as a step; the destination chosen last is looked at last. */
  for (uint32_t steps = 0; steps <= server->count; steps++) {
    at = kw_ipvs_after(server, at);
    if (at == KW_NONE) continue;
    if (!kw_ipvs_is_usable(&server->pool->rows[at])) continue;
    server->current = at;
    return at;
  }
  return KW_NONE;
}

/* The destination leaves the list: the sequence goes on with the one behind it. */
static inline void kw_ipvs_rr_removed(struct kw_ipvs_server *server, uint32_t row) {
  if (server->current == row) server->current = server->pool->rows[row].previous;
}

#endif
