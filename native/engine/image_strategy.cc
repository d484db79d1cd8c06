// image_strategy.cc - what the lookup of the image's own strategy relies on.
#include "core/match.h"
#include "engine/image_rows.h"

namespace kubewire {
namespace {

/// KUBE-NODEPORTS is the end of the chain: no row with an unspecified address stands before another row.
kw_image_error check_iptables(const kw_tables& tables) {
  for (uint32_t i = 0; i < tables.node_port_first; i++) {
    if (kw_address_is_unspecified(tables.frontends[i].address)) return KW_IMAGE_ERROR_BAD_ORDER;
  }
  return KW_IMAGE_ERROR_OK;
}

/// A list of PERFECT is the run of BACKEND that the members of the Service's list point at, in their order.
bool is_run(const kw_tables& tables, uint32_t backend_first, uint32_t backend_count, uint32_t member_first,
            uint32_t member_count) {
  if (backend_count != member_count) return false;
  for (uint32_t i = 0; i < member_count; i++) {
    if (tables.members[member_first + i].index != static_cast<uint64_t>(backend_first) + i) return false;
  }
  return true;
}

/// A row says nothing but what its frontend and its Service say.
bool is_copy(const kw_tables& tables, const kw_perfect_row& row) {
  const kw_frontend_row& frontend = tables.frontends[row.frontend];
  if (!kw_address_equal(row.address, frontend.address) || row.port_be != frontend.port_be ||
      row.protocol != frontend.protocol || row.kind != frontend.kind || row.flags != frontend.flags ||
      row.service != frontend.service) {
    return false;
  }
  if (row.service == KW_NONE) return true;
  const kw_service_row& service = tables.services[row.service];
  return row.service_id == service.id && row.service_flags == service.flags &&
         row.source_range_first == service.source_range_first && row.source_range_count == service.source_range_count &&
         row.affinity_seconds == service.affinity_seconds &&
         is_run(tables, row.cluster_first, row.cluster_count, service.cluster_first, service.cluster_count) &&
         is_run(tables, row.local_first, row.local_count, service.local_first, service.local_count);
}

kw_image_error check_perfect(const kw_tables& tables) {
  if (tables.perfect_count != tables.frontend_count) return KW_IMAGE_ERROR_BAD_COUNT;
  if (tables.perfect_count != 0 && tables.pilot_count == 0) return KW_IMAGE_ERROR_BAD_COUNT;
  for (uint32_t i = 0; i < tables.pilot_count; i++) {
    const uint32_t pilot = tables.pilots[i].index;
    if ((pilot & KW_PILOT_DIRECT) && (pilot & ~KW_PILOT_DIRECT) >= tables.perfect_count) {
      return KW_IMAGE_ERROR_BAD_INDEX;
    }
  }
  for (uint32_t i = 0; i < tables.perfect_count; i++) {
    if (tables.perfect[i].frontend >= tables.frontend_count) return KW_IMAGE_ERROR_BAD_INDEX;
    if (!is_copy(tables, tables.perfect[i])) return KW_IMAGE_ERROR_BAD_VALUE;
  }
  return KW_IMAGE_ERROR_OK;
}

}  // namespace

kw_image_error check_strategy(const kw_tables& tables) {
  if (tables.strategy == KW_STRATEGY_PERFECT) return check_perfect(tables);
  if (tables.perfect_count != 0 || tables.pilot_count != 0) return KW_IMAGE_ERROR_BAD_COUNT;
  return tables.strategy == KW_STRATEGY_IPTABLES ? check_iptables(tables) : KW_IMAGE_ERROR_OK;
}

}  // namespace kubewire
