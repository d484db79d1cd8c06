// choose.h - picks the endpoint of a new connection: session affinity first, then the strategy (native/law/choose.md).
#ifndef KUBEWIRE_CORE_CHOOSE_H
#define KUBEWIRE_CORE_CHOOSE_H

#include "core/match.h"
#include "core/question.h"

/* One endpoint list of a Service. */
struct kw_list {
  uint32_t name; /* kw_endpoint_list */
  uint32_t first;
  uint32_t count;
};

/* nftables (numgen random), ebpf and perfect: one draw, scaled. A list of one costs a draw, too. [CHOOSE-1] */
static inline uint32_t kw_choose_random(const struct kw_question *q, uint32_t service_row, const struct kw_list *list) {
  (void)service_row;
  return kw_member(q->tables, list->first + kw_scale(kw_storage_random(q->storage), list->count));
}

struct kw_cascade {
  struct kw_storage *storage;
  uint32_t count;
  uint32_t chosen;
};

/* Rule `index` of a KUBE-SVC chain: -m statistic --mode random --probability 1/(n - index). xt_statistic compares 31
 * bits of a draw with the probability, in units of 2^-31. */
static inline long kw_cascade_step(uint32_t index, void *context) {
  struct kw_cascade *cascade = (struct kw_cascade *)context;
  const uint32_t left = cascade->count - index;
  const uint32_t threshold = (uint32_t)((0x80000000u + (uint64_t)left / 2) / left);
  if ((kw_storage_random(cascade->storage) & 0x7fffffffu) >= threshold) return 0;
  cascade->chosen = index;
  return 1;
}

/* iptables: one draw per rule, until a rule matches. The last rule matches without a draw. [CHOOSE-2] */
static inline uint32_t kw_choose_cascade(const struct kw_question *q, uint32_t service_row,
                                         const struct kw_list *list) {
  (void)service_row;
  struct kw_cascade cascade;
  cascade.storage = q->storage;
  cascade.count = list->count;
  cascade.chosen = list->count - 1;
  kw_loop(list->count - 1, kw_cascade_step, &cascade);
  return kw_member(q->tables, list->first + cascade.chosen);
}

/* Hash of addresses, ports and protocol: all packets of a connection in this direction have the same. [SERVICE-10] */
static inline uint32_t kw_tuple_hash(const struct kw_question *q) {
  struct kw_tuple key = q->packet->tuple;
  kw_tuple_set_query(&key, key.source_port_be, key.destination_port_be, key.protocol, KW_ICMP_NO_QUERY, 0);
  return kw_hash_key((const uint8_t *)&key, sizeof key, q->tables->hash_seed);
}

/* ebpf: if the Service has rings, the tuple's hash (as for SPREAD) picks a slot of the Maglev ring; no draw.
 * [CHOOSE-3] */
static inline uint32_t kw_choose_ring(const struct kw_question *q, uint32_t service_row, const struct kw_list *list) {
  const struct kw_service_row *service = &q->tables->services[service_row];
  if (service->ring_count == 0) return kw_choose_random(q, service_row, list);
  const uint32_t first = list->name == KW_ENDPOINT_LIST_LOCAL ? service->local_ring_first : service->ring_first;
  return q->tables->ring[first + kw_tuple_hash(q) % service->ring_count].index;
}

/* Does each endpoint keep a list of its clients? Under the other strategies a client has a single endpoint. */
static inline int kw_remembers_by_endpoint(const struct kw_tables *tables) {
  return kw_strategy_in(tables, KW_STRATEGIES_CLIENTS_BY_ENDPOINT);
}

static inline struct kw_affinity_place *kw_affinity_places(struct kw_storage *storage,
                                                           const struct kw_affinity_key *key) {
  return kw_storage_affinity(storage, kw_affinity_set_of(key));
}

/* The first endpoint of the list whose clients include this one, or KW_NONE. [AFFINITY-4] */
static inline uint32_t kw_recall_by_endpoint(const struct kw_question *q, const struct kw_perfect_row *rules,
                                             const struct kw_list *list) {
  struct kw_affinity_key key;
  kw_affinity_key_init(&key, rules->service_id, q->packet->tuple.source);
  for (uint32_t place = list->first; place < list->first + list->count; place++) {
    const uint32_t row = kw_member(q->tables, place);
    key.endpoint = q->tables->backends[row].id;
    const struct kw_affinity_place *found = kw_affinity_find(kw_affinity_places(q->storage, &key), &key);
    if (found != NULL && kw_affinity_is_young(found, rules->affinity_seconds, q->now)) return row;
  }
  return KW_NONE;
}

/* The client's last endpoint if it is recent enough and still in the list, else KW_NONE. [AFFINITY-5] */
static inline uint32_t kw_recall_by_client(const struct kw_question *q, const struct kw_perfect_row *rules,
                                           const struct kw_list *list) {
  struct kw_affinity_key key;
  kw_affinity_key_init(&key, rules->service_id, q->packet->tuple.source);
  const struct kw_affinity_place *found = kw_affinity_find(kw_affinity_places(q->storage, &key), &key);
  if (found == NULL || !kw_affinity_is_young(found, rules->affinity_seconds, q->now)) return KW_NONE;
  for (uint32_t place = list->first; place < list->first + list->count; place++) {
    const uint32_t row = kw_member(q->tables, place);
    if (q->tables->backends[row].id == found->backend_id) return row;
  }
  return KW_NONE;
}

/* Remembers that a client has a connection to an endpoint. [AFFINITY-7] */
static inline void kw_remember(const struct kw_tables *tables, struct kw_storage *storage, uint32_t service_id,
                               const uint8_t *client, uint32_t backend_id, uint64_t now) {
  struct kw_affinity_key key;
  kw_affinity_key_init(&key, service_id, client);
  if (kw_remembers_by_endpoint(tables)) key.endpoint = backend_id;
  kw_affinity_write(kw_affinity_places(storage, &key), &key, backend_id, now);
}

/* Picks an endpoint from a list that is not empty. */
static inline uint32_t kw_choose(const struct kw_question *q, const struct kw_perfect_row *rules,
                                 const struct kw_list *list) {
  if (rules->affinity_seconds != 0) {
    const uint32_t row = kw_remembers_by_endpoint(q->tables) ? kw_recall_by_endpoint(q, rules, list)
                                                             : kw_recall_by_client(q, rules, list);
    if (row != KW_NONE) {
      q->decision->flags |= KW_DECISION_FLAG_AFFINITY; /* [AFFINITY-6] */
      return row;
    }
  }
  switch (q->tables->strategy) {
#define KW_CHOOSE(name, word, lookup, choice) \
  case KW_STRATEGY_##name:                    \
    return kw_choose_##choice(q, rules->service, list);
    KW_STRATEGIES(KW_CHOOSE)
#undef KW_CHOOSE
    default: /* no image has another strategy */
      return kw_choose_random(q, rules->service, list);
  }
}

#endif
