// patch_rows.cc - checks the rows that a patch writes, and the frontends of the Services that it writes.
#include "engine/image_rows.h"
#include "engine/patch_check.h"

namespace kubewire {
namespace {

template <typename Check>
kw_image_error check_written(const PatchView& view, uint32_t kind, Check check) {
  kw_image_error error = KW_IMAGE_ERROR_OK;
  view.patch[kind].written.all([&](uint32_t row) {
    error = check(view.tables, row);
    return error == KW_IMAGE_ERROR_OK;
  });
  return error;
}

/// No row with an unspecified address may precede another row. Rows that are not written keep their places.
kw_image_error check_order(const PatchView& view) {
  const kw_tables& tables = view.tables;
  const uint32_t end = tables.node_port_first;
  const auto wrong = [&](uint32_t row) {
    return row < end && kw_address_is_unspecified(tables.frontends[row].address);
  };
  for (uint32_t row = view.old_tables.node_port_first; row < end; row++) {
    if (wrong(row)) return KW_IMAGE_ERROR_BAD_ORDER;
  }
  const bool good = view.patch[KW_SECTION_FRONTEND].written.all([&](uint32_t row) { return !wrong(row); });
  return good ? KW_IMAGE_ERROR_OK : KW_IMAGE_ERROR_BAD_ORDER;
}

}  // namespace

kw_image_error check_patched_rows(const PatchView& view) {
  kw_image_error error = check_written(view, KW_SECTION_SOURCE_RANGE, check_source_range);
  if (error == KW_IMAGE_ERROR_OK) error = check_written(view, KW_SECTION_SERVICE, check_service);
  if (error == KW_IMAGE_ERROR_OK) error = check_written(view, KW_SECTION_MEMBER, check_member);
  if (error == KW_IMAGE_ERROR_OK) error = check_written(view, KW_SECTION_BACKEND, check_backend);
  if (error == KW_IMAGE_ERROR_OK) error = check_written(view, KW_SECTION_FRONTEND, check_frontend);
  for (const uint32_t row : view.followers) {
    if (error == KW_IMAGE_ERROR_OK) error = check_frontend(view.tables, row);
  }
  if (error == KW_IMAGE_ERROR_OK && kw_strategy_in(&view.tables, KW_STRATEGIES_CHAIN)) error = check_order(view);
  return error;
}

}  // namespace kubewire
