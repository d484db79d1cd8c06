// wrr.h - weighted round robin, interleaved by level: only destinations whose weight reaches the level get a turn, and
// the level sinks by the common divisor of the weights after each walk through the list.
#ifndef KUBEWIRE_CORE_IPVS_WRR_H
#define KUBEWIRE_CORE_IPVS_WRR_H

#include "core/ipvs/server.h"

static inline int32_t kw_ipvs_gcd(int32_t a, int32_t b) {
  while (b != 0) {
    const int32_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* The list or a weight changed: restart at the head, as near to the old level as the new weights permit. */
static inline void kw_ipvs_wrr_changed(struct kw_ipvs_server *server) {
  int32_t divisor = 0;
  int32_t most = 0;
  uint32_t at = server->first;
  for (uint32_t i = 0; i < server->count; i++, at = server->pool->rows[at].next) {
    const int32_t weight = server->pool->rows[at].weight;
    if (weight <= 0) continue;
    divisor = kw_ipvs_gcd(weight, divisor);
    if (weight > most) most = weight;
  }
  server->current = KW_NONE;
  server->level_step = divisor > 0 ? divisor : 1;
  server->level_most = most - (server->level_step - 1);
  if (server->level > server->level_most || server->level == 0) {
    server->level = server->level_most;
  } else if (server->level_step > 1) {
    server->level = server->level / server->level_step * server->level_step + 1;
  }
}

static inline void kw_ipvs_wrr_begin(struct kw_ipvs_server *server) {
  server->level = 0;
  kw_ipvs_wrr_changed(server);
}

/* The next destination after `at` whose weight reaches the level. */
static inline uint32_t kw_ipvs_wrr_walk(const struct kw_ipvs_server *server, uint32_t at) {
  for (uint32_t i = 0; i < server->count; i++) {
    at = kw_ipvs_after(server, at);
    if (at == KW_NONE) return KW_NONE;
    const struct kw_ipvs_destination *to = &server->pool->rows[at];
    if (to->weight >= server->level && !kw_ipvs_is_overload(to)) return at;
  }
  return KW_NONE;
}

static inline int32_t kw_ipvs_wrr_heaviest(const struct kw_ipvs_server *server) {
  int32_t most = 0;
  uint32_t at = server->first;
  for (uint32_t i = 0; i < server->count; i++, at = server->pool->rows[at].next) {
    const struct kw_ipvs_destination *to = &server->pool->rows[at];
    if (kw_ipvs_is_usable(to) && to->weight > most) most = to->weight;
  }
  return most;
}

/* All destinations are overloaded. A search that began after a destination at the lowest level, 1, goes round once and
 * ends where it began. Any other ends at the head, at the highest level. */
static inline void kw_ipvs_wrr_in_vain(struct kw_ipvs_server *server) {
  if (server->current != KW_NONE && server->level <= server->level_step) {
    server->level = 1;
    return;
  }
  server->level = server->level_most;
  server->current = KW_NONE;
}

/* Searches from the destination chosen last to the end of the list, then from the head at the next level that any
 * weight reaches. The levels between would yield nothing, so they are skipped. [IPVS-8] */
static inline uint32_t kw_ipvs_wrr(struct kw_ipvs_server *server) {
  if (server->level_most <= 0) return KW_NONE;
  uint32_t found = kw_ipvs_wrr_walk(server, server->current);
  if (found == KW_NONE) {
    const int32_t heaviest = kw_ipvs_wrr_heaviest(server);
    if (heaviest == 0) {
      kw_ipvs_wrr_in_vain(server);
      return KW_NONE;
    }
    server->level -= server->level_step;
    if (server->level <= 0) server->level = server->level_most;
    if (server->level > heaviest) {
      const int32_t steps = (server->level - heaviest + server->level_step - 1) / server->level_step;
      server->level -= steps * server->level_step;
    }
    found = kw_ipvs_wrr_walk(server, KW_NONE);
  }
  if (found != KW_NONE) server->current = found;
  return found;
}

#endif
