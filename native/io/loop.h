// loop.h - Loop: one shard. Moves frames between devices, the nodes of the shard, and the rings to other shards.
//
// Everything runs on the caller's thread. Nodes, devices and images may change only between two calls of run(), when no
// frame is waiting, so no glance has seen the old tables. A sleeping loop is in the same situation: another thread may
// then patch tables through its gate, which saves waking this thread.
#ifndef KUBEWIRE_IO_LOOP_H
#define KUBEWIRE_IO_LOOP_H

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "device.h"
#include "fastpath.h"
#include "gate.h"
#include "held.h"
#include "links.h"
#include "patience.h"
#include "ring.h"
#include "status.h"
#include "trace.h"
#include "waiting.h"

struct epoll_event;

namespace kubewire {

/// Nanoseconds of CLOCK_MONOTONIC.
uint64_t monotonic_ns();

class Loop {
 public:
  /// Frames read from one device before the next gets its turn. The clock is read once for all of them.
  static constexpr uint32_t kBatch = 64;
  /// Nodes that one frame may pass through. Node, fabric, node is three; more than this is a routing loop.
  static constexpr uint32_t kHopsMaximum = 16;
  static constexpr uint32_t kNodeIdMaximum = 65535;
  static constexpr uint32_t kPortMaximum = 65535;

  /// `index` of `shards`: node ids with id % shards == index live here. `wake_fd` ends run() early, `ring_fd` only its
  /// sleep; both stay the caller's. Another thread can enter the sleeping loop through `gate`.
  Loop(uint32_t index, uint32_t shards, int wake_fd, int ring_fd, Gate gate, uint64_t (*clock)() = monotonic_ns);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Sets up epoll. Must succeed before anything else.
  Status open();

  /// EEXIST: the id is taken; EINVAL: it does not belong to this shard. `counters` as for Node.
  Status add_node(uint32_t id, uint32_t seed, uint32_t flow_capacity, uint64_t* counters);
  /// Closes its devices too. ENOENT: no such node.
  Status remove_node(uint32_t id);

  /// Attaches a device to a port row, even if no image has it yet. EEXIST: the port has a device.
  /// On failure the device is closed; to keep it, ask first. `cable`: its end in the yard; 0 = it has none.
  Status may_attach(uint32_t id, uint32_t port) const;
  Status attach(uint32_t id, uint32_t port, std::unique_ptr<Device> device, uint32_t cable = 0);
  Status detach(uint32_t id, uint32_t port);

  /// Connects the rings to and from another shard.
  Status connect_out(uint32_t shard, std::unique_ptr<Ring> ring);
  Status connect_in(std::unique_ptr<Ring> ring);

  /// Gives a node new tables. If they are refused, the old ones stay. The image is copied.
  Status load(uint32_t id, const uint8_t* image, size_t bytes, kw_image_error* error);

  /// Changes rows of a node's tables. If the patch is refused, nothing changes.
  Status patch(uint32_t id, const uint8_t* patch, size_t bytes, kw_image_error* error);

  /// Readers of traces, each with its own.
  static constexpr uint32_t kReaders = 2;

  /// Tells a reader what becomes of every frame from now on; null = no longer.
  void tell(uint32_t reader, std::unique_ptr<Trace> trace);

  /// Lends established connections between cables from now on. EBUSY: there are nodes already.
  Status lend_by(const LendingMaps& maps);
  /// Brings flows and counters up to date with what was lent.
  Lent catch_up();

  /// Links that misbehave from now on (links.h). EINVAL: a row is wrong, and nothing changes.
  Status link(Links::Rows rows, uint64_t* cells);

  /// How many microseconds to ask for frames before sleeping, while that pays; 0 = never. To be called on the loop's own thread, which
  /// will have short turns if it asks.
  void busy_poll(uint32_t window_us);

  /// A node of this shard, or null.
  Node* node(uint32_t id);

  /// Moves frames for at most `slice_ns`, sleeping up to `idle_ns` if there are none; returns at once when
  /// woken. Returns the number of frames read.
  uint32_t run(uint64_t slice_ns, uint64_t idle_ns);

 private:
  /// Events taken from epoll at once.
  static constexpr int kEvents = 64;
  struct Place;
  struct Port;

  Place* place(uint32_t id) const { return id < places_.size() ? places_[id].get() : nullptr; }
  uint32_t drain_device(Port& port, uint64_t now);
  uint32_t drain_rings(uint64_t now);
  bool sleep_allowed();
  int wait(epoll_event* events, int timeout_ms);
  /// Waits without sleeping, if that is worth it. Returns the number of events.
  int ask(epoll_event* events, uint64_t now);
  /// Runs a frame through this node and the nodes after it, until it leaves the shard or ends.
  void travel(Place* at, Frame& frame, Passage passage, uint64_t now);
  bool send(Place& from, Frame& frame, uint32_t port);
  /// The next step of a frame that leaves a node: to a device, a ring or the node that is returned.
  Place* forward(Place& from, Frame& frame, uint32_t port, uint32_t next, Passage& passage);
  /// What links make of it. False if it is lost, or goes on later.
  bool cross(Place& from, Frame& frame, uint32_t port, uint32_t next, Passage& passage, const Ends& before);
  /// May a frame show a way to lend? Not if somebody wants to see or disturb all of them.
  bool lends() const { return path_ != nullptr && !traced_ && links_.empty(); }
  /// Frames that were held and are due go on.
  uint32_t release(uint64_t now);
  void sweep(uint64_t now);

  const uint32_t index_, shards_;
  const int wake_fd_, ring_fd_;
  uint64_t (*const clock_)();
  int epoll_ = -1;
  uint64_t swept_ns_ = 0;
  /// The loop's own thread keeps it closed, except while it sleeps. Whoever holds it may touch everything here.
  Gate gate_;
  /// Indexed by node id; null if the node does not exist or is not ours.
  std::vector<std::unique_ptr<Place>> places_;
  /// Null unless connections may be lent. Destroyed first, for it has flows of nodes.
  std::unique_ptr<FastPath> path_;
  /// Ports whose device has no fd to sleep on.
  std::vector<Port*> polled_;
  /// Indexed by shard; null for this one.
  std::vector<std::unique_ptr<Ring>> out_;
  std::vector<std::unique_ptr<Ring>> in_;
  std::unique_ptr<uint8_t[]> buffer_;
  Waiting waiting_;
  Patience patience_;
  Links links_;
  Held held_;
  void lose(uint32_t reason);
  void note(kw_trace_kind kind, const Place& at, uint64_t now, uint32_t places = 0);

  /// One for each reader, or null, and whether there is any.
  std::array<std::unique_ptr<Trace>, kReaders> traces_;
  bool traced_ = false;
};

}  // namespace kubewire

#endif
