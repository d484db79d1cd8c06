// image_rows.h - checks of the rows of a table image: values, indexes, order, hash slots. Parts of load_image
// (image.cc).
#ifndef KUBEWIRE_ENGINE_IMAGE_ROWS_H
#define KUBEWIRE_ENGINE_IMAGE_ROWS_H

#include "core/tables.h"

namespace kubewire {

/// Every enum, flag, prefix, port and index of every row. Sections are already known to be inside the image.
kw_image_error check_rows(const kw_tables& tables);

/// The part of check_rows for one row. Members, backends and lists are checked before the frontends that use them.
kw_image_error check_source_range(const kw_tables& tables, uint32_t row);
kw_image_error check_service(const kw_tables& tables, uint32_t row);
kw_image_error check_member(const kw_tables& tables, uint32_t row);
kw_image_error check_backend(const kw_tables& tables, uint32_t row);
kw_image_error check_frontend(const kw_tables& tables, uint32_t row);

/// What the strategy's lookup relies on: the order of a chain, the sections of a perfect hash. After check_rows, before
/// check_slots.
kw_image_error check_strategy(const kw_tables& tables);

/// The part of check_strategy for one row of PILOT or PERFECT: a pilot leads to existing rows; a row is free or repeats
/// its frontend.
kw_image_error check_pilot(const kw_tables& tables, uint32_t row);
kw_image_error check_perfect_row(const kw_tables& tables, uint32_t row);

/// Every slot section: indexes in range, a free slot, and every row found by the same lookup that core/ uses.
kw_image_error check_slots(const kw_tables& tables);

}  // namespace kubewire

#endif
