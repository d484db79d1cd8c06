// fastpath.cc - FastPath: how a way is learned from a frame that took it, and how a lease changes hands.
#include "fastpath.h"

#include <sys/mman.h>

#include <algorithm>
#include <thread>

#include "bpf.h"
#include "core/checksum.h"

namespace kubewire {

namespace {

/// Ways learned in one round of the loop; more will come again.
constexpr size_t kTravelsMaximum = 64;

/// Packets of a UDP flow before it is lent: a question and its answer are not worth a lease, which lasts as long as the
/// flow.
constexpr uint64_t kUdpPackets = 4;

/// The tuple and TTL of a plain packet of TCP or UDP, as the program reads it; false for all others.
bool read_tuple(const Frame& frame, kw_tuple* tuple, uint8_t* ttl) {
  const uint8_t* ip = frame.data + KW_ETHERNET_HEADER;
  if (frame.length < KW_ETHERNET_HEADER + 20 + 8) return false;
  uint32_t header, protocol;
  if (kw_load_be16(frame.data + 12) == 0x0800) {
    if (ip[0] != 0x45 || (kw_load_be16(ip + 6) & 0x3fffu) != 0) return false;
    header = 20, protocol = ip[9], *ttl = ip[8];
    kw_address_from_v4(tuple->source, ip + 12);
    kw_address_from_v4(tuple->destination, ip + 16);
  } else {
    if (kw_load_be16(frame.data + 12) != 0x86dd || frame.length < KW_ETHERNET_HEADER + 40 + 8) return false;
    header = 40, protocol = ip[6], *ttl = ip[7];
    kw_address_copy(tuple->source, ip + 8);
    kw_address_copy(tuple->destination, ip + 24);
  }
  if (protocol != KW_PROTOCOL_TCP && protocol != KW_PROTOCOL_UDP) return false;
  kw_tuple_set_query(tuple, kw_load16(ip + header), kw_load16(ip + header + 2), static_cast<uint8_t>(protocol), 0, 0);
  return true;
}

uint32_t fold32(kw_difference difference) {
  difference = (difference & 0xffffffffu) + (difference >> 32);
  return static_cast<uint32_t>((difference & 0xffffffffu) + (difference >> 32));
}

/// What the rewriting adds to checksums. Equal addresses add nothing at all.
void set_differences(kw_way* way) {
  const kw_tuple &from = way->key.tuple, &to = way->to;
  const int v4 = kw_address_is_v4(from.source);
  kw_difference addresses = 0, ports = 0;
  if (!kw_address_equal(from.source, to.source)) addresses += kw_difference_address(from.source, to.source, v4);
  if (!kw_address_equal(from.destination, to.destination)) {
    addresses += kw_difference_address(from.destination, to.destination, v4);
  }
  if (from.source_port_be != to.source_port_be) ports += kw_difference16(from.source_port_be, to.source_port_be);
  if (from.destination_port_be != to.destination_port_be) {
    ports += kw_difference16(from.destination_port_be, to.destination_port_be);
  }
  way->address_difference = fold32(addresses);
  way->port_difference = fold32(ports);
}

/// One writer, so a plain read and a relaxed store.
void add(uint64_t* cell, uint64_t amount) { __atomic_store_n(cell, *cell + amount, __ATOMIC_RELAXED); }

}  // namespace

Status FastPath::open(const LendingMaps& maps, uint32_t shard, uint32_t shards, std::unique_ptr<FastPath>* path) {
  const uint32_t each = maps.count / shards;
  path->reset(new FastPath(maps.ways, shard * each, each));
  FastPath& made = **path;
  made.bytes_ = static_cast<size_t>(maps.count) * sizeof(kw_lease);
  const Status status = map_rows(maps.leases, made.bytes_, &made.memory_);
  if (!status.ok()) return status;
  made.leases_ = static_cast<kw_lease*>(made.memory_) + made.first_;
  for (uint32_t i = each; i-- > 0;) made.free_.push_back(i);
  return {};
}

FastPath::~FastPath() {
  if (leases_ == nullptr) return;
  end_all();
  munmap(memory_, bytes_);
}

void FastPath::depart(const Frame& frame, uint32_t cable) {
  travel_.open = read_tuple(frame, &travel_.way.key.tuple, &travel_.ttl);
  travel_.stop_count = 0;
  travel_.mtu = UINT32_MAX;
  travel_.way.key.interface = cable;
  travel_.way.to = travel_.way.key.tuple;
}

void FastPath::pass(uint32_t id, Node& node, uint64_t* counters, const Frame& frame, const kw_decision& decision) {
  Travel& travel = travel_;
  if (!travel.open) return;
  const bool plain = decision.reason == KW_REASON_FORWARDED && node.tables()->router;
  travel.open = decision.verdict == KW_VERDICT_FORWARD && (plain || decision.reason == KW_REASON_ESTABLISHED) &&
                travel.stop_count < kStops;
  if (!travel.open) return;
  Stop& stop = travel.stops[travel.stop_count++];
  stop = {.id = id, .reason = decision.reason, .node = &node, .counters = counters, .tuple = travel.way.to};
  travel.mtu = std::min(travel.mtu, node.tables()->ports[decision.out_port].mtu);
  uint8_t ttl;
  read_tuple(frame, &travel.way.to, &ttl);
}

void FastPath::arrive(const Frame& frame, uint32_t cable) {
  Travel& travel = travel_;
  uint8_t ttl = 0;
  if (!travel.open || travelled_.size() == kTravelsMaximum || !read_tuple(frame, &travel.way.to, &ttl)) return;
  travel.way.out = cable;
  travel.way.ttl = travel.ttl - ttl;
  travel.way.mtu = travel.mtu;
  kw_copy(travel.way.macs, frame.data, sizeof travel.way.macs);
  set_differences(&travel.way);
  travelled_.push_back(travel);
  travel.open = false;
}

void FastPath::wait(uint32_t cable) {
  std::erase_if(travelled_, [cable](const Travel& travel) {
    const kw_way_key& key = travel.way.key;
    return key.interface == cable && key.tuple.protocol == KW_PROTOCOL_TCP;
  });
}

void FastPath::lend(uint64_t now) {
  for (Travel& travel : travelled_) lend_travel(travel, now);
  travelled_.clear();
  go_on();
}

bool FastPath::find_flows(Travel& travel, uint64_t now, std::array<Flow, KW_LEASE_FLOWS>* flows, uint32_t* flow_count) {
  uint32_t found = 0;
  travel.way.directions = 0;
  for (uint32_t i = 0; i < travel.stop_count; i++) {
    Stop& stop = travel.stops[i];
    if (stop.reason == KW_REASON_FORWARDED) continue;
    uint32_t direction;
    kw_flow* flow = stop.node->lendable(stop.tuple, now, &direction);
    if (flow == nullptr || found == KW_LEASE_FLOWS) return false;
    if (stop.tuple.protocol == KW_PROTOCOL_UDP && flow->packets < kUdpPackets) return false;
    travel.way.directions |= direction << found;
    (*flows)[found++] = {stop.node, flow};
  }
  *flow_count = found;
  return found > 0;
}

kw_lease* FastPath::lease_for(const std::array<Flow, KW_LEASE_FLOWS>& flows, uint32_t flow_count, uint32_t* index) {
  const auto known = lease_of_.find(flows[0].record);
  if (known != lease_of_.end()) {
    *index = known->second;
    const Book& book = books_[*index];
    if (book.flow_count != flow_count) return nullptr;
    for (uint32_t i = 0; i < flow_count; i++) {
      const auto other = lease_of_.find(flows[i].record);
      if (other == lease_of_.end() || other->second != *index) return nullptr;
    }
    return &leases_[*index];
  }
  for (uint32_t i = 1; i < flow_count; i++) {
    if (lease_of_.count(flows[i].record) != 0) return nullptr;
  }
  if (free_.empty()) return nullptr;
  *index = free_.back();
  free_.pop_back();
  Book& book = books_[*index];
  book = {};
  book.state = Book::HELD;
  book.flow_count = flow_count;
  book.flows = flows;
  held_.push_back(*index);
  kw_lease* lease = &leases_[*index];
  lease->flow_count = flow_count;
  for (uint32_t i = 0; i < flow_count; i++) {
    lease_of_[flows[i].record] = *index;
    flows[i].record->flags |= KW_FLOW_LENT;
    lease->flows[i].node = *flows[i].node->tables()->node;
  }
  lease->ways[0].out = lease->ways[1].out = 0;
  return lease;
}

void FastPath::lend_travel(Travel& travel, uint64_t now) {
  std::array<Flow, KW_LEASE_FLOWS> flows{};
  uint32_t flow_count = 0, index = 0;
  if (!find_flows(travel, now, &flows, &flow_count)) return;
  kw_lease* lease = lease_for(flows, flow_count, &index);
  if (lease == nullptr) return;
  Book& book = books_[index];
  // The flows of the lease are in the order of the way that was lent first.
  uint32_t directions = 0;
  for (uint32_t i = 0; i < flow_count; i++) {
    for (uint32_t j = 0; j < flow_count; j++) {
      if (book.flows[j].record == flows[i].record) directions |= ((travel.way.directions >> i) & 1u) << j;
    }
  }
  const uint32_t which = lease->ways[0].out == 0 ? 0 : 1;
  kw_way* way = &lease->ways[which];
  const bool known = kw_tuple_equal(&lease->ways[0].key.tuple, &travel.way.key.tuple) && lease->ways[0].out != 0;
  if (way->out != 0 || known) return;
  *way = travel.way;
  way->directions = directions;
  book.stops[which] = travel.stops;
  book.stop_counts[which] = travel.stop_count;
  book.frames[which] = book.bytes[which] = 0;
  const kw_way_value value{first_ + index, which};
  if (!put_entry(ways_, &way->key, &value).ok()) way->out = 0;
}

void FastPath::hold(uint32_t index) {
  Book& book = books_[index];
  if (book.state != Book::LENT) return;
  kw_lease& lease = leases_[index];
  for (;;) {
    uint32_t expected = KW_LEASE_LENT;
    if (__atomic_compare_exchange_n(&lease.state, &expected, KW_LEASE_KEPT, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED)) {
      break;
    }
    std::this_thread::yield();
  }
  book.state = Book::HELD;
  held_.push_back(index);
  for (uint32_t i = 0; i < book.flow_count; i++) {
    book.flows[i].node->catch_up(book.flows[i].record, lease.flows[i].flow);
  }
  count(index);
}

void FastPath::count(uint32_t index) {
  Book& book = books_[index];
  for (uint32_t which = 0; which < 2; which++) {
    const kw_way& way = leases_[index].ways[which];
    const uint64_t frames = way.frames - book.frames[which], bytes = way.bytes - book.bytes[which];
    if (way.out == 0 || frames == 0) continue;
    book.frames[which] = way.frames;
    book.bytes[which] = way.bytes;
    carried_ += frames;
    for (uint32_t i = 0; i < book.stop_counts[which]; i++) {
      const Stop& stop = book.stops[which][i];
      add(stop.counters + stop.reason, frames);
      add(stop.counters + KW_COUNTER_RECEIVED_FRAMES, frames);
      add(stop.counters + KW_COUNTER_RECEIVED_BYTES, bytes);
      add(stop.counters + KW_COUNTER_SENT_FRAMES, frames);
      add(stop.counters + KW_COUNTER_SENT_BYTES, bytes);
    }
  }
}

void FastPath::release(uint32_t index) {
  Book& book = books_[index];
  kw_lease& lease = leases_[index];
  bool may = lease.ways[0].out != 0;
  for (uint32_t i = 0; i < book.flow_count; i++) may = may && kw_lease_may_have(book.flows[i].record);
  if (!may) return end_lease(index);
  for (uint32_t i = 0; i < book.flow_count; i++) lease.flows[i].flow = *book.flows[i].record;
  book.state = Book::LENT;
  __atomic_store_n(&lease.state, KW_LEASE_LENT, __ATOMIC_RELEASE);
}

void FastPath::go_on() {
  travel_.open = false;
  for (size_t i = 0; i < held_.size(); i++) {
    if (books_[held_[i]].state == Book::HELD) release(held_[i]);
  }
  held_.clear();
}

void FastPath::end_lease(uint32_t index) {
  hold(index);
  Book& book = books_[index];
  if (book.state == Book::FREE) return;
  for (kw_way& way : leases_[index].ways) {
    if (way.out != 0) delete_entry(ways_, &way.key);
    way.out = 0;
  }
  for (uint32_t i = 0; i < book.flow_count; i++) {
    book.flows[i].record->flags &= static_cast<uint16_t>(~KW_FLOW_LENT);
    lease_of_.erase(book.flows[i].record);
  }
  book.state = Book::FREE;
  free_.push_back(index);
}

bool FastPath::passes(const Book& book, uint32_t id) const {
  for (uint32_t which = 0; which < 2; which++) {
    for (uint32_t i = 0; i < book.stop_counts[which]; i++) {
      if (book.stops[which][i].id == id) return true;
    }
  }
  return false;
}

void FastPath::end_node(uint32_t id) {
  for (uint32_t index = 0; index < books_.size(); index++) {
    if (books_[index].state != Book::FREE && passes(books_[index], id)) end_lease(index);
  }
  go_on();
}

void FastPath::end_all() {
  for (uint32_t index = 0; index < books_.size(); index++) end_lease(index);
  go_on();
}

void FastPath::count_all() {
  if (lease_of_.empty()) return;
  for (uint32_t index = 0; index < books_.size(); index++) {
    if (books_[index].state == Book::LENT) count(index);
  }
}

Lent FastPath::catch_up() {
  for (uint32_t index = 0; index < books_.size(); index++) hold(index);
  go_on();
  return {static_cast<uint32_t>(books_.size() - free_.size()), carried_};
}

void FastPath::call_in(kw_flow* flow) { hold(lease_of_.at(flow)); }

void FastPath::end(kw_flow* flow) { end_lease(lease_of_.at(flow)); }

}  // namespace kubewire
