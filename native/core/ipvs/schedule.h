// schedule.h - one interface to all schedulers: begin, report changes, ask. A change goes to the list first, then to
// the scheduler; call kw_ipvs_settle before asking again.
#ifndef KUBEWIRE_CORE_IPVS_SCHEDULE_H
#define KUBEWIRE_CORE_IPVS_SCHEDULE_H

#include "core/ipvs/dh.h"
#include "core/ipvs/fo.h"
#include "core/ipvs/lblc.h"
#include "core/ipvs/lblcr.h"
#include "core/ipvs/lc.h"
#include "core/ipvs/mh.h"
#include "core/ipvs/nq.h"
#include "core/ipvs/ovf.h"
#include "core/ipvs/rr.h"
#include "core/ipvs/sed.h"
#include "core/ipvs/sh.h"
#include "core/ipvs/twos.h"
#include "core/ipvs/wlc.h"
#include "core/ipvs/wrr.h"

/* Number of buckets a scheduler needs; 0 = it does not hash. */
static inline uint32_t kw_ipvs_bucket_count(uint32_t scheduler) {
  switch (scheduler) {
    case KW_SCHEDULER_DH:
      return KW_IPVS_DH_BUCKETS;
    case KW_SCHEDULER_SH:
      return KW_IPVS_SH_BUCKETS;
    case KW_SCHEDULER_MH:
      return KW_IPVS_MH_SLOTS;
    default:
      return 0;
  }
}

/* Does the scheduler remember virtual addresses? */
static inline int kw_ipvs_has_cache(uint32_t scheduler) {
  return scheduler == KW_SCHEDULER_LBLC || scheduler == KW_SCHEDULER_LBLCR;
}

/* The scheduler starts with the list as it is. Buckets and an empty cache must exist. */
static inline void kw_ipvs_begin(struct kw_ipvs_server *server) {
  server->current = KW_NONE;
  server->stale = 1;
  if (server->scheduler == KW_SCHEDULER_WRR) kw_ipvs_wrr_begin(server);
}

static inline void kw_ipvs_list_changed(struct kw_ipvs_server *server) {
  server->stale = 1;
  if (server->scheduler == KW_SCHEDULER_WRR) kw_ipvs_wrr_changed(server);
}

/* Puts a row, complete except for its links, at the head of the list. */
static inline void kw_ipvs_add(struct kw_ipvs_server *server, uint32_t row) {
  struct kw_ipvs_destination *added = &server->pool->rows[row];
  added->flags = (uint16_t)(added->flags | KW_IPVS_AVAILABLE);
  added->previous = KW_NONE;
  added->next = server->first;
  if (server->first != KW_NONE) server->pool->rows[server->first].previous = row;
  server->first = row;
  server->count++;
  kw_ipvs_list_changed(server);
}

/* Removes a row from the list, and from the pool if nothing refers to it. */
static inline void kw_ipvs_remove(struct kw_ipvs_server *server, uint32_t row) {
  struct kw_ipvs_destination *rows = server->pool->rows;
  struct kw_ipvs_destination *gone = &rows[row];
  if (gone->previous != KW_NONE) {
    rows[gone->previous].next = gone->next;
  } else {
    server->first = gone->next;
  }
  if (gone->next != KW_NONE) rows[gone->next].previous = gone->previous;
  server->count--;
  gone->flags = (uint16_t)(gone->flags & ~KW_IPVS_AVAILABLE);
  if (server->scheduler == KW_SCHEDULER_RR) kw_ipvs_rr_removed(server, row);
  kw_ipvs_list_changed(server);
  kw_ipvs_let_go(server->pool, row);
}

/* Setting the same weight again restarts wrr, too. */
static inline void kw_ipvs_set_weight(struct kw_ipvs_server *server, uint32_t row, int32_t weight) {
  struct kw_ipvs_destination *changed = &server->pool->rows[row];
  changed->weight = weight;
  if (weight != 0) changed->last_weight = weight;
  kw_ipvs_list_changed(server);
}

/* Brings the buckets up to date. They depend only on the list, so one refill is enough for many changes. */
static inline void kw_ipvs_settle(struct kw_ipvs_server *server) {
  if (!server->stale) return;
  server->stale = 0;
  if (server->scheduler == KW_SCHEDULER_DH) kw_ipvs_dh_fill(server);
  if (server->scheduler == KW_SCHEDULER_SH) kw_ipvs_sh_fill(server);
  if (server->scheduler == KW_SCHEDULER_MH) kw_ipvs_mh_fill(server);
}

/* How many draws a question takes, even if there is nothing to choose. */
static inline uint32_t kw_ipvs_draws(const struct kw_ipvs_server *server) {
  return server->scheduler == KW_SCHEDULER_TWOS ? 2 : 0;
}

/* The row of the destination for a new connection, or KW_NONE. */
static inline uint32_t kw_ipvs_schedule(struct kw_ipvs_server *server, const struct kw_ipvs_request *request) {
  switch (server->scheduler) {
    case KW_SCHEDULER_RR:
      return kw_ipvs_rr(server);
    case KW_SCHEDULER_WRR:
      return kw_ipvs_wrr(server);
    case KW_SCHEDULER_LC:
      return kw_ipvs_lc(server);
    case KW_SCHEDULER_WLC:
      return kw_ipvs_wlc(server);
    case KW_SCHEDULER_LBLC:
      return kw_ipvs_lblc(server, request);
    case KW_SCHEDULER_LBLCR:
      return kw_ipvs_lblcr(server, request);
    case KW_SCHEDULER_DH:
      return kw_ipvs_dh(server, request);
    case KW_SCHEDULER_SH:
      return kw_ipvs_sh(server, request);
    case KW_SCHEDULER_SED:
      return kw_ipvs_sed(server);
    case KW_SCHEDULER_NQ:
      return kw_ipvs_nq(server);
    case KW_SCHEDULER_MH:
      return kw_ipvs_mh(server, request);
    case KW_SCHEDULER_FO:
      return kw_ipvs_fo(server);
    case KW_SCHEDULER_OVF:
      return kw_ipvs_ovf(server);
    case KW_SCHEDULER_TWOS:
      return kw_ipvs_twos(server, request);
    default:
      return KW_NONE;
  }
}

#endif
