// nq.h - never queue: the first idle destination in the list, else the one with the shortest expected delay.
#ifndef KUBEWIRE_CORE_IPVS_NQ_H
#define KUBEWIRE_CORE_IPVS_NQ_H

#include "core/ipvs/sed.h"

static inline uint32_t kw_ipvs_nq(const struct kw_ipvs_server *server) { return kw_ipvs_shortest_delay(server, 1); }

#endif
