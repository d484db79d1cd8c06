// image_rows.h - checks of the rows of a table image: values, indexes, order, hash slots. Parts of load_image (image.cc).
#ifndef KUBEWIRE_ENGINE_IMAGE_ROWS_H
#define KUBEWIRE_ENGINE_IMAGE_ROWS_H

#include "core/tables.h"

namespace kubewire {

/// Every enum, flag, prefix, port and index of every row. Sections are already known to be inside the image.
kw_image_error check_rows(const kw_tables& tables);

/// What the strategy's own lookup needs: the order of IPTABLES, the sections of PERFECT. Behind check_rows, before check_slots.
kw_image_error check_strategy(const kw_tables& tables);

/// Every slot section: indexes in range, a free slot, and every row found by the very lookup that core/ makes.
kw_image_error check_slots(const kw_tables& tables);

}  // namespace kubewire

#endif
