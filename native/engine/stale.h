// stale.h - what an image or a patch makes stale: UDP flows whose endpoint is gone (kube-proxy: pkg/proxy/conntrack/cleanup.go), and
// the clients of endpoints whose rules are gone.
#ifndef KUBEWIRE_ENGINE_STALE_H
#define KUBEWIRE_ENGINE_STALE_H

#include <cstdint>
#include <vector>

#include "core/affinity.h"
#include "core/tables.h"
#include "engine/flows.h"
#include "engine/row_set.h"

namespace kubewire {

/// Forgets live UDP flows to a frontend of a Service with CLEAN_UDP and serving endpoints, when their reply source is none
/// of these. NodePorts are matched by port alone, as kube-proxy does. Only Services among `services` (rows) count.
void forget_stale_udp(const kw_tables& tables, const RowSet& services, FlowTable& flows, uint64_t now);

/// Empties the places of endpoints that no Service with affinity has in its cluster or local list: their lists of clients
/// end with their rules. Costs a walk of all places, and of the members of Services that have clients.
void forget_gone_clients(const kw_tables& tables, std::vector<kw_affinity_place>& places);

}  // namespace kubewire

#endif
