// stale.h - what an image or a patch makes stale: UDP flows whose endpoint is gone (kube-proxy:
// pkg/proxy/conntrack/cleanup.go), and the clients of endpoints whose rules are gone.
#ifndef KUBEWIRE_ENGINE_STALE_H
#define KUBEWIRE_ENGINE_STALE_H

#include <cstdint>
#include <vector>

#include "core/affinity.h"
#include "core/tables.h"
#include "engine/flows.h"
#include "engine/row_set.h"

namespace kubewire {

/// Forgets live UDP flows to a frontend of a Service with CLEAN_UDP and serving endpoints if their reply source is none
/// of these endpoints. NodePorts are matched by port alone, as in kube-proxy. Only Services in `services` (rows) count.
void forget_stale_udp(const kw_tables& tables, const RowSet& services, FlowTable& flows, uint64_t now);

/// Empties the places of endpoints that are no longer in a cluster or local list of a Service with affinity: in
/// kube-proxy a client list is deleted with its rules. Walks all places, and the members of Services that have clients.
void forget_gone_clients(const kw_tables& tables, std::vector<kw_affinity_place>& places);

}  // namespace kubewire

#endif
