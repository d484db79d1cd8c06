// image.h - loads a table image. Every byte is checked once, here, so that core/ need not check again.
#ifndef KUBEWIRE_ENGINE_IMAGE_H
#define KUBEWIRE_ENGINE_IMAGE_H

#include <cstddef>
#include <cstdint>

#include "core/tables.h"

namespace kubewire {

/// Checks an image of `bytes` bytes and sets pointers into it. `tables` is written only if the result is OK, and is
/// valid as long as the memory of the image. The memory must be 8-byte aligned (BAD_BOUNDS otherwise).
kw_image_error load_image(const uint8_t* image, size_t bytes, kw_tables* tables);

}  // namespace kubewire

#endif
