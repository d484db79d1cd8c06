// twos.h - power of two choices: draws two destinations by weight and takes the less loaded one.
#ifndef KUBEWIRE_CORE_IPVS_TWOS_H
#define KUBEWIRE_CORE_IPVS_TWOS_H

#include "core/ipvs/server.h"

/* The first usable destination at which the running sum of weights reaches the draw. A draw of 0 means the first. */
static inline uint32_t kw_ipvs_twos_pick(const struct kw_ipvs_server *server, uint32_t draw) {
  uint32_t at = server->first;
  for (uint32_t i = 0; i < server->count; i++, at = server->pool->rows[at].next) {
    const struct kw_ipvs_destination *to = &server->pool->rows[at];
    if (!kw_ipvs_is_usable(to)) continue;
    if (draw <= (uint32_t)to->weight) return at;
    draw -= (uint32_t)to->weight;
  }
  return KW_NONE;
}

/* Loads are compared as products of 32 bits. [IPVS-18] */
static inline uint32_t kw_ipvs_twos(const struct kw_ipvs_server *server, const struct kw_ipvs_request *request) {
  uint32_t total = 0;
  uint32_t at = server->first;
  for (uint32_t i = 0; i < server->count; i++, at = server->pool->rows[at].next) {
    const struct kw_ipvs_destination *to = &server->pool->rows[at];
    if (kw_ipvs_is_usable(to)) total += (uint32_t)to->weight;
  }
  if (total == 0) return KW_NONE;
  const uint32_t one = kw_ipvs_twos_pick(server, request->draws[0] % (total + 1u));
  const uint32_t two = kw_ipvs_twos_pick(server, request->draws[1] % (total + 1u));
  const struct kw_ipvs_destination *first = &server->pool->rows[one];
  const struct kw_ipvs_destination *second = &server->pool->rows[two];
  const uint32_t first_load = (uint32_t)second->weight * (uint32_t)kw_ipvs_overhead(server, first);
  const uint32_t second_load = (uint32_t)first->weight * (uint32_t)kw_ipvs_overhead(server, second);
  return (int32_t)first_load > (int32_t)second_load ? two : one;
}

#endif
