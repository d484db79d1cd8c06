// node.cc - Node: tables, storage and counters of one emulated node around the packet path.
#include "engine/node.h"

#include <array>
#include <cstring>
#include <utility>

#include "core/lease.h"
#include "core/pipeline.h"
#include "engine/image.h"
#include "engine/memory.h"
#include "engine/patch.h"
#include "engine/stale.h"
#include "engine/storage.h"

namespace kubewire {
namespace {

uint32_t round_capacity(uint32_t wanted) {  // [IMAGE-6]
  uint32_t capacity = kFlowCapacityMinimum;
  while (capacity < wanted && capacity < kFlowCapacityMaximum) capacity *= 2;
  return capacity;
}

uint16_t host_order(uint16_t port_be) { return kw_swap16(port_be); }

/// [TRACK-9]
void list_flow(const kw_flow& flow, uint64_t now, kw_flow_row* row) {
  *row = {};
  kw_address_copy(row->original_source, flow.original.source);
  kw_address_copy(row->original_destination, flow.original.destination);
  kw_address_copy(row->reply_source, flow.reply.source);
  kw_address_copy(row->reply_destination, flow.reply.destination);
  row->original_source_port = host_order(flow.original.source_port_be);
  row->original_destination_port = host_order(flow.original.destination_port_be);
  row->reply_source_port = host_order(flow.reply.source_port_be);
  row->reply_destination_port = host_order(flow.reply.destination_port_be);
  row->protocol = flow.original.protocol;
  row->tcp_state = flow.tcp_state;
  if (flow.original.protocol == KW_PROTOCOL_SCTP) row->sctp_state = flow.track.sctp.state;
  row->icmp_type = kw_icmp_question_type(flow.original.query, kw_address_is_v4(flow.original.source));
  row->icmp_code = flow.original.icmp_code;
  row->flags = flow.flags & KW_FLOW_FLAG_ALL;
  row->service_id = flow.service_id;
  row->backend_id = flow.backend_id;
  row->remaining_ms = static_cast<uint32_t>((flow.expiry - now) / 1000000u);
  row->packets = flow.packets;
  row->bytes = flow.bytes;
  row->age_ms = (now - flow.begun) / 1000000u;
}

/// Reasons below this one are good outcomes. Above it a few are as well: they are listed, and nobody asks for them.
constexpr uint32_t kFirstLoss = KW_REASON_MALFORMED_ETHERNET;
constexpr uint32_t kLosses = KW_COUNTER_REASONS - kFirstLoss;

}  // namespace

struct Node::State {
  State(uint32_t seed, uint32_t flow_capacity, uint64_t* cells)
      : storage(seed, round_capacity(flow_capacity)), counters(cells) {
    set(KW_COUNTER_FLOW_CAPACITY, storage.flows.capacity());
  }

  /// There is only one writer, so a load and a store are enough; readers in other threads never see torn values.
  void add(uint32_t cell, uint64_t amount) { add(counters, cell, amount); }
  void set(uint32_t cell, uint64_t value) { set(counters, cell, value); }
  /// The same where `cells`, which are `counters`, are at hand.
  static void add(uint64_t* cells, uint32_t cell, uint64_t amount) {
    set(cells, cell, __atomic_load_n(&cells[cell], __ATOMIC_RELAXED) + amount);
  }
  static void set(uint64_t* cells, uint32_t cell, uint64_t value) {
    __atomic_store_n(&cells[cell], value, __ATOMIC_RELAXED);
  }

  /// The tables have changed: forgets what became stale, and counts it.
  void take(const RowSet& services, bool clients_lost, uint64_t now_ns) {
    storage.seen = nullptr;
    if (++storage.tables_age == 0) storage.tables_age = 1;
    forget_stale_udp(tables, services, storage.flows, now_ns);
    if (clients_lost && storage.has_clients) forget_gone_clients(tables, storage.affinity);
    set(KW_COUNTER_FLOWS, storage.flows.count());
    set(KW_COUNTER_GENERATION, tables.generation);
  }

  kw_storage storage;
  uint64_t* counters;
  ImageMemory image;
  kw_tables tables{};  // pointers into the image
  Ledger ledger;
  std::array<kw_loss_row, kLosses> losses{};
  bool loaded = false;
};

Node::Node(uint32_t seed, uint32_t flow_capacity, uint64_t* counters)
    : state_(std::make_unique<State>(seed, flow_capacity, counters)) {}

Node::~Node() = default;

bool Node::ready() const { return state_->storage.flows.ready(); }

kw_image_error Node::load(const uint8_t* image, size_t bytes, uint64_t now_ns) {
  ImageMemory memory;
  if (!memory.copy(image, bytes)) return KW_IMAGE_ERROR_NO_MEMORY;
  const kw_image_error error = load_image(memory.data(), bytes, &state_->tables);
  if (error != KW_IMAGE_ERROR_OK) return error;
  state_->image = std::move(memory);
  state_->ledger.take(state_->image.data(), state_->tables);
  state_->loaded = true;
  RowSet services;
  services.add(0, state_->tables.service_count);
  state_->take(services, true, now_ns);
  state_->storage.servers.take(state_->tables);
  return error;
}

kw_image_error Node::patch(const uint8_t* patch, size_t bytes, uint64_t now_ns) {
  State& state = *state_;
  if (!state.loaded) return KW_IMAGE_ERROR_BAD_BASE;
  PatchEffects effects;
  const kw_image_error error = apply_patch(patch, bytes, state.image.data(), &state.tables, &state.ledger, &effects);
  if (error != KW_IMAGE_ERROR_OK) return error;
  state.take(effects.services, effects.clients_lost, now_ns);
  state.storage.servers.take(state.tables, effects);
  return error;
}

void Node::process(Frame& frame, uint64_t now_ns, kw_decision& decision) {
  State& state = *state_;
  uint64_t* const cells = state.counters;
  state.storage.head.arrive(frame);
  State::add(cells, KW_COUNTER_RECEIVED_FRAMES, 1);  // [FRAME-8]
  State::add(cells, KW_COUNTER_RECEIVED_BYTES, frame.length);
  kw_pipeline(state.loaded ? &state.tables : nullptr, &state.storage, &frame, now_ns, &decision);
  state.storage.seen = nullptr;
  state.storage.glanced = {};
  State::add(cells, decision.reason, 1);
  if (decision.reason >= kFirstLoss) {
    state.storage.head.list(now_ns, decision.reason, &state.losses[decision.reason - kFirstLoss]);
  }
  if (decision.verdict != KW_VERDICT_DROP) {
    State::add(cells, KW_COUNTER_SENT_FRAMES, 1);
    State::add(cells, KW_COUNTER_SENT_BYTES, frame.length);
  }
  State::set(cells, KW_COUNTER_FLOWS, state.storage.flows.count());
  State::set(cells, KW_COUNTER_FLOWS_DROPPED, state.storage.flows.dropped());
}

bool Node::looks_ahead() const { return state_->loaded && Glance::worthwhile(state_->tables, state_->storage.flows); }

void Node::glance(const Frame& frame, Glance& glance) const {
  glance.first(state_->tables, state_->storage.flows, frame);
}

void Node::look_on(Glance& glance, uint32_t ahead) const {
  glance.next(state_->tables, state_->storage.flows, state_->storage.peek(ahead));
}

void Node::recall(const Glance& glance) {
  state_->storage.seen = glance.row();
  state_->storage.glanced = glance.place();
}

void Node::sweep(uint64_t now_ns, uint32_t places) {
  state_->storage.flows.sweep(now_ns, places);
  state_->set(KW_COUNTER_FLOWS, state_->storage.flows.count());
}

size_t Node::flows(kw_flow_row* out, size_t max, uint64_t now_ns) const {
  size_t count = 0;
  state_->storage.flows.each(now_ns, [&](const kw_flow& flow) {
    if (count < max) list_flow(flow, now_ns, &out[count++]);
  });
  return count;
}

size_t Node::affinities(kw_affinity_row* out, size_t max) const {
  size_t count = 0;
  if (!state_->storage.has_clients) return count;
  for (const kw_affinity_place& place : state_->storage.affinity) {
    if (kw_address_is_unspecified(place.address) || count == max) continue;
    kw_affinity_row* row = &out[count++];
    *row = {};
    kw_address_copy(row->client, place.address);
    row->service_id = place.service_id;
    row->backend_id = place.backend_id;
    row->last_ns = place.last_ns;
  }
  return count;
}

size_t Node::losses(kw_loss_row* out, size_t max) const {
  size_t count = 0;
  for (const kw_loss_row& row : state_->losses) {
    if (row.reason != 0 && count < max) out[count++] = row;
  }
  return count;
}

size_t Node::flow_count() const { return state_->storage.flows.count(); }

std::vector<uint8_t> Node::save() const {
  StateWriter to;
  if (!state_->loaded) return {};
  kw_image_header header;
  std::memcpy(&header, state_->image.data(), sizeof header);
  to.put(uint64_t{KW_LAYOUT_HASH});
  to.put(uint64_t{header.total_bytes});
  to.put(state_->image.data(), header.total_bytes);
  state_->storage.save(&to);
  return std::move(to.bytes);
}

bool Node::restore(const uint8_t* state, size_t bytes, uint64_t now_ns) {
  StateReader from(state, bytes);
  uint64_t layout, image_bytes;
  if (!from.take(&layout) || layout != KW_LAYOUT_HASH || !from.take(&image_bytes)) return false;
  const uint8_t* image = from.take(image_bytes);
  if (image == nullptr || load(image, image_bytes, now_ns) != KW_IMAGE_ERROR_OK) return false;
  if (!state_->storage.restore(&from)) return false;
  state_->set(KW_COUNTER_FLOWS, state_->storage.flows.count());
  return true;
}

void Node::script_random(const uint32_t* draws, size_t count) {
  state_->storage.script.assign(draws, draws + count);
  state_->storage.script_next = 0;
}

kw_flow* Node::lendable(const kw_tuple& tuple, uint64_t now_ns, uint32_t* direction) {
  uint32_t hash;
  kw_flow* flow = state_->storage.flows.find(tuple, now_ns, direction, &hash);
  return flow != nullptr && kw_lease_may_have(flow) ? flow : nullptr;
}

void Node::lend_by(Lender* lender) { state_->storage.flows.lend_by(lender); }

void Node::catch_up(kw_flow* flow, const kw_flow& state) { state_->storage.flows.catch_up(flow, state); }

const kw_tables* Node::tables() const { return state_->loaded ? &state_->tables : nullptr; }

uint32_t Node::node_id() const { return state_->loaded ? state_->tables.node_id : KW_NONE; }

}  // namespace kubewire
