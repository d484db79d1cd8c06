// node.h - Node: the dataplane of one emulated node, a frame in, a decision and a frame out. The interface for io/ and
// binding/.
#ifndef KUBEWIRE_ENGINE_NODE_H
#define KUBEWIRE_ENGINE_NODE_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/frame.h"
#include "engine/glance.h"

namespace kubewire {

/// Smallest capacity of a frame buffer: an ICMP error about a short packet is longer than the packet. If it is smaller,
/// frames whose answer does not fit are dropped silently.
constexpr uint32_t kFrameCapacityMinimum = 1536;
/// The default flow capacity and its limits (all powers of two).
constexpr uint32_t kFlowCapacityDefault = 65536;
constexpr uint32_t kFlowCapacityMinimum = 8;
constexpr uint32_t kFlowCapacityMaximum = 1u << 22;

/// An Ethernet frame without FCS in the caller's buffer, with its virtio-net header fields. `port` is the port it came
/// from and never changes; kw_decision.out_port says where it goes.
using Frame = ::kw_frame;

class Node {
 public:
  /// `counters`: KW_COUNTER_CELLS cells that outlive the node. Only this node writes them, with relaxed atomic stores.
  /// `flow_capacity` is rounded up to a power of two and kept within its limits.
  Node(uint32_t seed, uint32_t flow_capacity, uint64_t* counters);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// False if the flow table could not be allocated; then nothing else may be called.
  bool ready() const;

  /// Copies and checks a new generation of tables. If it is refused, nothing changes. Flows survive.
  kw_image_error load(const uint8_t* image, size_t bytes, uint64_t now_ns);

  /// Changes rows of the current tables (native/law/patch.md), after checking all that they affect. If the patch is
  /// refused, nothing changes. Flows survive.
  kw_image_error patch(const uint8_t* patch, size_t bytes, uint64_t now_ns);

  /// Runs one frame: rewrites it in place, or replaces its content (and offload fields) with the answer. Time must
  /// never go backwards. The content of a dropped frame is undefined afterwards.
  void process(Frame& frame, uint64_t now_ns, kw_decision& decision);

  /// Is it worth glancing at frames before their turn? Small tables and few flows stay in the caches by themselves.
  bool looks_ahead() const;
  /// Look at a waiting frame before process() (glance.h): the first look and up to three more, some time apart, given
  /// how many frames come before it. They change nothing. No load and no patch may come between them.
  void glance(const Frame& frame, Glance& glance) const;
  void glance_on(Glance& glance, uint32_t ahead) const {
    if (glance.looks_on()) look_on(glance, ahead);
  }
  /// Passes on what the looks found for the frame of the next process().
  void recall(const Glance& glance);

  /// Forgets expired flows in `places` places of the flow table, starting where the last call stopped.
  void sweep(uint64_t now_ns, uint32_t places);

  /// Copies at most `max` live flows, in no particular order; returns how many.
  size_t flows(kw_flow_row* out, size_t max, uint64_t now_ns) const;

  /// Copies at most `max` clients that Services with session affinity remember, in no particular order; returns how many.
  size_t affinities(kw_affinity_row* out, size_t max) const;

  /// Copies the last dropped or rejected frame of every reason, at most `max`; returns how many.
  size_t losses(kw_loss_row* out, size_t max) const;

  /// Live and expired-but-unswept flows: an upper bound for flows().
  size_t flow_count() const;

  /// Everything that decides about later frames: tables, flows, affinity, virtual servers, random draws. Empty before the
  /// first image.
  std::vector<uint8_t> save() const;
  /// Goes on where the node that was saved stood. Call it once, before anything else. False if the bytes are not what a
  /// node of this build and of this flow capacity has saved; then the node may only be destroyed.
  bool restore(const uint8_t* state, size_t bytes, uint64_t now_ns);

  /// Replaces the next random draws with a script. Once it is used up, draws come from the generator again.
  void script_random(const uint32_t* draws, size_t count);

  /// The flow with this tuple that may be lent, and the direction of the tuple; null if there is none.
  kw_flow* lendable(const kw_tuple& tuple, uint64_t now_ns, uint32_t* direction);
  /// Who may have flows of this node; null = nobody. It must outlive the node.
  void lend_by(Lender* lender);
  void catch_up(kw_flow* flow, const kw_flow& state);
  /// The tables in force; null before the first image. They change with the next load or patch.
  const kw_tables* tables() const;

  /// Node id of the current image; KW_NONE before the first.
  uint32_t node_id() const;

 private:
  void look_on(Glance& glance, uint32_t ahead) const;

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kubewire

#endif
