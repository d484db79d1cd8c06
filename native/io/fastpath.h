// fastpath.h - FastPath: lends established connections of one shard to the BPF programs of the yard, and takes them back
// (native/bpf/README.md).
//
// Whatever the engine does with a flow that is lent, it does while it holds the lease. So the programs and the engine
// see one history: what comes after a change of tables is decided by the new tables.
#ifndef KUBEWIRE_IO_FASTPATH_H
#define KUBEWIRE_IO_FASTPATH_H

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/lease.h"
#include "engine/lender.h"
#include "engine/node.h"
#include "status.h"

namespace kubewire {

/// Of a yard, which keeps the descriptors.
struct LendingMaps {
  int ways = -1, leases = -1;
  /// Rows of `leases`.
  uint32_t count = 0;
};

/// What is lent now, and what the programs have carried.
struct Lent {
  uint32_t connections = 0;
  uint64_t frames = 0;
};

class FastPath final : public Lender {
 public:
  /// For one of the shards, which share the leases evenly.
  static Status open(const LendingMaps& maps, uint32_t shard, uint32_t shards, std::unique_ptr<FastPath>* path);
  ~FastPath() override;
  FastPath(const FastPath&) = delete;
  FastPath& operator=(const FastPath&) = delete;

  /// A frame that came through a cable begins its travel, each node on its way decides about it, and it leaves through
  /// a cable. Only a frame that does all this can show the way.
  void depart(const Frame& frame, uint32_t cable);
  void pass(uint32_t id, Node& node, uint64_t* counters, const Frame& frame, const kw_decision& decision);
  void arrive(const Frame& frame, uint32_t cable);

  /// The travel is over: what was called in is lent again, if it still may be.
  void go_on();
  /// More frames of this cable wait. They would be overtaken by those that come later, which TCP takes for a loss: its
  /// connections are not lent now.
  void wait(uint32_t cable);
  /// Lends what travelled since the last call.
  void lend(uint64_t now);

  /// The engine has all connections that pass this node, or all, until they are lent anew.
  void end_node(uint32_t id);
  void end_all();
  /// Brings flows and counters up to date, or the counters alone.
  Lent catch_up();
  void count_all();
  /// Is there anything to count?
  bool lends() const { return !lease_of_.empty(); }

  void call_in(kw_flow* flow) override;
  void end(kw_flow* flow) override;

 private:
  /// Nodes that a frame passes on a way that can be lent.
  static constexpr uint32_t kStops = 4;

  struct Stop {
    uint32_t id;
    uint32_t reason;
    Node* node;
    uint64_t* counters;
    kw_tuple tuple;
  };
  struct Travel {
    bool open = false;
    uint32_t stop_count = 0;
    uint32_t mtu = 0;
    uint8_t ttl = 0;
    std::array<Stop, kStops> stops;
    kw_way way{};
  };
  struct Flow {
    Node* node;
    kw_flow* record;
  };
  /// What the engine knows of a lease.
  struct Book {
    enum { FREE, LENT, HELD } state = FREE;
    uint32_t flow_count = 0;
    std::array<Flow, KW_LEASE_FLOWS> flows;
    std::array<std::array<Stop, kStops>, 2> stops;
    std::array<uint32_t, 2> stop_counts{};
    std::array<uint64_t, 2> frames{}, bytes{};
  };

  FastPath(int ways, uint32_t first, uint32_t count) : ways_(ways), first_(first), books_(count) {}
  void hold(uint32_t index);
  void release(uint32_t index);
  void end_lease(uint32_t index);
  void count(uint32_t index);
  bool passes(const Book& book, uint32_t id) const;
  void lend_travel(Travel& travel, uint64_t now);
  bool find_flows(Travel& travel, uint64_t now, std::array<Flow, KW_LEASE_FLOWS>* flows, uint32_t* flow_count);
  /// The lease that all of these flows are in, or a new one; null if there is none.
  kw_lease* lease_for(const std::array<Flow, KW_LEASE_FLOWS>& flows, uint32_t flow_count, uint32_t* index);

  const int ways_;
  const uint32_t first_;
  void* memory_ = nullptr;
  kw_lease* leases_ = nullptr;
  size_t bytes_ = 0;
  std::vector<Book> books_;
  std::vector<uint32_t> free_, held_;
  std::unordered_map<const kw_flow*, uint32_t> lease_of_;
  uint64_t carried_ = 0;
  Travel travel_;
  std::vector<Travel> travelled_;
};

}  // namespace kubewire

#endif
