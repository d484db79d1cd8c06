// pages.h - Pages: zeroed memory of a large table. It becomes resident where it is touched, and in huge pages if the
// system has them.
#ifndef KUBEWIRE_ENGINE_PAGES_H
#define KUBEWIRE_ENGINE_PAGES_H

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace kubewire {

constexpr size_t kHugePage = size_t{2} << 20;

class Pages {
 public:
  /// Starts at a huge page. data() is null if the allocation failed.
  explicit Pages(size_t bytes) : size_(round_up(bytes) + kHugePage) {
    void* memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return;
    memory_ = memory;
    data_ = reinterpret_cast<uint8_t*>(round_up(reinterpret_cast<uintptr_t>(memory)));
    bytes_ = bytes;
  }
  ~Pages() {
    if (memory_ != nullptr) munmap(memory_, size_);
  }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  uint8_t* data() const { return data_; }

  /// From `from` on, memory that is touched first becomes resident as huge pages. Saves page faults, and page walks.
  void grow_huge(size_t from) {
    const size_t start = round_up(from), end = bytes_ / kHugePage * kHugePage;
    if (start < end) madvise(data_ + start, end - start, MADV_HUGEPAGE);
  }

  /// Makes huge pages of the first `bytes`, of which most are resident already. A copy, so not for very much at once.
  void collapse(size_t bytes) {
    const size_t end = std::min(bytes, bytes_) / kHugePage * kHugePage;
    if (end != 0) madvise(data_, end, kCollapse);
  }

 private:
  /// MADV_COLLAPSE of Linux 6.1, which older headers lack. Elsewhere pages stay small.
  static constexpr int kCollapse = 25;

  static constexpr size_t round_up(size_t bytes) { return (bytes + kHugePage - 1) / kHugePage * kHugePage; }

  size_t size_;
  size_t bytes_ = 0;
  void* memory_ = nullptr;
  uint8_t* data_ = nullptr;
};

}  // namespace kubewire

#endif
