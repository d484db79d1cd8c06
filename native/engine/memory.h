// memory.h - ImageMemory: a node's own copy of its table image, laid out for lookups.
#ifndef KUBEWIRE_ENGINE_MEMORY_H
#define KUBEWIRE_ENGINE_MEMORY_H

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <memory>

#include "abi/abi.gen.h"

namespace kubewire {

/// A copy, because rows of 64 bytes must not straddle cache lines wherever the caller's memory starts, and because nobody
/// else can change what was checked. Large images lie in huge pages where the system has them: that spares lookups page walks.
class ImageMemory {
 public:
  /// False when there is no memory.
  bool copy(const uint8_t* image, size_t bytes) {
    const size_t alignment = bytes < kHugePage ? KW_SECTION_ALIGNMENT : kHugePage;
    const size_t size = (bytes / alignment + 1) * alignment;
    memory_.reset(static_cast<uint8_t*>(std::aligned_alloc(alignment, size)));
    if (!memory_) return false;
    if (alignment == kHugePage) madvise(memory_.get(), size, MADV_HUGEPAGE);
    if (bytes != 0) std::memcpy(memory_.get(), image, bytes);
    return true;
  }

  const uint8_t* data() const { return memory_.get(); }
  uint8_t* data() { return memory_.get(); }

 private:
  static constexpr size_t kHugePage = size_t{2} << 20;
  struct Free {
    void operator()(uint8_t* memory) const { std::free(memory); }
  };
  std::unique_ptr<uint8_t, Free> memory_;
};

}  // namespace kubewire

#endif
