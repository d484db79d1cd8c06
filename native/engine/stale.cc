// stale.cc - finds the UDP flows and remembered clients that an image or a patch makes stale.
#include "engine/stale.h"

#include <algorithm>

#include "core/match.h"

namespace kubewire {
namespace {

/// The Service port that the flow was created for, judging by its original destination. [IMAGE-4]
const kw_service_row* service_of(const kw_tables& tables, const kw_tuple& original) {
  uint32_t row = kw_frontend_of(&tables, original.destination, original.destination_port_be, original.protocol);
  if (row == KW_NONE) {
    uint8_t any[16] = {};
    if (kw_address_is_v4(original.destination)) any[10] = any[11] = 0xff;
    row = kw_frontend_of(&tables, any, original.destination_port_be, original.protocol);
  }
  if (row == KW_NONE || tables.frontends[row].service == KW_NONE) return nullptr;
  // A flow that a ROUTER spreads keeps its destination, so its replies never come from an endpoint.
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

/// The ids of a Service and an endpoint; sorting groups them by Service.
uint64_t pair_of(uint32_t service_id, uint32_t backend_id) {
  return static_cast<uint64_t>(service_id) << 32 | backend_id;
}

/// The pairs that affinity remembers, sorted, each once, and which of them the tables still have. [IMAGE-5]
class Remembered {
 public:
  explicit Remembered(const std::vector<kw_affinity_place>& places) {
    for (const kw_affinity_place& place : places) {
      if (!is_empty(place)) pairs_.push_back(pair_of(place.service_id, place.backend_id));
    }
    std::sort(pairs_.begin(), pairs_.end());
    pairs_.erase(std::unique(pairs_.begin(), pairs_.end()), pairs_.end());
    stays_.resize(pairs_.size());
  }

  static bool is_empty(const kw_affinity_place& place) { return kw_address_is_unspecified(place.address); }

  void keep(const kw_tables& tables, const kw_service_row& service) {
    if (service.affinity_seconds == 0 || !knows(service.id)) return;
    keep_run(tables, service.id, service.cluster_first, service.cluster_count);
    keep_run(tables, service.id, service.local_first, service.local_count);
  }

  bool stays(const kw_affinity_place& place) const {
    return stays_[index_of(pair_of(place.service_id, place.backend_id))];
  }

 private:
  size_t index_of(uint64_t pair) const {
    return static_cast<size_t>(std::lower_bound(pairs_.begin(), pairs_.end(), pair) - pairs_.begin());
  }

  bool knows(uint32_t service_id) const {
    const size_t index = index_of(pair_of(service_id, 0));
    return index < pairs_.size() && pairs_[index] >> 32 == service_id;
  }

  void keep_run(const kw_tables& tables, uint32_t service_id, uint32_t first, uint32_t count) {
    for (uint32_t i = first; i < first + count; i++) {
      const uint64_t pair = pair_of(service_id, tables.backends[tables.members[i].index].id);
      const size_t index = index_of(pair);
      if (index < pairs_.size() && pairs_[index] == pair) stays_[index] = true;
    }
  }

  std::vector<uint64_t> pairs_;
  std::vector<bool> stays_;
};

bool cleans(const kw_service_row& service) { return service.flags & KW_SERVICE_FLAG_CLEAN_UDP; }

bool any_service_changed(const kw_tables& tables, const RowSet& services) {
  return !services.all([&](uint32_t row) { return !cleans(tables.services[row]); });
}

}  // namespace

/// [IMAGE-3]
void forget_stale_udp(const kw_tables& tables, const RowSet& services, FlowTable& flows, uint64_t now) {
  if (!any_service_changed(tables, services)) return;
  flows.each(now, [&](kw_flow& flow) {
    if (flow.original.protocol != KW_PROTOCOL_UDP) return;
    const kw_service_row* service = service_of(tables, flow.original);
    if (service == nullptr || !cleans(*service) || service->serving_count == 0) return;
    if (!services.has(static_cast<uint32_t>(service - tables.services))) return;
    if (!is_served(tables, *service, flow.reply)) flows.forget(&flow);
  });
}

void forget_gone_clients(const kw_tables& tables, std::vector<kw_affinity_place>& places) {
  Remembered remembered(places);
  for (uint32_t i = 0; i < tables.service_count; i++) remembered.keep(tables, tables.services[i]);
  for (kw_affinity_place& place : places) {
    if (!Remembered::is_empty(place) && !remembered.stays(place)) place = {};
  }
}

}  // namespace kubewire
