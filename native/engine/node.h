// node.h - Node: the dataplane of one emulated node. Frame in, decision and frame out. What io/ and binding/ see of engine/.
#ifndef KUBEWIRE_ENGINE_NODE_H
#define KUBEWIRE_ENGINE_NODE_H

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/frame.h"
#include "engine/glance.h"

namespace kubewire {

/// Smallest capacity of a frame buffer: an ICMP error about a short packet is longer than the packet. With less, answers
/// that do not fit are silent drops.
constexpr uint32_t kFrameCapacityMinimum = 1536;
/// Flow capacity when nobody says one, and its limits (all powers of two).
constexpr uint32_t kFlowCapacityDefault = 65536;
constexpr uint32_t kFlowCapacityMinimum = 8;
constexpr uint32_t kFlowCapacityMaximum = 1u << 22;

/// An Ethernet frame without FCS in a buffer of the caller, with what the virtio-net header says about it. `port` is where
/// it came from and is not changed; where it goes is kw_decision.out_port.
using Frame = ::kw_frame;

class Node {
 public:
  /// `counters`: KW_COUNTER_CELLS cells that outlive the node; written with relaxed atomic stores, by this node alone.
  /// `flow_capacity` is rounded up to a power of two and kept within its limits.
  Node(uint32_t seed, uint32_t flow_capacity, uint64_t* counters);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// False when the memory of the flow table could not be had; nothing else may be called then.
  bool ready() const;

  /// Takes a new generation of tables: a copy, after checking every byte of it; refused = nothing changes. Flows survive.
  kw_image_error load(const uint8_t* image, size_t bytes, uint64_t now_ns);

  /// Changes rows of the tables in force (native/law/patch.md), after checking all that they touch; refused = nothing
  /// changes. Flows survive.
  kw_image_error patch(const uint8_t* patch, size_t bytes, uint64_t now_ns);

  /// Runs one frame: rewrites it in place, or replaces its content (and offload fields) by the answer. Time never goes
  /// backwards. A dropped frame's content is undefined afterwards.
  void process(Frame& frame, uint64_t now_ns, kw_decision& decision);

  /// Is it worth while to glance at frames before their turn? Small tables and few flows stay in the caches by themselves.
  bool looks_ahead() const;
  /// Looks at a frame that waits (glance.h), some time between them, before process(): the first one and up to three
  /// more, with how many frames have their turn before it. They change nothing; no load and no patch may come between them.
  void glance(const Frame& frame, Glance& glance) const;
  void glance_on(Glance& glance, uint32_t ahead) const;
  /// Says what was seen of the frame that the next process() is given.
  void recall(const Glance& glance);

  /// Forgets expired flows in `places` places of the flow table, going on where the last call stopped.
  void sweep(uint64_t now_ns, uint32_t places);

  /// Copies at most `max` live flows, in no particular order; returns how many.
  size_t flows(kw_flow_row* out, size_t max, uint64_t now_ns) const;

  /// Copies at most `max` clients that Services with session affinity remember, in no particular order; returns how many.
  size_t affinities(kw_affinity_row* out, size_t max) const;

  /// Copies the last frame of every reason for which one was dropped or rejected, at most `max`; returns how many.
  size_t losses(kw_loss_row* out, size_t max) const;

  /// Live and expired-but-unswept flows: an upper bound for flows().
  size_t flow_count() const;

  /// Replaces the random draws that follow by a script; an exhausted script goes back to the generator.
  void script_random(const uint32_t* draws, size_t count);

  /// Node id of the image in force; KW_NONE before the first.
  uint32_t node_id() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kubewire

#endif
