// sh.h - source hashing: the client's address (with sh-port also its port) picks one of 256 buckets; sh-fallback tries
// other buckets if the choice is not usable.
#ifndef KUBEWIRE_CORE_IPVS_SH_H
#define KUBEWIRE_CORE_IPVS_SH_H

#include "core/ipvs/hash.h"
#include "core/ipvs/server.h"

#define KW_IPVS_SH_BUCKETS 256u

/* Fills the buckets in rounds: each destination takes as many in a row as its weight, at least one. */
static inline void kw_ipvs_sh_fill(struct kw_ipvs_server *server) {
  uint32_t at = server->first;
  int32_t taken = 0;
  for (uint32_t i = 0; i < KW_IPVS_SH_BUCKETS; i++) {
    server->buckets[i] = at;
    if (at == KW_NONE || ++taken < server->pool->rows[at].weight) continue;
    taken = 0;
    at = server->pool->rows[at].next;
    if (at == KW_NONE) at = server->first;
  }
}

/* [IPVS-13] */
static inline uint32_t kw_ipvs_sh(const struct kw_ipvs_server *server, const struct kw_ipvs_request *request) {
  const uint32_t port = server->flags & KW_SCHEDULER_FLAG_PORT ? request->source_port : 0u;
  const uint32_t hash = kw_ipvs_hash8(port + kw_ipvs_fold(request->source));
  uint32_t at = server->buckets[hash];
  if (at == KW_NONE) return KW_NONE;
  if (kw_ipvs_is_usable(&server->pool->rows[at])) return at;
  if (!(server->flags & KW_SCHEDULER_FLAG_FALLBACK)) return KW_NONE;
  for (uint32_t offset = 0; offset < KW_IPVS_SH_BUCKETS; offset++) {
    const uint32_t further = (offset + hash) % KW_IPVS_SH_BUCKETS;
    at = server->buckets[(further + hash) % KW_IPVS_SH_BUCKETS];
    if (at == KW_NONE) return KW_NONE;
    if (kw_ipvs_is_usable(&server->pool->rows[at])) return at;
  }
  return KW_NONE;
}

#endif
