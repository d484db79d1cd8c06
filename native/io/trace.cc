// trace.cc - Trace: tells a reader on another thread what became of every frame, through memory that both share.
#include "trace.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

#include "device.h"

namespace kubewire {

namespace {

/// The longest record: both frames as long as a frame can be.
constexpr uint64_t kLongest = sizeof(kw_trace_row) + 2 * uint64_t{kFrameBufferBytes};
constexpr uint64_t kRecordsMinimum = 4;

uint64_t padded(uint64_t bytes) { return (bytes + 7) & ~uint64_t{7}; }

}  // namespace

bool Trace::fits(const uint8_t* memory, size_t bytes) {
  return reinterpret_cast<uintptr_t>(memory) % 8 == 0 && bytes >= sizeof(kw_trace_ring) &&
         std::bit_floor(bytes - sizeof(kw_trace_ring)) >= kRecordsMinimum * kLongest;
}

Trace::Trace(uint8_t* memory, size_t bytes) : memory_(memory), size_(std::bit_floor(bytes - sizeof(kw_trace_ring))) {}

/// Moves position_ to where the longest record fits. False if the reader is too far behind.
bool Trace::make_room() {
  const uint64_t tail = std::atomic_ref(ring()->consumed).load(std::memory_order_acquire);
  const uint64_t left = size_ - (position_ & (size_ - 1));
  const uint64_t skipped = left < kLongest ? left : 0;
  if (position_ + skipped + kLongest - tail > size_) return false;
  if (skipped != 0) {
    // There are always eight bytes left, because record sizes are multiples of 8.
    const uint32_t filler[2] = {static_cast<uint32_t>(skipped), KW_NONE};
    memcpy(at(position_), filler, sizeof filler);
    position_ += skipped;
  }
  return true;
}

uint32_t Trace::keep(const Frame& frame, uint64_t offset) const {
  const uint32_t snap = ring()->snap == 0 ? KW_NONE : ring()->snap;
  const uint32_t kept = std::min({frame.length, snap, kFrameBufferBytes});
  memcpy(at(position_) + offset, frame.data, kept);
  return kept;
}

kw_trace_row* Trace::begin() {
  position_ = next_;
  const uint64_t sequence = sequence_++;
  if (!make_room()) {
    std::atomic_ref lost(ring()->lost);
    lost.store(lost.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    next_ = position_;
    return nullptr;
  }
  kw_trace_row* to = row();
  *to = {};
  to->sequence = sequence;
  next_ = position_ + sizeof *to;
  return to;
}

void Trace::arrive(const Frame& frame, uint32_t node, uint64_t now, uint64_t decided) {
  kw_trace_row* to = begin();
  if (to == nullptr) return;
  to->node = node;
  to->at_ns = now;
  to->clock_ns = decided;
  to->in_port = frame.port;
  to->in_length = frame.length;
  to->in_kept = keep(frame, sizeof *to);
  to->in_needs_checksum = frame.needs_checksum;
  to->in_gso_type = frame.gso_type;
  to->in_gso_size = frame.gso_size;
  to->in_header_length = frame.header_length;
  to->in_checksum_start = frame.checksum_start;
  to->in_checksum_offset = frame.checksum_offset;
  next_ += padded(to->in_kept);
}

void Trace::leave(const Frame& frame, const kw_decision& decision, uint64_t generation) {
  if (next_ == position_) return;
  kw_trace_row* to = row();
  to->verdict = decision.verdict;
  to->reason = decision.reason;
  to->state = decision.state;
  to->next_hop = decision.next_hop;
  to->frontend = decision.frontend;
  to->service = decision.service;
  to->backend = decision.backend;
  to->list = decision.list;
  to->masquerade = decision.masquerade;
  to->choices = decision.choices;
  to->flags = decision.flags;
  to->generation = generation;
  to->out_port = KW_NONE;
  if (decision.verdict != KW_VERDICT_DROP) {
    to->out_port = decision.verdict == KW_VERDICT_REPLY ? frame.port : decision.out_port;
    to->out_length = frame.length;
    to->out_kept = keep(frame, next_ - position_);
    to->out_needs_checksum = frame.needs_checksum;
    to->out_gso_type = frame.gso_type;
    to->out_gso_size = frame.gso_size;
    to->out_header_length = frame.header_length;
    to->out_checksum_start = frame.checksum_start;
    to->out_checksum_offset = frame.checksum_offset;
    next_ += padded(to->out_kept);
  }
  to->bytes = static_cast<uint32_t>(next_ - position_);
}

void Trace::lose(uint32_t reason) {
  if (next_ == position_) return;
  row()->lost_to = reason;
}

void Trace::note(kw_trace_kind kind, uint32_t node, uint64_t now, uint64_t generation, uint32_t places) {
  if (ring()->whole == 0) return;
  kw_trace_row* to = begin();
  if (to == nullptr) return;
  to->kind = kind;
  to->node = node;
  to->at_ns = to->clock_ns = now;
  to->generation = generation;
  to->places = places;
  to->out_port = KW_NONE;
  to->bytes = sizeof *to;
}

void Trace::flush() { std::atomic_ref(ring()->produced).store(next_, std::memory_order_release); }

}  // namespace kubewire
