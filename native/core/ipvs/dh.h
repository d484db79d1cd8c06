// dh.h - destination hashing: the virtual address picks one of 256 buckets; there is no second choice.
#ifndef KUBEWIRE_CORE_IPVS_DH_H
#define KUBEWIRE_CORE_IPVS_DH_H

#include "core/ipvs/hash.h"
#include "core/ipvs/server.h"

#define KW_IPVS_DH_BUCKETS 256u

/* Repeats the list until all buckets are filled. */
static inline void kw_ipvs_dh_fill(struct kw_ipvs_server *server) {
  uint32_t at = KW_NONE;
  for (uint32_t i = 0; i < KW_IPVS_DH_BUCKETS; i++) {
    at = kw_ipvs_after(server, at);
    if (at == KW_NONE) at = server->first;
    server->buckets[i] = at;
  }
}

/* [IPVS-12] */
static inline uint32_t kw_ipvs_dh(const struct kw_ipvs_server *server, const struct kw_ipvs_request *request) {
  const uint32_t at = server->buckets[kw_ipvs_hash8(kw_ipvs_fold(request->destination))];
  return at != KW_NONE && kw_ipvs_is_usable(&server->pool->rows[at]) ? at : KW_NONE;
}

#endif
