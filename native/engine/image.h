// image.h - loading a table image: every byte of it is checked once, here; core/ never checks again.
#ifndef KUBEWIRE_ENGINE_IMAGE_H
#define KUBEWIRE_ENGINE_IMAGE_H

#include <cstddef>
#include <cstdint>

#include "core/tables.h"

namespace kubewire {

/// Checks an image of `bytes` bytes and makes pointers into it. `tables` is written only when the result is OK, and is
/// valid as long as the memory of the image is. The memory must be 8-byte aligned (BAD_BOUNDS otherwise).
kw_image_error load_image(const uint8_t* image, size_t bytes, kw_tables* tables);

}  // namespace kubewire

#endif
