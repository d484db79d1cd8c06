// gather.h - the rules of a frontend, gathered from its FRONTEND row and its SERVICE row.
#ifndef KUBEWIRE_CORE_GATHER_H
#define KUBEWIRE_CORE_GATHER_H

#include "core/tables.h"

/* The rules of a frontend have the shape of a PERFECT row, so that strategy reads them in place. The others build one
 * in `gathered` from the FRONTEND and SERVICE rows; their lists are runs of MEMBER, those of PERFECT runs of BACKEND.
 * */
static inline const struct kw_perfect_row *kw_gather(const struct kw_tables *tables, uint32_t row,
                                                     struct kw_perfect_row *gathered) {
  if (row == KW_NONE) return NULL;
  const struct kw_frontend_row *frontend = &tables->frontends[row];
  gathered->frontend = row;
  gathered->kind = frontend->kind;
  gathered->flags = (uint16_t)frontend->flags;
  gathered->service = frontend->service;
  /* A HEALTH_CHECK needs none of the fields below. */
  if (frontend->service == KW_NONE) return gathered;
  const struct kw_service_row *service = &tables->services[frontend->service];
  gathered->service_id = service->id;
  gathered->service_flags = (uint16_t)service->flags;
  gathered->cluster_first = service->cluster_first;
  gathered->cluster_count = service->cluster_count;
  gathered->local_first = service->local_first;
  gathered->local_count = service->local_count;
  gathered->source_range_first = service->source_range_first;
  gathered->source_range_count = service->source_range_count;
  gathered->affinity_seconds = service->affinity_seconds;
  return gathered;
}

#endif
