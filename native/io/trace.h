// trace.h - Trace: tells a reader on another thread what became of every frame, through memory that both share. If the
// reader asks for the whole, it is told everything else that decides about frames, too.
//
// The memory is a kw_trace_ring and records after it (kw_trace_row). Positions count bytes and never wrap; a record
// never wraps either, it skips what is left at the end. The shard never waits: what finds no room is left out and
// counted.
#ifndef KUBEWIRE_IO_TRACE_H
#define KUBEWIRE_IO_TRACE_H

#include <cstddef>
#include <cstdint>

#include "engine/node.h"

namespace kubewire {

class Trace {
 public:
  /// True if a ring fits: 8-byte aligned, a header and room for some of the largest records.
  static bool fits(const uint8_t* memory, size_t bytes);

  /// `memory` must start as zeros, apart from kw_trace_ring.snap and .whole, and outlive the trace.
  Trace(uint8_t* memory, size_t bytes);

  /// A frame is about to be processed by a node: keeps its bytes. `now`: the monotonic clock; `decided`: the time by which
  /// the node decides.
  void arrive(const Frame& frame, uint32_t node, uint64_t now, uint64_t decided);
  /// It was processed: keeps the decision, and the bytes of what will leave.
  void leave(const Frame& frame, const kw_decision& decision, uint64_t generation);
  /// What should have left was lost after all.
  void lose(uint32_t reason);
  /// Something else happened to a node. Only a reader of the whole is told.
  void note(kw_trace_kind kind, uint32_t node, uint64_t now, uint64_t generation = 0, uint32_t places = 0);
  /// Shows the reader what is complete.
  void flush();

 private:
  kw_trace_ring* ring() const { return reinterpret_cast<kw_trace_ring*>(memory_); }
  uint8_t* at(uint64_t position) const { return memory_ + sizeof(kw_trace_ring) + (position & (size_ - 1)); }
  kw_trace_row* row() const { return reinterpret_cast<kw_trace_row*>(at(position_)); }
  uint32_t keep(const Frame& frame, uint64_t offset) const;
  bool make_room();
  /// An empty record with its number; null, and it is counted, if there is no room.
  kw_trace_row* begin();

  uint8_t* memory_;
  uint64_t size_;
  /// Where the current record is, and where the next one starts. They are the same if it was left out.
  uint64_t position_ = 0, next_ = 0;
  uint64_t sequence_ = 0;
};

}  // namespace kubewire

#endif
