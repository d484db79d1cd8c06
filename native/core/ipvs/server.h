// server.h - a virtual server and its destinations, as every scheduler sees them. The engine stores them.
//
// All virtual servers of a node share one pool of destination rows, so that a flow can name its destination by a single
// number. A virtual server links its rows in list order, newest first. A removed destination leaves the list at once;
// its row is freed when no connection and no cache refers to it any more.
#ifndef KUBEWIRE_CORE_IPVS_SERVER_H
#define KUBEWIRE_CORE_IPVS_SERVER_H

#include "core/bytes.h"

/* The range of ipvsadm. */
#define KW_IPVS_WEIGHT 65535

/* A bit of kw_ipvs_server.flags, like kw_scheduler_flag: kw_ipvs_overhead adds totalconns, not the inactive ones. */
#define KW_IPVS_TOTALCONNS 1u

/* Bits of kw_ipvs_destination.flags. */
#define KW_IPVS_AVAILABLE 1u /* in the list of its virtual server */
#define KW_IPVS_OVERLOAD 2u  /* skipped by every scheduler */

struct kw_ipvs_destination {
  uint8_t address[16];
  uint16_t port; /* host order */
  uint16_t flags;
  uint32_t id;         /* chosen by its owner */
  int32_t weight;      /* 0 = no new connections */
  int32_t last_weight; /* the last weight that was not 0 */
  int32_t active;
  int32_t inactive;
  uint32_t flows;    /* connections that name it; they keep the row alive */
  uint32_t previous; /* towards the head; KW_NONE at the head */
  uint32_t next;     /* towards the end; KW_NONE at the end. In a free row: the next free one */
  uint32_t caches;   /* entries of lblc and lblcr that name it */
  uint32_t slot;     /* mh: its current slot in the table, */
  uint32_t skip;     /*     the step to its next one, */
  uint32_t turns;    /*     and how many slots it takes per round */
};

struct kw_ipvs_pool {
  struct kw_ipvs_destination *rows;
  uint32_t capacity;
  uint32_t used; /* rows handed out so far */
  uint32_t free; /* first free row below `used`; KW_NONE */
};

struct kw_ipvs_cache;

struct kw_ipvs_server {
  struct kw_ipvs_pool *pool;
  uint32_t first; /* head of the list: the destination added last; KW_NONE */
  uint32_t count;
  uint32_t scheduler;          /* kw_scheduler */
  uint32_t flags;              /* kw_scheduler_flag, KW_IPVS_TOTALCONNS */
  uint32_t current;            /* rr, wrr: the destination chosen last; KW_NONE = before the head */
  int32_t level;               /* wrr: the weight that a destination needs now, */
  int32_t level_most;          /*      the highest level, */
  int32_t level_step;          /*      and the step from one to the next */
  uint32_t *buckets;           /* dh, sh, mh: bucket -> destination or KW_NONE */
  struct kw_ipvs_cache *cache; /* lblc, lblcr */
  uint32_t stale;              /* the buckets no longer match the list */
};

/* The packet that needs a destination. */
struct kw_ipvs_request {
  const uint8_t *source;
  const uint8_t *destination; /* the virtual address */
  uint64_t now;
  uint32_t draws[2];    /* twos: raw 32-bit random numbers */
  uint16_t source_port; /* host order */
};

/* The part of both overheads that counts connections in use. Wraps as a 32-bit int does. [IPVS-6] */
static inline int32_t kw_ipvs_overhead(const struct kw_ipvs_server *server, const struct kw_ipvs_destination *to) {
  const uint32_t active = (uint32_t)to->active;
  const uint32_t rest = (uint32_t)to->inactive + (server->flags & KW_IPVS_TOTALCONNS ? active : 0u);
  return (int32_t)((active << 8) + rest);
}

static inline int kw_ipvs_is_overload(const struct kw_ipvs_destination *to) {
  return (to->flags & KW_IPVS_OVERLOAD) != 0;
}

/* May the destination get new connections? */
static inline int kw_ipvs_is_usable(const struct kw_ipvs_destination *to) {
  return to->weight > 0 && !kw_ipvs_is_overload(to);
}

/* Is `a` busier than `b` in proportion to its weight? Exact: 64-bit products of 32-bit factors. */
static inline int kw_ipvs_is_busier(int32_t a_load, int32_t a_weight, int32_t b_load, int32_t b_weight) {
  return (int64_t)a_load * b_weight > (int64_t)b_load * a_weight;
}

/* Is the destination not overloaded and better than the best so far (KW_NONE: there is none yet)? */
static inline int kw_ipvs_is_better(uint32_t best, int32_t best_load, int32_t best_weight, int32_t load,
                                    int32_t weight) {
  return best == KW_NONE ? weight > 0 : kw_ipvs_is_busier(best_load, best_weight, load, weight);
}

/* Frees a row when nothing refers to it any more. */
static inline void kw_ipvs_let_go(struct kw_ipvs_pool *pool, uint32_t row) {
  struct kw_ipvs_destination *gone = &pool->rows[row];
  if ((gone->flags & KW_IPVS_AVAILABLE) || gone->caches != 0 || gone->flows != 0) return;
  gone->next = pool->free;
  pool->free = row;
}

/* The row after `at` in the list. KW_NONE is both the place before the head and the one after the end. */
static inline uint32_t kw_ipvs_after(const struct kw_ipvs_server *server, uint32_t at) {
  return at == KW_NONE ? server->first : server->pool->rows[at].next;
}

#endif
