// stale.h - UDP flows whose endpoint is gone are forgotten when an image is taken (kube-proxy: pkg/proxy/conntrack/cleanup.go).
#ifndef KUBEWIRE_ENGINE_STALE_H
#define KUBEWIRE_ENGINE_STALE_H

#include <cstdint>

#include "core/tables.h"
#include "engine/flows.h"

namespace kubewire {

/// Forgets live UDP flows to a frontend of a Service with CLEAN_UDP and serving endpoints, when their reply source is none
/// of these. NodePorts are matched by port alone, as kube-proxy does.
void forget_stale_udp(const kw_tables& tables, FlowTable& flows, uint64_t now);

}  // namespace kubewire

#endif
