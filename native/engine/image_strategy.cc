// image_strategy.cc - checks what the lookup of the image's strategy relies on.
#include "core/match.h"
#include "engine/image_rows.h"

namespace kubewire {
namespace {

/// KUBE-NODEPORTS ends the chain, so no row with an unspecified address may precede another row.
kw_image_error check_iptables(const kw_tables& tables) {
  for (uint32_t i = 0; i < tables.node_port_first; i++) {
    if (kw_address_is_unspecified(tables.frontends[i].address)) return KW_IMAGE_ERROR_BAD_ORDER;
  }
  return KW_IMAGE_ERROR_OK;
}

/// A list of PERFECT must be the run of BACKEND rows that the members of the Service's list point at, in the same
/// order.
bool is_run(const kw_tables& tables, uint32_t backend_first, uint32_t backend_count, uint32_t member_first,
            uint32_t member_count) {
  if (backend_count != member_count) return false;
  for (uint32_t i = 0; i < member_count; i++) {
    if (tables.members[member_first + i].index != static_cast<uint64_t>(backend_first) + i) return false;
  }
  return true;
}

/// A row must be an exact copy of what its frontend and its Service say.
bool is_copy(const kw_tables& tables, const kw_perfect_row& row) {  // [IMAGE-2]
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

bool is_free(const kw_perfect_row& row) {
  kw_perfect_row free{};
  free.protocol = KW_PERFECT_FREE_PROTOCOL;
  free.frontend = KW_NONE;
  return __builtin_memcmp(&row, &free, sizeof row) == 0;
}

/// A pilot must name a row.
bool is_direct(const kw_tables& tables, uint32_t pilot) {
  return (pilot & KW_PILOT_DIRECT) && (pilot & ~KW_PILOT_DIRECT) < tables.perfect_count;
}

/// A group must lie after the buckets, and each of its pilots must name a row.
bool is_group(const kw_tables& tables, uint32_t pilot) {
  const uint32_t bits = kw_pilot_group_bits(pilot), first = kw_pilot_group_first(pilot);
  return bits >= 1 && bits <= KW_PILOT_GROUP_BITS_MAXIMUM && first >= tables.bucket_count &&
         first + (1u << bits) <= tables.pilot_count;
}

kw_image_error check_perfect(const kw_tables& tables) {
  if (tables.bucket_count > tables.pilot_count || tables.spread > tables.perfect_count) return KW_IMAGE_ERROR_BAD_COUNT;
  // If there is a row, even a free one, keys are hashed: that takes at least one bucket and one row.
  if (tables.perfect_count != 0 && (tables.bucket_count == 0 || tables.spread == 0)) return KW_IMAGE_ERROR_BAD_COUNT;
  kw_image_error error = KW_IMAGE_ERROR_OK;
  for (uint32_t i = 0; error == KW_IMAGE_ERROR_OK && i < tables.pilot_count; i++) error = check_pilot(tables, i);
  uint32_t rows = 0;
  for (uint32_t i = 0; error == KW_IMAGE_ERROR_OK && i < tables.perfect_count; i++) {
    error = check_perfect_row(tables, i);
    rows += tables.perfect[i].frontend != KW_NONE;
  }
  return error == KW_IMAGE_ERROR_OK && rows != tables.frontend_count ? KW_IMAGE_ERROR_BAD_COUNT : error;
}

}  // namespace

kw_image_error check_pilot(const kw_tables& tables, uint32_t row) {
  const uint32_t pilot = tables.pilots[row].index;
  const bool named = row >= tables.bucket_count || (pilot & KW_PILOT_DIRECT);
  const bool good = named ? is_direct(tables, pilot) : !(pilot & KW_PILOT_GROUP) || is_group(tables, pilot);
  return good ? KW_IMAGE_ERROR_OK : KW_IMAGE_ERROR_BAD_INDEX;
}

kw_image_error check_perfect_row(const kw_tables& tables, uint32_t row) {
  const kw_perfect_row& perfect = tables.perfect[row];
  const bool free = perfect.frontend == KW_NONE;
  if (!free && perfect.frontend >= tables.frontend_count) return KW_IMAGE_ERROR_BAD_INDEX;
  return (free ? is_free(perfect) : is_copy(tables, perfect)) ? KW_IMAGE_ERROR_OK : KW_IMAGE_ERROR_BAD_VALUE;
}

kw_image_error check_strategy(const kw_tables& tables) {
  if (kw_strategy_in(&tables, KW_STRATEGIES_PERFECT_HASH)) return check_perfect(tables);
  if (tables.perfect_count != 0 || tables.pilot_count != 0 || tables.bucket_count != 0 || tables.spread != 0) {
    return KW_IMAGE_ERROR_BAD_COUNT;
  }
  return kw_strategy_in(&tables, KW_STRATEGIES_CHAIN) ? check_iptables(tables) : KW_IMAGE_ERROR_OK;
}

}  // namespace kubewire
