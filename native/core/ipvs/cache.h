// cache.h - what lblc and lblcr remember: a virtual address -> one destination (lblc) or a set of them (lblcr).
#ifndef KUBEWIRE_CORE_IPVS_CACHE_H
#define KUBEWIRE_CORE_IPVS_CACHE_H

#include "core/ipvs/server.h"

struct kw_ipvs_entry {
  uint8_t address[16];
  uint64_t grown_ns;    /* lblcr: when the set last changed */
  uint32_t destination; /* lblc; KW_NONE */
  uint32_t first;       /* lblcr: the newest element; KW_NONE */
  uint32_t size;        /* lblcr */
  uint32_t reserved;
};

/* One member of a set. */
struct kw_ipvs_element {
  uint32_t destination;
  uint32_t next; /* the next older element; KW_NONE. In a free element: the next free one */
};

/* If there is no room, an address is not remembered. In a full set the oldest member is replaced. */
struct kw_ipvs_cache {
  struct kw_ipvs_entry *entries;
  struct kw_ipvs_element *elements;
  uint32_t entry_capacity; /* at least 1 */
  uint32_t entry_count;
  uint32_t element_capacity; /* at least one per entry */
  uint32_t element_used;     /* elements handed out so far */
  uint32_t element_free;     /* first free element below that; KW_NONE */
};

static inline void kw_ipvs_hold(struct kw_ipvs_pool *pool, uint32_t row) { pool->rows[row].caches++; }

static inline void kw_ipvs_release(struct kw_ipvs_pool *pool, uint32_t row) {
  pool->rows[row].caches--;
  kw_ipvs_let_go(pool, row);
}

static inline struct kw_ipvs_entry *kw_ipvs_cache_find(const struct kw_ipvs_cache *cache, const uint8_t *address) {
  for (uint32_t i = 0; i < cache->entry_count; i++) {
    if (kw_address_equal(cache->entries[i].address, address)) return &cache->entries[i];
  }
  return NULL;
}

/* Removes the element at `*link` from its set. */
static inline void kw_ipvs_set_remove(struct kw_ipvs_server *server, struct kw_ipvs_entry *entry, uint32_t *link) {
  struct kw_ipvs_cache *cache = server->cache;
  const uint32_t at = *link;
  struct kw_ipvs_element *gone = &cache->elements[at];
  const uint32_t destination = gone->destination;
  *link = gone->next;
  gone->next = cache->element_free;
  cache->element_free = at;
  entry->size--;
  kw_ipvs_release(server->pool, destination);
}

static inline void kw_ipvs_set_remove_oldest(struct kw_ipvs_server *server, struct kw_ipvs_entry *entry) {
  uint32_t *link = &entry->first;
  for (uint32_t i = 1; i < entry->size; i++) link = &server->cache->elements[*link].next;
  kw_ipvs_set_remove(server, entry, link);
}

/* Adds the destination as the newest member, unless it is a member already. */
static inline void kw_ipvs_set_insert(struct kw_ipvs_server *server, struct kw_ipvs_entry *entry, uint32_t destination,
                                      uint64_t now) {
  struct kw_ipvs_cache *cache = server->cache;
  uint32_t at = entry->first;
  for (uint32_t i = 0; i < entry->size; i++, at = cache->elements[at].next) {
    if (cache->elements[at].destination == destination) return;
  }
  if (cache->element_free == KW_NONE && cache->element_used == cache->element_capacity) {
    if (entry->size == 0) return;
    kw_ipvs_set_remove_oldest(server, entry);
  }
  at = cache->element_free;
  if (at != KW_NONE) {
    cache->element_free = cache->elements[at].next;
  } else {
    at = cache->element_used++;
  }
  cache->elements[at].destination = destination;
  cache->elements[at].next = entry->first;
  entry->first = at;
  entry->size++;
  entry->grown_ns = now;
  kw_ipvs_hold(server->pool, destination);
}

/* Forgets the destinations of an entry but keeps the entry. */
static inline void kw_ipvs_entry_clear(struct kw_ipvs_server *server, struct kw_ipvs_entry *entry) {
  if (entry->destination != KW_NONE) kw_ipvs_release(server->pool, entry->destination);
  entry->destination = KW_NONE;
  for (uint32_t left = entry->size; left > 0; left--) kw_ipvs_set_remove(server, entry, &entry->first);
}

/* A new, empty entry for an address that has none, or NULL if there is no room. */
static inline struct kw_ipvs_entry *kw_ipvs_cache_enter(struct kw_ipvs_server *server, const uint8_t *address,
                                                        uint64_t now) {
  struct kw_ipvs_cache *cache = server->cache;
  if (cache->entry_count == cache->entry_capacity) return NULL;
  struct kw_ipvs_entry *entry = &cache->entries[cache->entry_count++];
  kw_address_copy(entry->address, address);
  entry->grown_ns = now;
  entry->destination = entry->first = KW_NONE;
  entry->size = 0;
  return entry;
}

static inline void kw_ipvs_cache_clear(struct kw_ipvs_server *server) {
  for (uint32_t i = 0; i < server->cache->entry_count; i++) kw_ipvs_entry_clear(server, &server->cache->entries[i]);
  server->cache->entry_count = 0;
}

/* Does it have more active connections than its weight, while another has less than half (doubled in 32 bits)? */
static inline int kw_ipvs_is_crowded(const struct kw_ipvs_server *server, const struct kw_ipvs_destination *to) {
  if (to->active <= to->weight) return 0;
  uint32_t at = server->first;
  for (uint32_t i = 0; i < server->count; i++, at = server->pool->rows[at].next) {
    const struct kw_ipvs_destination *other = &server->pool->rows[at];
    if ((int32_t)((uint32_t)other->active << 1) < other->weight) return 1;
  }
  return 0;
}

#endif
