// mh.h - Maglev hashing: the client's hash picks one of 4,093 slots. Destinations share the slots by weight, so that
// few clients move when one comes or goes. mh-port hashes the source port, too; mh-fallback tries other slots.
#ifndef KUBEWIRE_CORE_IPVS_MH_H
#define KUBEWIRE_CORE_IPVS_MH_H

#include "core/ipvs/hash.h"
#include "core/ipvs/server.h"
#include "core/ipvs/wrr.h"

#define KW_IPVS_MH_SLOTS 4093u
/* Most bits that the number of turns may have: half of the table's twelve. */
#define KW_IPVS_MH_TURN_BITS 6u

/* The keys of both hashes, in halves. */
#define KW_IPVS_MH_KEY1 2654435761ull
#define KW_IPVS_MH_KEY2 2654446892ull

static inline uint32_t kw_ipvs_mh_hash(const uint8_t *address, uint32_t port, uint32_t offset, uint64_t key) {
  return kw_sip13(offset + port + kw_ipvs_fold(address), key, key);
}

/* Sets where each destination starts, its step, and how many slots it takes per round. Returns 0 if none may take any.
 * A destination of weight 0 keeps its slots, so that the clients of the others do not move. */
static inline int kw_ipvs_mh_prepare(struct kw_ipvs_server *server) {
  struct kw_ipvs_destination *rows = server->pool->rows;
  int32_t divisor = 0;
  int32_t most = 0;
  uint32_t at = server->first;
  for (uint32_t i = 0; i < server->count; i++, at = rows[at].next) {
    const int32_t weight = rows[at].last_weight;
    if (weight <= 0) continue;
    divisor = kw_ipvs_gcd(weight, divisor);
    if (weight > most) most = weight;
  }
  if (divisor == 0) return 0;
  uint32_t shift = 32u - (uint32_t)__builtin_clz((uint32_t)(most / divisor));
  shift = shift > KW_IPVS_MH_TURN_BITS ? shift - KW_IPVS_MH_TURN_BITS : 0;
  at = server->first;
  for (uint32_t i = 0; i < server->count; i++, at = rows[at].next) {
    struct kw_ipvs_destination *to = &rows[at];
    to->slot = kw_ipvs_mh_hash(to->address, to->port, 0, KW_IPVS_MH_KEY1) % KW_IPVS_MH_SLOTS;
    to->skip = kw_ipvs_mh_hash(to->address, to->port, 0, KW_IPVS_MH_KEY2) % (KW_IPVS_MH_SLOTS - 1) + 1;
    to->turns = (uint32_t)(to->last_weight / divisor) >> shift;
    if (to->turns == 0) to->turns = to->last_weight != 0;
  }
  return 1;
}

/* The next free slot in the destination's permutation. There always is one. */
static inline void kw_ipvs_mh_claim(struct kw_ipvs_server *server, uint32_t row) {
  struct kw_ipvs_destination *to = &server->pool->rows[row];
  for (uint32_t i = 0; i < KW_IPVS_MH_SLOTS && server->buckets[to->slot] != KW_NONE; i++) {
    to->slot += to->skip;
    if (to->slot >= KW_IPVS_MH_SLOTS) to->slot -= KW_IPVS_MH_SLOTS;
  }
  server->buckets[to->slot] = row;
}

static inline void kw_ipvs_mh_fill(struct kw_ipvs_server *server) {
  for (uint32_t i = 0; i < KW_IPVS_MH_SLOTS; i++) server->buckets[i] = KW_NONE;
  if (!kw_ipvs_mh_prepare(server)) return;
  uint32_t at = server->first;
  uint32_t claimed = 0;
  /* At least one claim per round succeeds, so there are fewer visits than slots times destinations. */
  while (claimed < KW_IPVS_MH_SLOTS) {
    const uint32_t turns = server->pool->rows[at].turns;
    for (uint32_t i = 0; i < turns && claimed < KW_IPVS_MH_SLOTS; i++, claimed++) kw_ipvs_mh_claim(server, at);
    at = server->pool->rows[at].next;
    if (at == KW_NONE) at = server->first;
  }
}

/* [IPVS-14] */
static inline uint32_t kw_ipvs_mh(const struct kw_ipvs_server *server, const struct kw_ipvs_request *request) {
  const uint32_t port = server->flags & KW_SCHEDULER_FLAG_PORT ? request->source_port : 0u;
  const uint32_t hash = kw_ipvs_mh_hash(request->source, port, 0, KW_IPVS_MH_KEY1) % KW_IPVS_MH_SLOTS;
  uint32_t at = server->buckets[hash];
  if (at == KW_NONE) return KW_NONE;
  if (kw_ipvs_is_usable(&server->pool->rows[at])) return at;
  if (!(server->flags & KW_SCHEDULER_FLAG_FALLBACK)) return KW_NONE;
  for (uint32_t offset = 0; offset < KW_IPVS_MH_SLOTS; offset++) {
    const uint32_t further = (offset + hash) % KW_IPVS_MH_SLOTS;
    at = server->buckets[kw_ipvs_mh_hash(request->source, port, further, KW_IPVS_MH_KEY1) % KW_IPVS_MH_SLOTS];
    if (at == KW_NONE) return KW_NONE;
    if (kw_ipvs_is_usable(&server->pool->rows[at])) return at;
  }
  return KW_NONE;
}

#endif
