// glance.h - Glance: prefetches the memory that a waiting frame will need. It decides and changes nothing.
//
// A flow or a row of PERFECT that it found need not be found again: process() only compares the key.
//
// Large tables live in main memory, where one cache miss takes as long as the rest of a packet. Four looks, some time
// apart, follow the chain of reads: flow index and pilot; flow record or PERFECT row; backend; index of replies.
#ifndef KUBEWIRE_ENGINE_GLANCE_H
#define KUBEWIRE_ENGINE_GLANCE_H

#include "core/match_perfect.h"
#include "core/packet.h"
#include "engine/flows.h"

namespace kubewire {

class Glance {
 public:
  /// With this many flows (or frontends under PERFECT) looking ahead begins to pay off: fewer stay in the caches by
  /// themselves.
  static constexpr uint32_t kWorthwhileFlows = FlowTable::kMany;
  static constexpr uint32_t kWorthwhileFrontends = 1024;
  static bool worthwhile(const kw_tables& tables, const FlowTable& flows) {
    return flows.count() >= kWorthwhileFlows || tables.perfect_count >= kWorthwhileFrontends;
  }

  /// The PERFECT row that may be the frame's, or null if none was looked at. Valid until the next image or patch.
  const kw_perfect_row* row() const { return row_; }

  /// Where the frame's flow may be, and the hash of its tuple.
  struct Place {
    uint32_t record = FlowTable::kNowhere;
    uint32_t hash = 0;
  };
  Place place() const { return place_; }

  /// Is there another look to take?
  bool looks_on() const { return next_ != Look::kNone; }

  /// Forgets the frame.
  void forget() {
    next_ = Look::kNone;
    row_ = nullptr;
    place_ = {};
  }

  /// The first look. Handles only plain packets: no IPv4 options, extension headers or fragments.
  void first(const kw_tables& tables, const FlowTable& flows, const kw_frame& frame) {
    forget();
    if (!read(frame)) return;
    many_flows_ = flows.count() >= kWorthwhileFlows;
    if (many_flows_) place_.hash = flows.glance(tuple_);
    if (!begins_) {
      if (many_flows_) next_ = Look::kFlow;
    } else if (tables.perfect_count != 0) {
      hash_ = kw_perfect_hash(tuple_.destination, tuple_.destination_port_be, tuple_.protocol, tables.hash_seed);
      pilot_ = &tables.pilots[kw_perfect_bucket(&tables, hash_)];
      __builtin_prefetch(pilot_);
      next_ = Look::kRow;
    }
  }

  /// The next look. `draw` is the draw that the frame will make if every frame before it makes one. A wrong guess only
  /// prefetches a line that is not needed.
  void next(const kw_tables& tables, const FlowTable& flows, uint32_t draw) {
    const Look look = next_;
    next_ = Look::kNone;
    if (look == Look::kRow) {
      if (many_flows_) place_.record = flows.glance_again(place_.hash);
      if (place_.record != FlowTable::kNowhere) return;
      row_ = &tables.perfect[kw_perfect_place(&tables, hash_, pilot_->index)];
      __builtin_prefetch(row_);
      next_ = Look::kBackend;
    } else if (look == Look::kBackend) {
      const uint32_t count = row_->cluster_count;
      if (count == 0 || !kw_address_equal(row_->address, tuple_.destination)) return;
      backend_ = &tables.backends[row_->cluster_first + kw_scale(draw, count)];
      __builtin_prefetch(backend_);
      if (many_flows_) next_ = Look::kReply;
    } else if (look == Look::kReply) {
      kw_tuple reply;
      kw_tuple_reverse(&reply, &tuple_);
      kw_address_copy(reply.source, backend_->address);
      reply.source_port_be = backend_->port_be;
      flows.glance(reply);
    } else if (look == Look::kFlow) {
      place_.record = flows.glance_again(place_.hash);
    }
  }

 private:
  bool read(const kw_frame& frame) {
    const uint8_t* data = frame.data;
    const uint8_t* l4;
    uint8_t protocol;
    if (frame.length < 54) return false;
    if (kw_load_be16(data + 12) == 0x0800) {
      if (data[14] != 0x45 || (kw_load_be16(data + 20) & 0x3fffu) != 0) return false;
      protocol = data[23];
      kw_address_from_v4(tuple_.source, data + 26);
      kw_address_from_v4(tuple_.destination, data + 30);
      l4 = data + 34;
    } else if (kw_load_be16(data + 12) == 0x86dd && frame.length >= 74) {
      protocol = data[20];
      kw_address_copy(tuple_.source, data + 22);
      kw_address_copy(tuple_.destination, data + 38);
      l4 = data + 54;
    } else {
      return false;
    }
    if (!kw_protocol_has_ports(protocol)) return false;
    kw_tuple_set_query(&tuple_, kw_load16(l4), kw_load16(l4 + 2), protocol, KW_ICMP_NO_QUERY, 0);
    // In TCP only a SYN normally starts a connection; in other protocols any packet may.
    begins_ = protocol != KW_PROTOCOL_TCP || (l4[13] & 0x12u) == 0x02u;
    return true;
  }

  /// What the next look will prefetch.
  enum class Look : uint8_t { kNone, kFlow, kRow, kBackend, kReply };

  kw_tuple tuple_{};
  const kw_index_row* pilot_ = nullptr;
  const kw_perfect_row* row_ = nullptr;
  const kw_backend_row* backend_ = nullptr;
  uint64_t hash_ = 0;
  Place place_;
  Look next_ = Look::kNone;
  bool many_flows_ = false;
  bool begins_ = false;
};

}  // namespace kubewire

#endif
