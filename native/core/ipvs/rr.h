// rr.h - round robin: the next usable destination after the one chosen last.
#ifndef KUBEWIRE_CORE_IPVS_RR_H
#define KUBEWIRE_CORE_IPVS_RR_H

#include "core/ipvs/server.h"

/* [IPVS-7] */
static inline uint32_t kw_ipvs_rr(struct kw_ipvs_server *server) {
  uint32_t at = server->current;
  /* One full round, in which the place before the head is a step, too; the destination chosen last comes last. */
  for (uint32_t steps = 0; steps <= server->count; steps++) {
    at = kw_ipvs_after(server, at);
    if (at == KW_NONE) continue;
    if (!kw_ipvs_is_usable(&server->pool->rows[at])) continue;
    server->current = at;
    return at;
  }
  return KW_NONE;
}

/* The destination leaves the list: the round continues with its successor. */
static inline void kw_ipvs_rr_removed(struct kw_ipvs_server *server, uint32_t row) {
  if (server->current == row) server->current = server->pool->rows[row].previous;
}

#endif
