// ring.h - Ring: frames from one shard to another; one producer, one consumer, in memory that both threads share.
//
// Memory: producer position (u64), consumer position (u64) and the consumer's sleep flag (u32), each on a cache line of
// its own, then a power of two of record bytes. Positions count bytes and never wrap; a record never wraps either, it
// skips what is left at the end. The producer wakes the consumer by eventfd only when it sleeps, so a busy ring costs
// no system call.
#ifndef KUBEWIRE_IO_RING_H
#define KUBEWIRE_IO_RING_H

#include <cstddef>
#include <cstdint>

#include "engine/node.h"

namespace kubewire {

/// Who gets a frame that crosses shards, and where it has been.
struct Passage {
  uint32_t node;
  /// The node that it comes from; KW_NONE when it came from a device.
  uint32_t from;
  /// Nodes that it has passed through so far.
  uint32_t hops;
  /// Links that misbehave and have met it already, a bit each (links.h).
  uint64_t met = 0;
};

class Ring {
 public:
  static constexpr size_t kHeaderBytes = 192;
  static constexpr size_t kDataBytesMinimum = 1 << 18;

  /// True if a ring fits: 8-byte aligned, a header and at least kDataBytesMinimum.
  static bool fits(const uint8_t* memory, size_t bytes);

  /// `memory` must start as zeros (before the first side attaches) and outlive the ring. `wake_fd` is the consumer's
  /// eventfd, not owned.
  Ring(uint8_t* memory, size_t bytes, int wake_fd);

  /// Producer: copies a frame in. False if it does not fit at the moment.
  bool push(const Frame& frame, const Passage& passage);
  /// Producer, at the end of a batch: wakes the consumer if it sleeps and something is new.
  void flush();

  /// Consumer: copies the next frame out to frame.data (frame.capacity bytes). False when empty.
  bool pop(Frame& frame, Passage& passage);
  /// Consumer: says that it will sleep (or no longer does). Look at empty() after saying so.
  void set_sleeping(bool sleeping);
  bool empty() const;

 private:
  struct Record;
  uint64_t* produced() const { return reinterpret_cast<uint64_t*>(memory_); }
  uint64_t* consumed() const { return reinterpret_cast<uint64_t*>(memory_ + 64); }
  uint32_t* sleeping() const { return reinterpret_cast<uint32_t*>(memory_ + 128); }
  uint8_t* at(uint64_t position) const { return memory_ + kHeaderBytes + (position & (size_ - 1)); }

  uint8_t* memory_;
  uint64_t size_;
  int wake_fd_;
  bool fresh_ = false;
};

}  // namespace kubewire

#endif
