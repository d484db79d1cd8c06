// ring.cc - Ring: frames from one shard to another; one producer, one consumer, in memory that both threads share.
#include "ring.h"

#include <atomic>
#include <bit>
#include <cstring>

#include "wake.h"

namespace kubewire {

struct Ring::Record {
  /// Bytes of the whole record, a multiple of 8. With length kSkip it is filler up to the end of the ring.
  uint32_t bytes;
  uint32_t length;
  Passage passage;
  uint8_t needs_checksum, gso_type;
  uint16_t gso_size, header_length, checksum_start, checksum_offset, reserved;
};

namespace {

constexpr uint32_t kSkip = 0xffffffff;

}  // namespace

bool Ring::fits(const uint8_t* memory, size_t bytes) {
  return reinterpret_cast<uintptr_t>(memory) % 8 == 0 && bytes >= kHeaderBytes + kDataBytesMinimum;
}

Ring::Ring(uint8_t* memory, size_t bytes, int wake_fd)
    : memory_(memory), size_(std::bit_floor(bytes - kHeaderBytes)), wake_fd_(wake_fd) {}

bool Ring::push(const Frame& frame, const Passage& passage) {
  static_assert(sizeof(Record) == 48);
  uint64_t position = std::atomic_ref(*produced()).load(std::memory_order_relaxed);
  const uint64_t tail = std::atomic_ref(*consumed()).load(std::memory_order_acquire);
  const uint64_t bytes = (sizeof(Record) + frame.length + 7) & ~uint64_t{7};
  const uint64_t left = size_ - (position & (size_ - 1));
  const uint64_t skipped = left < bytes ? left : 0;
  if (position + skipped + bytes - tail > size_) return false;
  if (skipped != 0) {
    // There are always eight bytes left, because record sizes are multiples of 8.
    const uint32_t skip[2] = {static_cast<uint32_t>(skipped), kSkip};
    memcpy(at(position), skip, sizeof skip);
    position += skipped;
  }
  const Record record{static_cast<uint32_t>(bytes),
                      frame.length,
                      passage,
                      frame.needs_checksum,
                      frame.gso_type,
                      frame.gso_size,
                      frame.header_length,
                      frame.checksum_start,
                      frame.checksum_offset,
                      0};
  memcpy(at(position), &record, sizeof record);
  memcpy(at(position) + sizeof record, frame.data, frame.length);
  std::atomic_ref(*produced()).store(position + bytes, std::memory_order_release);
  fresh_ = true;
  return true;
}

void Ring::flush() {
  if (!fresh_) return;
  fresh_ = false;
  // Pairs with the fence in set_sleeping: either we see the flag, or the consumer sees our record.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (std::atomic_ref(*sleeping()).load(std::memory_order_relaxed) != 0) wake(wake_fd_);
}

bool Ring::pop(Frame& frame, Passage& passage) {
  uint64_t position = std::atomic_ref(*consumed()).load(std::memory_order_relaxed);
  for (;;) {
    if (position == std::atomic_ref(*produced()).load(std::memory_order_acquire)) return false;
    uint32_t start[2];
    memcpy(start, at(position), sizeof start);
    if (start[1] == kSkip) {
      position += start[0];
      continue;
    }
    Record record;
    memcpy(&record, at(position), sizeof record);
    frame.length = record.length < frame.capacity ? record.length : frame.capacity;
    frame.needs_checksum = record.needs_checksum;
    frame.gso_type = record.gso_type;
    frame.gso_size = record.gso_size;
    frame.header_length = record.header_length;
    frame.checksum_start = record.checksum_start;
    frame.checksum_offset = record.checksum_offset;
    passage = record.passage;
    memcpy(frame.data, at(position) + sizeof record, frame.length);
    std::atomic_ref(*consumed()).store(position + record.bytes, std::memory_order_release);
    return true;
  }
}

void Ring::set_sleeping(bool sleeps) {
  std::atomic_ref(*sleeping()).store(sleeps ? 1 : 0, std::memory_order_relaxed);
  if (sleeps) std::atomic_thread_fence(std::memory_order_seq_cst);
}

bool Ring::empty() const {
  return std::atomic_ref(*consumed()).load(std::memory_order_relaxed) ==
         std::atomic_ref(*produced()).load(std::memory_order_acquire);
}

}  // namespace kubewire
