// stale.cc - which UDP flows an image makes stale.
#include "engine/stale.h"

#include "core/match.h"

namespace kubewire {
namespace {

/// The Service port that the flow was made for, as far as its original destination tells.
const kw_service_row* service_of(const kw_tables& tables, const kw_tuple& original) {
  uint32_t row = kw_frontend_of(&tables, original.destination, original.destination_port_be, original.protocol);
  if (row == KW_NONE) {
    uint8_t any[16] = {};
    if (kw_address_is_v4(original.destination)) any[10] = any[11] = 0xff;
    row = kw_frontend_of(&tables, any, original.destination_port_be, original.protocol);
  }
  if (row == KW_NONE || tables.frontends[row].service == KW_NONE) return nullptr;
  // What a load balancer spreads keeps its destination: its replies never come from an endpoint.
  if (tables.frontends[row].kind == KW_FRONTEND_KIND_SPREAD) return nullptr;
  return &tables.services[tables.frontends[row].service];
}

bool is_served(const kw_tables& tables, const kw_service_row& service, const kw_tuple& reply) {
  for (uint32_t i = service.serving_first; i < service.serving_first + service.serving_count; i++) {
    const kw_backend_row& backend = tables.backends[tables.members[i].index];
    if (backend.port_be == reply.source_port_be && kw_address_equal(backend.address, reply.source)) return true;
  }
  return false;
}

bool any_service_changed(const kw_tables& tables) {
  for (uint32_t i = 0; i < tables.service_count; i++) {
    if (tables.services[i].flags & KW_SERVICE_FLAG_CLEAN_UDP) return true;
  }
  return false;
}

}  // namespace

void forget_stale_udp(const kw_tables& tables, FlowTable& flows, uint64_t now) {
  if (!any_service_changed(tables)) return;
  flows.each(now, [&](kw_flow& flow) {
    if (flow.original.protocol != KW_PROTOCOL_UDP) return;
    const kw_service_row* service = service_of(tables, flow.original);
    if (service == nullptr || !(service->flags & KW_SERVICE_FLAG_CLEAN_UDP) || service->serving_count == 0) return;
    if (!is_served(tables, *service, flow.reply)) flows.forget(&flow);
  });
}

}  // namespace kubewire
