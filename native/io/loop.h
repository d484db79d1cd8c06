// loop.h - Loop: one shard. Moves frames between devices, the nodes of the shard, and the rings to other shards.
//
// Everything runs on the caller's thread. Between two calls of run() nodes, devices and images may change: that is the
// batch edge at which a new generation of tables is taken. No frame waits there, so nobody has glanced at the old one.
// A loop that sleeps is at such an edge, too: then another thread may patch tables through its gate, which spares waking
// this one twice.
#ifndef KUBEWIRE_IO_LOOP_H
#define KUBEWIRE_IO_LOOP_H

#include <cstdint>
#include <memory>
#include <vector>

#include "device.h"
#include "gate.h"
#include "ring.h"
#include "status.h"
#include "waiting.h"

struct epoll_event;

namespace kubewire {

/// Nanoseconds of CLOCK_MONOTONIC.
uint64_t monotonic_ns();

class Loop {
 public:
  /// Frames read from one device before the next has its turn; the clock is read once for all of them.
  static constexpr uint32_t kBatch = 64;
  /// Nodes that one frame may pass: node, fabric, node is three. More is a routing loop.
  static constexpr uint32_t kHopsMaximum = 16;
  static constexpr uint32_t kNodeIdMaximum = 65535;
  static constexpr uint32_t kPortMaximum = 65535;

  /// `index` of `shards`: node ids with id % shards == index live here. `wake_fd` ends run() early, `ring_fd` only its
  /// sleep; both stay the caller's. Through `gate` another thread reaches the loop while it sleeps.
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

  /// Puts a device behind a port row, whether the image has it yet or not. EEXIST: the port has one.
  /// On failure the device is closed; whoever wants to keep it asks first.
  Status may_attach(uint32_t id, uint32_t port) const;
  Status attach(uint32_t id, uint32_t port, std::unique_ptr<Device> device);
  Status detach(uint32_t id, uint32_t port);

  /// Frames to and from another shard.
  Status connect_out(uint32_t shard, std::unique_ptr<Ring> ring);
  Status connect_in(std::unique_ptr<Ring> ring);

  /// Gives a node new tables; refused = the old ones stay. The image is copied.
  Status load(uint32_t id, const uint8_t* image, size_t bytes, kw_image_error* error);

  /// Changes rows of a node's tables; refused = they stay as they are.
  Status patch(uint32_t id, const uint8_t* patch, size_t bytes, kw_image_error* error);

  /// Node of this shard, or null.
  Node* node(uint32_t id);

  /// Moves frames for at most `slice_ns`, sleeping at most `idle_ns` while there are none; returns at once when
  /// woken. Returns the frames that were read.
  uint32_t run(uint64_t slice_ns, uint64_t idle_ns);

 private:
  struct Place;
  struct Port;

  Place* place(uint32_t id) const { return id < places_.size() ? places_[id].get() : nullptr; }
  uint32_t drain_device(Port& port, uint64_t now);
  uint32_t drain_rings(uint64_t now);
  bool sleep_allowed();
  int wait(epoll_event* events, int timeout_ms);
  /// Runs a frame through this node and those behind it until it leaves the shard or ends.
  void travel(Place* at, Frame& frame, Passage passage, uint64_t now);
  bool send(Place& from, Frame& frame, uint32_t port);
  void sweep(uint64_t now);

  const uint32_t index_, shards_;
  const int wake_fd_, ring_fd_;
  uint64_t (*const clock_)();
  int epoll_ = -1;
  uint64_t swept_ns_ = 0;
  /// Closed by whoever may touch anything here: by the loop's own thread, except while it sleeps.
  Gate gate_;
  /// By node id; null where the id is not ours or not there.
  std::vector<std::unique_ptr<Place>> places_;
  /// Ports whose device has no fd to sleep on.
  std::vector<Port*> polled_;
  /// By shard; null for ourselves.
  std::vector<std::unique_ptr<Ring>> out_;
  std::vector<std::unique_ptr<Ring>> in_;
  std::unique_ptr<uint8_t[]> buffer_;
  Waiting waiting_;
};

}  // namespace kubewire

#endif
