// memory.h - ImageMemory: a node's own copy of its table image, laid out for lookups.
#ifndef KUBEWIRE_ENGINE_MEMORY_H
#define KUBEWIRE_ENGINE_MEMORY_H

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <memory>

#include "abi/abi.gen.h"
#include "engine/pages.h"

namespace kubewire {

/// It is a copy for two reasons: 64-byte rows must not straddle cache lines, however the caller's memory is aligned,
/// and nobody else can change what was checked. Large images use huge pages if the system has them, to save page walks.
class ImageMemory {
 public:
  /// False if the allocation failed.
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
  struct Free {
    void operator()(uint8_t* memory) const { std::free(memory); }
  };
  std::unique_ptr<uint8_t, Free> memory_;
};

}  // namespace kubewire

#endif
