// node.h - Node: the dataplane of one emulated node. Frame in, decision and frame out. What io/ and binding/ see of engine/.
#ifndef KUBEWIRE_ENGINE_NODE_H
#define KUBEWIRE_ENGINE_NODE_H

#include <cstddef>
#include <cstdint>
#include <memory>

#include "abi/abi.gen.h"

namespace kubewire {

/// Bytes behind the largest IP packet that a frame buffer must hold: an answer made in place never needs more.
constexpr uint32_t kFrameHeadroom = 64;
/// Smallest capacity of a frame buffer: an ICMPv6 error about a short packet is longer than the packet.
constexpr uint32_t kFrameCapacityMinimum = 1536;
/// Flow capacity when nobody says one, and its limits (all powers of two).
constexpr uint32_t kFlowCapacityDefault = 65536;
constexpr uint32_t kFlowCapacityMinimum = 8;
constexpr uint32_t kFlowCapacityMaximum = 1u << 22;

/// An Ethernet frame without FCS in a buffer of the caller, with what the virtio-net header says about it.
struct Frame {
  uint8_t* data;
  uint32_t length;
  /// Bytes that may be written at data; at least kFrameCapacityMinimum, or answers that do not fit are silent drops.
  uint32_t capacity;
  /// Port row through which it came. Not changed; where it goes is kw_decision.out_port.
  uint32_t port;
  /// VIRTIO_NET_HDR_F_NEEDS_CSUM: the L4 checksum holds the folded, uncomplemented pseudo-header sum.
  uint8_t needs_checksum;
  /// VIRTIO_NET_HDR_GSO_*: 0 none, 1 TCPv4, 4 TCPv6, 5 UDP_L4 (0x80 = ECN).
  uint8_t gso_type;
  uint16_t gso_size;
  /// Ethernet + IP + L4 header bytes.
  uint16_t header_length;
  uint16_t checksum_start;
  uint16_t checksum_offset;
};

class Node {
 public:
  /// `counters`: KW_COUNTER_CELLS cells that outlive the node; written with relaxed atomic stores, by this node alone.
  /// `flow_capacity` is rounded up to a power of two and kept within its limits.
  Node(uint32_t seed, uint32_t flow_capacity, uint64_t* counters);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Takes a new generation of tables after checking every byte of them; refused = nothing changes. The caller keeps
  /// the image's memory alive and unchanged until a later load returns OK. Flows survive.
  kw_image_error load(const uint8_t* image, size_t bytes, uint64_t now_ns);

  /// Runs one frame: rewrites it in place, or replaces its content (and offload fields) by the answer. Time never goes
  /// backwards. A dropped frame's content is undefined afterwards.
  void process(Frame& frame, uint64_t now_ns, kw_decision& decision);

  /// Forgets expired flows in `places` places of the flow table, going on where the last call stopped.
  void sweep(uint64_t now_ns, uint32_t places);

  /// Copies at most `max` live flows, in no particular order; returns how many.
  size_t flows(kw_flow_row* out, size_t max, uint64_t now_ns) const;

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
