// loop_control.cc - Loop, between two runs: nodes and devices come and go, tables change, frames are watched or lent.
#include <sys/epoll.h>

#include <algorithm>
#include <utility>

#include "loop_place.h"

namespace kubewire {

Status Loop::add_node(uint32_t id, uint32_t seed, uint32_t flow_capacity, uint64_t* counters) {
  if (id > kNodeIdMaximum || id % shards_ != index_) return Status::failed(EINVAL, "node id not of this shard");
  if (place(id) != nullptr) return Status::failed(EEXIST, "node id taken");
  if (places_.size() <= id) places_.resize(id + 1);
  places_[id] = std::make_unique<Place>(id, seed, flow_capacity, counters);
  places_[id]->node.lend_by(path_.get());
  note(KW_TRACE_KIND_ADDED, *places_[id], clock_());
  return {};
}

Status Loop::remove_node(uint32_t id) {
  Place* gone = place(id);
  if (gone == nullptr) return Status::failed(ENOENT, "no such node");
  if (path_ != nullptr) path_->end_node(id);
  for (uint32_t port = 0; port < gone->ports.size(); port++) {
    if (gone->ports[port] != nullptr) detach(id, port);
  }
  note(KW_TRACE_KIND_REMOVED, *gone, clock_());
  places_[id].reset();
  return {};
}

Status Loop::may_attach(uint32_t id, uint32_t number) const {
  const Place* at = place(id);
  if (at == nullptr) return Status::failed(ENOENT, "no such node");
  if (number > kPortMaximum) return Status::failed(EINVAL, "port number");
  if (number < at->ports.size() && at->ports[number] != nullptr) return Status::failed(EEXIST, "port has a device");
  return {};
}

Status Loop::attach(uint32_t id, uint32_t number, std::unique_ptr<Device> device, uint32_t cable) {
  const Status allowed = may_attach(id, number);
  if (!allowed.ok()) return allowed;
  Place* at = place(id);
  if (at->ports.size() <= number) at->ports.resize(number + 1);
  auto port = std::make_unique<Port>(Port{at, number, std::move(device), cable});
  const int fd = port->device->fd();
  if (fd < 0) {
    polled_.push_back(port.get());
  } else {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = port.get()}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) return Status::failed("epoll_ctl");
  }
  at->ports[number] = std::move(port);
  return {};
}

Status Loop::detach(uint32_t id, uint32_t number) {
  Place* at = place(id);
  if (at == nullptr || number >= at->ports.size() || at->ports[number] == nullptr) {
    return Status::failed(ENOENT, "no device at this port");
  }
  Port* port = at->ports[number].get();
  if (path_ != nullptr && port->cable != 0) path_->end_node(id);
  // Removed explicitly, because epoll keeps the file as long as another process has it open.
  if (port->device->fd() >= 0) epoll_ctl(epoll_, EPOLL_CTL_DEL, port->device->fd(), nullptr);
  std::erase(polled_, port);
  at->ports[number].reset();
  return {};
}

Status Loop::connect_out(uint32_t shard, std::unique_ptr<Ring> ring) {
  if (shard >= shards_ || shard == index_) return Status::failed(EINVAL, "shard number");
  out_[shard] = std::move(ring);
  return {};
}

Status Loop::connect_in(std::unique_ptr<Ring> ring) {
  in_.push_back(std::move(ring));
  return {};
}

Status Loop::load(uint32_t id, const uint8_t* image, size_t bytes, kw_image_error* error) {
  Place* at = place(id);
  if (at == nullptr) return Status::failed(ENOENT, "no such node");
  if (path_ != nullptr) path_->end_node(id);
  const uint64_t now = clock_();
  *error = at->node.load(image, bytes, now);
  if (*error != KW_IMAGE_ERROR_OK) return {};
  at->uplinks.read(image);
  note(KW_TRACE_KIND_TABLES, *at, now);
  return {};
}

Status Loop::patch(uint32_t id, const uint8_t* patch, size_t bytes, kw_image_error* error) {
  Place* at = place(id);
  if (at == nullptr) return Status::failed(ENOENT, "no such node");
  if (path_ != nullptr) path_->end_node(id);
  const uint64_t now = clock_();
  *error = at->node.patch(patch, bytes, now);
  if (*error == KW_IMAGE_ERROR_OK) note(KW_TRACE_KIND_TABLES, *at, now);
  return {};
}

Status Loop::link(Links::Rows rows, uint64_t* cells) {
  if (path_ != nullptr) path_->end_all();
  return links_.load(std::move(rows), cells) ? Status{} : Status::failed(EINVAL, "links");
}

void Loop::tell(uint32_t reader, std::unique_ptr<Trace> trace) {
  if (path_ != nullptr) path_->end_all();
  traces_[reader] = std::move(trace);
  traced_ = std::any_of(traces_.begin(), traces_.end(), [](const auto& one) { return one != nullptr; });
}

Status Loop::lend_by(const LendingMaps& maps) {
  if (!places_.empty()) return Status::failed(EBUSY, "nodes exist already");
  return FastPath::open(maps, index_, shards_, &path_);
}

Lent Loop::catch_up() { return path_ == nullptr ? Lent{} : path_->catch_up(); }

Node* Loop::node(uint32_t id) {
  Place* at = place(id);
  return at == nullptr ? nullptr : &at->node;
}

}  // namespace kubewire
