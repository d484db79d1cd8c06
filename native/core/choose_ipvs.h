// choose_ipvs.h - picks the endpoint under IPVS: the client's template first, then the virtual server's scheduler
// (native/law/ipvs.md).
#ifndef KUBEWIRE_CORE_CHOOSE_IPVS_H
#define KUBEWIRE_CORE_CHOOSE_IPVS_H

#include "core/match.h"
#include "core/question.h"

static inline void kw_template_key_of(struct kw_ipvs_template_key *key, const struct kw_tuple *tuple) {
  kw_address_copy(key->client, tuple->source);
  kw_address_copy(key->address, tuple->destination);
  key->port_be = tuple->destination_port_be;
  key->protocol = tuple->protocol;
  key->zero = 0;
}

/* The pool row named by the client's template, or KW_NONE. */
static inline uint32_t kw_recall_by_server(const struct kw_question *q, uint32_t seconds) {
  const struct kw_ipvs_books *books = kw_storage_books(q->storage);
  struct kw_ipvs_template_key key;
  kw_template_key_of(&key, &q->packet->tuple);
  const struct kw_ipvs_template *set = &books->templates[kw_ipvs_template_set(&key) * KW_IPVS_TEMPLATE_WAYS];
  return kw_ipvs_template_find(books->pool, set, &key, seconds, q->now);
}

/* The pool row for a new connection, or KW_NONE if the scheduler finds none. The scheduler keeps its new state even if
 * the packet is refused later. [IPVS-4] */
static inline uint32_t kw_choose_ipvs(const struct kw_question *q, const struct kw_perfect_row *rules,
                                      struct kw_ipvs_server *server) {
  if (rules->affinity_seconds != 0) {
    const uint32_t kept = kw_recall_by_server(q, rules->affinity_seconds);
    if (kept != KW_NONE) {
      q->decision->flags |= KW_DECISION_FLAG_AFFINITY;
      return kept;
    }
  }
  struct kw_ipvs_request request;
  request.source = q->packet->tuple.source;
  request.destination = q->packet->tuple.destination;
  request.source_port = kw_swap16(q->packet->tuple.source_port_be);
  request.now = q->now;
  request.draws[0] = request.draws[1] = 0;
  for (uint32_t i = 0; i < kw_ipvs_draws(server); i++) request.draws[i] = kw_storage_random(q->storage);
  return kw_ipvs_schedule(server, &request);
}

/* A flow to the chosen destination begins: counts it and, with affinity, writes its template. */
static inline void kw_begin_counting(struct kw_storage *storage, const struct kw_tuple *tuple, struct kw_flow *flow,
                                     uint32_t chosen, uint32_t affinity_seconds, int kept, uint64_t now) {
  const struct kw_ipvs_books *books = kw_storage_books(storage);
  uint32_t place = KW_NONE;
  if (affinity_seconds != 0) {
    struct kw_ipvs_template_key key;
    kw_template_key_of(&key, tuple);
    const uint32_t first = kw_ipvs_template_set(&key) * KW_IPVS_TEMPLATE_WAYS;
    place = first + kw_ipvs_template_write(books->pool, &books->templates[first], &key, chosen, kept, now);
  }
  kw_ipvs_flow_begins(books, flow, chosen, place);
}

#endif
