// loop.cc - Loop: one shard. Moves frames between devices, the nodes of the shard, and the rings to other shards.
#include "loop.h"

#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "loop_place.h"
#include "segment.h"
#include "wake.h"

namespace kubewire {

namespace {

constexpr uint64_t kMillisecond = 1'000'000;
/// Flow places looked at for expiry, per node and sweep: an idle loop sweeps a table of 65,536 in about 16 s.
constexpr uint32_t kSweepPlaces = 1024;
constexpr uint64_t kSweepEvery = 10 * kMillisecond;
/// Longest run without frames while connections are lent: their packets wake nobody, and somebody may read counters.
constexpr uint64_t kCountEvery = 50 * kMillisecond;

/// One writer, so a plain read and a relaxed store: readers of the shared cells see whole values.
void count(uint64_t* cell) { __atomic_store_n(cell, *cell + 1, __ATOMIC_RELAXED); }

}  // namespace

uint64_t monotonic_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

Loop::Loop(uint32_t index, uint32_t shards, int wake_fd, int ring_fd, Gate gate, uint64_t (*clock)())
    : index_(index), shards_(shards), wake_fd_(wake_fd), ring_fd_(ring_fd), clock_(clock), gate_(gate), out_(shards),
      buffer_(std::make_unique<uint8_t[]>(kFrameBufferBytes)) {}

Loop::~Loop() {
  path_.reset();
  places_.clear();
  if (epoll_ >= 0) close(epoll_);
}

Status Loop::open() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) return Status::failed("epoll_create1");
  for (const int* fd : {&wake_fd_, &ring_fd_}) {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = const_cast<int*>(fd)}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, *fd, &event) != 0) return Status::failed("epoll_ctl");
  }
  if (!held_.open()) return Status::failed("timerfd_create");
  epoll_event timer{.events = EPOLLIN, .data = {.ptr = &held_}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, held_.timer_fd(), &timer) != 0) return Status::failed("epoll_ctl");
  return {};
}

void Loop::lose(uint32_t reason) {
  for (const auto& trace : traces_) {
    if (trace != nullptr) trace->lose(reason);
  }
}

void Loop::note(kw_trace_kind kind, const Place& at, uint64_t now, uint32_t places) {
  for (const auto& trace : traces_) {
    if (trace != nullptr) trace->note(kind, at.id, now, at.counters[KW_COUNTER_GENERATION], places);
  }
}

bool Loop::send(Place& from, Frame& frame, uint32_t port) {
  Port* out = port < from.ports.size() ? from.ports[port].get() : nullptr;
  if (out == nullptr) return false;
  if (out->cable != 0 && lends()) path_->arrive(frame, out->cable);
  return out->device->write(frame);
}

Loop::Place* Loop::forward(Place& from, Frame& frame, uint32_t port, uint32_t next, Passage& passage) {
  Place* onward = nullptr;
  bool taken;
  if (next == KW_NONE || (port < from.ports.size() && from.ports[port] != nullptr)) {
    taken = send(from, frame, port);
  } else if (next % shards_ == index_) {
    onward = place(next);
    taken = onward != nullptr;
  } else {
    Ring* ring = out_[next % shards_].get();
    taken = ring != nullptr && ring->push(frame, {next, from.id, passage.hops, passage.met});
  }
  if (KW_UNLIKELY(!taken)) {
    count(from.counters + KW_REASON_DEVICE_QUEUE_FULL);
    lose(KW_REASON_DEVICE_QUEUE_FULL);
  }
  if (onward == nullptr) return nullptr;
  frame.port = onward->uplinks.port_from(from.id);
  passage.from = from.id;
  return onward;
}

bool Loop::cross(Place& from, Frame& frame, uint32_t port, uint32_t next, Passage& passage, const Ends& before) {
  const uint64_t now = clock_();
  Fate fate = links_.meet(before, ends_of(frame), frame.length, passage, now);
  if (fate.flipped != 0 && fate.reason == 0) {
    // Nobody would notice if the checksum were made of what is damaged. A large frame has none yet: it is lost whole.
    if (frame.gso_type != 0 || (frame.needs_checksum && !complete_checksum(frame))) {
      fate.reason = KW_REASON_LINK_LOST;
    } else {
      frame.data[fate.flipped / 8] ^= static_cast<uint8_t>(1u << (fate.flipped % 8));
    }
  }
  const auto hold = [&] {
    links_.hold(fate.by, frame.length);
    return held_.push({.due = fate.due, .node = from.id, .port = port, .next = next, .by = fate.by, .passage = passage},
                      frame);
  };
  if (fate.reason == 0 && fate.twice && !hold()) fate.reason = KW_REASON_LINK_QUEUE_FULL;
  if (fate.reason == 0 && fate.due > now) {
    if (hold()) return false;
    fate.reason = KW_REASON_LINK_QUEUE_FULL;
  }
  if (fate.reason == 0) return true;
  count(from.counters + fate.reason);
  lose(fate.reason);
  return false;
}

uint32_t Loop::release(uint64_t now) {
  HeldFrame held;
  uint32_t frames = 0;
  for (; held_.pop(now, &held); frames++) {
    links_.release(held.by, held.frame.length);
    Place* from = place(held.node);
    // The node was removed while the frame was on its way.
    if (from == nullptr) continue;
    Place* onward = forward(*from, held.frame, held.port, held.next, held.passage);
    if (onward != nullptr) travel(onward, held.frame, held.passage, now);
  }
  held_.arm();
  return frames;
}

void Loop::travel(Place* at, Frame& frame, Passage passage, uint64_t now) {
  kw_decision decision;
  while (at != nullptr) {
    if (++passage.hops > kHopsMaximum) return count(at->counters + KW_REASON_HOP_LIMIT_INTERNAL);
    // A device may be attached before the image that has its port is loaded.
    if (frame.port >= at->uplinks.port_count()) return count(at->counters + KW_REASON_NO_TABLES);
    const bool linked = KW_UNLIKELY(!links_.empty());
    Ends before;
    if (linked) before = ends_of(frame);
    if (KW_UNLIKELY(traced_)) {
      for (const auto& trace : traces_) {
        if (trace != nullptr) trace->arrive(frame, at->id, clock_(), now);
      }
    }
    at->node.process(frame, now, decision);
    if (KW_UNLIKELY(traced_)) {
      for (const auto& trace : traces_) {
        if (trace != nullptr) trace->leave(frame, decision, at->counters[KW_COUNTER_GENERATION]);
      }
    }
    if (path_ != nullptr) path_->pass(at->id, at->node, at->counters, frame, decision);
    if (decision.verdict == KW_VERDICT_DROP) return;
    const bool answer = decision.verdict == KW_VERDICT_REPLY;
    const uint32_t port = answer ? frame.port : decision.out_port;
    // An answer to a frame from another node goes back to that node, even if the uplink leads to several.
    const uint32_t next = answer && decision.next_hop == KW_NONE ? passage.from : decision.next_hop;
    if (linked && !cross(*at, frame, port, next, passage, answer ? ends_of(frame) : before)) return;
    at = forward(*at, frame, port, next, passage);
  }
}

uint32_t Loop::drain_device(Port& port, uint64_t now) {
  const Passage passage{port.place->id, KW_NONE, 0, 0};
  const auto turn = [&](Frame& frame) {
    if (port.cable != 0 && lends()) path_->depart(frame, port.cable);
    travel(port.place, frame, passage, now);
    if (path_ != nullptr) path_->go_on();
  };
  const bool looks = port.place->node.looks_ahead();
  uint32_t frames = 0;
  for (; frames < kBatch; frames++) {
    Frame& frame = waiting_.fresh(port.number);
    const ReadResult result = port.device->read(frame);
    if (result == ReadResult::GONE) {
      // Its interface was deleted. The port stays until it is detached, but can no longer wake us.
      epoll_ctl(epoll_, EPOLL_CTL_DEL, port.device->fd(), nullptr);
    }
    if (result != ReadResult::FRAME) break;
    waiting_.push(port.place->node, looks, turn);
  }
  waiting_.flush(port.place->node, turn);
  if (path_ != nullptr && frames == kBatch) path_->wait(port.cable);
  return frames;
}

uint32_t Loop::drain_rings(uint64_t now) {
  uint32_t total = 0;
  for (const auto& ring : in_) {
    for (uint32_t frames = 0; frames < kBatch; frames++, total++) {
      Frame frame{};
      frame.data = buffer_.get() + kFrameLead;
      frame.capacity = kFrameBufferBytes - kFrameLead;
      Passage passage;
      if (!ring->pop(frame, passage)) break;
      Place* at = place(passage.node);
      // The node was removed while the frame was on its way: nobody is left to count it.
      if (at == nullptr) continue;
      frame.port = at->uplinks.port_from(passage.from);
      travel(at, frame, passage, now);
    }
  }
  return total;
}

void Loop::sweep(uint64_t now) {
  if (now - swept_ns_ < kSweepEvery) return;
  swept_ns_ = now;
  for (const auto& at : places_) {
    if (at == nullptr) continue;
    at->node.sweep(now, kSweepPlaces);
    note(KW_TRACE_KIND_SWEEP, *at, now, kSweepPlaces);
  }
  if (path_ != nullptr) {
    path_->go_on();
    path_->count_all();
  }
}

uint32_t Loop::run(uint64_t slice_ns, uint64_t idle_ns) {
  const uint64_t start = clock_();
  uint64_t now = start;
  uint32_t total = 0;
  bool busy = false, woken = false;
  sweep(now);
  if (path_ != nullptr && path_->lends()) idle_ns = std::min(idle_ns, kCountEvery);
  do {
    int timeout = 0;
    if (!busy && polled_.empty() && sleep_allowed()) {
      const uint64_t left = now - start < idle_ns ? idle_ns - (now - start) : 0;
      timeout = static_cast<int>((left + kMillisecond - 1) / kMillisecond);
    }
    epoll_event events[kEvents];
    int ready = timeout == 0 ? 0 : ask(events, now);
    if (ready == 0) ready = wait(events, timeout);
    if (!busy) {
      for (const auto& ring : in_) ring->set_sleeping(false);
    }
    now = clock_();
    uint32_t frames = release(now) + drain_rings(now);
    for (int i = 0; i < ready; i++) {
      const void* who = events[i].data.ptr;
      if (who == &wake_fd_ || who == &ring_fd_) {
        clear_wake(*static_cast<const int*>(who));
        woken = woken || who == &wake_fd_;
      } else if (who == &held_) {
        held_.clear_timer();
      } else {
        frames += drain_device(*static_cast<Port*>(events[i].data.ptr), now);
      }
    }
    for (Port* port : polled_) frames += drain_device(*port, now);
    for (const auto& ring : out_) {
      if (ring != nullptr) ring->flush();
    }
    held_.arm();
    for (const auto& trace : traces_) {
      if (trace != nullptr) trace->flush();
    }
    busy = frames != 0;
    if (path_ != nullptr) path_->lend(now);
    total += frames;
  } while (!woken && now - start < (total != 0 ? slice_ns : idle_ns));
  return total;
}

}  // namespace kubewire
