// editor.cc - Editor: rows as vectors, hashes made anew from them, and the difference as a patch.
#include "editor.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>

#include "engine/image.h"
#include "frames.h"

namespace patches {
namespace {

constexpr uint32_t kEndpointPort = 8080;

kw_perfect_row free_row() {
  kw_perfect_row row{};
  row.protocol = KW_PERFECT_FREE_PROTOCOL;
  row.frontend = KW_NONE;
  return row;
}

bool has_key(const kw_perfect_row& row, const kw_frontend_row& frontend) {
  return row.frontend != KW_NONE && kw_perfect_is(&row, frontend.address, frontend.port_be, frontend.protocol);
}

}  // namespace

kw_frontend_row frontend(const Bytes& address, uint16_t port, uint8_t protocol, uint8_t kind, uint32_t service) {
  static uint32_t id = 1000;
  kw_frontend_row row{};
  std::memcpy(row.address, address.data(), 16);
  row.port_be = kw_swap16(port);
  row.protocol = protocol;
  row.kind = kind;
  row.service = service;
  row.id = ++id;
  return row;
}

Editor::Editor(const Bytes& image) : image_(image) {
  if (kubewire::load_image(image_.data(), image_.size(), &tables_) != KW_IMAGE_ERROR_OK) std::abort();
  frontends_ = read<kw_frontend_row>(KW_SECTION_FRONTEND);
  services_ = read<kw_service_row>(KW_SECTION_SERVICE);
  members_ = read<kw_index_row>(KW_SECTION_MEMBER);
  backends_ = read<kw_backend_row>(KW_SECTION_BACKEND);
  pilots_ = read<kw_index_row>(KW_SECTION_PILOT);
  perfect_ = read<kw_perfect_row>(KW_SECTION_PERFECT);
  frontend_slots_ = read<kw_index_row>(KW_SECTION_FRONTEND_SLOT);
  address_slots_ = read<kw_index_row>(KW_SECTION_CLUSTER_IP_SLOT);
}

template <typename Row>
std::vector<Row> Editor::read(uint32_t kind) {
  const Row* rows = image_.rows<Row>(kind);
  return std::vector<Row>(rows, rows + image_.entry(kind).count);
}

Editor::List Editor::add_endpoints(uint32_t service, uint32_t count, bool v4) {
  const List list{static_cast<uint32_t>(members_.size()), count};
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t row = static_cast<uint32_t>(backends_.size());
    kw_backend_row backend{};
    if (v4) backend.address[10] = backend.address[11] = 0xff;
    const uint8_t tail[4] = {static_cast<uint8_t>(v4 ? 10 : 0), 244, static_cast<uint8_t>(row >> 8),
                             static_cast<uint8_t>(row)};
    std::memcpy(backend.address + 12, tail, 4);
    if (!v4) backend.address[0] = 0xfd;
    backend.port_be = kw_swap16(kEndpointPort);
    backend.id = 5000 + row;
    backend.weight = 1 + row % 3;
    backend.service = service;
    members_.push_back({row});
    backends_.push_back(backend);
  }
  return list;
}

uint32_t Editor::add_service(uint32_t id, uint32_t endpoints, bool v4) {
  const uint32_t row = static_cast<uint32_t>(services_.size());
  const List list = add_endpoints(row, endpoints, v4);
  kw_service_row service{};
  service.id = id;
  service.flags = endpoints == 0 ? 0u : uint32_t{KW_SERVICE_FLAG_HAS_ENDPOINTS};
  service.cluster_first = service.serving_first = list.first;
  service.cluster_count = service.serving_count = list.count;
  service.ring_first = service.local_ring_first = KW_NONE;
  services_.push_back(service);
  return row;
}

void Editor::change_endpoints(uint32_t row, uint32_t endpoints) {
  kw_service_row& service = services_[row];
  const bool v4 =
      service.cluster_count == 0 || kw_address_is_v4(backends_[members_[service.cluster_first].index].address);
  const List list = add_endpoints(row, endpoints, v4);
  service.cluster_first = service.serving_first = list.first;
  service.cluster_count = service.serving_count = list.count;
  service.local_count = service.ring_count = 0;
  service.flags = endpoints == 0 ? service.flags & ~uint32_t{KW_SERVICE_FLAG_HAS_ENDPOINTS}
                                 : service.flags | KW_SERVICE_FLAG_HAS_ENDPOINTS;
}

void Editor::add_frontend(const kw_frontend_row& row) {
  const auto same = [&](const kw_frontend_row& other) {
    return kw_address_equal(row.address, other.address) && row.port_be == other.port_be &&
           row.protocol == other.protocol;
  };
  const bool fits = frontends_.size() + 1 < std::min(frontend_slots_.size(), address_slots_.size());
  if (fits && std::none_of(frontends_.begin(), frontends_.end(), same)) frontends_.push_back(row);
}

void Editor::remove_frontend(uint32_t row) {
  frontends_[row] = frontends_.back();
  frontends_.pop_back();
}

/// Node ports stand at the end; as few rows as can be move.
void Editor::order() {
  const auto any = [](const kw_frontend_row& row) { return kw_address_is_unspecified(row.address) != 0; };
  const size_t whole =
      frontends_.size() - static_cast<size_t>(std::count_if(frontends_.begin(), frontends_.end(), any));
  size_t late = whole;
  for (size_t early = 0; early < whole; early++) {
    if (!any(frontends_[early])) continue;
    while (any(frontends_[late])) late++;
    std::swap(frontends_[early], frontends_[late]);
  }
}

void Editor::fill_slots(uint32_t kind, bool by_address) {
  std::vector<kw_index_row>& slots = by_address ? address_slots_ : frontend_slots_;
  const uint32_t mask = image_.entry(kind).count - 1, length = by_address ? 16 : 20;
  for (kw_index_row& slot : slots) slot.index = KW_NONE;
  for (uint32_t row = 0; row < frontends_.size(); row++) {
    if (by_address && frontends_[row].kind != KW_FRONTEND_KIND_CLUSTER_IP) continue;
    const auto key_of = [&](uint32_t of) {
      Bytes key(20);
      std::memcpy(key.data(), &frontends_[of], 19);
      key.resize(length);
      return key;
    };
    const Bytes key = key_of(row);
    uint32_t slot = kw_hash_key(key.data(), length, tables_.hash_seed) & mask;
    while (slots[slot].index != KW_NONE && key_of(slots[slot].index) != key) slot = (slot + 1) & mask;
    if (slots[slot].index == KW_NONE) slots[slot].index = row;
  }
}

/// Rows stay where they are as long as their frontend is there; new ones take free rows, and their buckets become groups.
void Editor::fill_perfect() {
  std::map<uint32_t, bool> buckets;
  const auto hash_of = [&](const auto& row) {
    return kw_perfect_hash(row.address, row.port_be, row.protocol, tables_.hash_seed);
  };
  std::vector<bool> placed(frontends_.size());
  for (kw_perfect_row& row : perfect_) {
    if (row.frontend == KW_NONE) continue;
    uint32_t at = 0;
    while (at < frontends_.size() && !has_key(row, frontends_[at])) at++;
    if (at < frontends_.size()) placed[at] = true;
    row = at < frontends_.size() ? row : free_row();
    if (row.frontend != KW_NONE) row.frontend = at;
  }
  for (uint32_t at = 0; at < frontends_.size(); at++) {
    if (placed[at]) continue;
    size_t free = 0;
    while (free < perfect_.size() && perfect_[free].frontend != KW_NONE) free++;
    if (free == perfect_.size()) perfect_.push_back({});
    kw_perfect_row& row = perfect_[free];
    std::memcpy(row.address, frontends_[at].address, 16);
    row.port_be = frontends_[at].port_be;
    row.protocol = frontends_[at].protocol;
    row.frontend = at;
    buckets[kw_perfect_bucket(&tables_, hash_of(row))] = true;
  }
  for (kw_perfect_row& row : perfect_) {
    if (row.frontend == KW_NONE) continue;
    const kw_frontend_row& own = frontends_[row.frontend];
    kw_tables made = tables_;
    made.frontends = frontends_.data();
    made.services = services_.data();
    kw_perfect_row said{};
    kw_gather(&made, row.frontend, &said);
    std::memcpy(said.address, own.address, 16);
    said.port_be = own.port_be;
    said.protocol = own.protocol;
    if (said.service != KW_NONE && said.cluster_count != 0) said.cluster_first = members_[said.cluster_first].index;
    if (said.service != KW_NONE && said.local_count != 0) said.local_first = members_[said.local_first].index;
    row = said;
  }
  for (const auto& [bucket, changed] : buckets) place(bucket);
}

void Editor::place(uint32_t bucket) {
  std::vector<std::pair<uint64_t, uint32_t>> keys;
  for (uint32_t row = 0; row < perfect_.size(); row++) {
    if (perfect_[row].frontend == KW_NONE) continue;
    const uint64_t hash =
        kw_perfect_hash(perfect_[row].address, perfect_[row].port_be, perfect_[row].protocol, tables_.hash_seed);
    if (kw_perfect_bucket(&tables_, hash) == bucket) keys.push_back({hash, row});
  }
  if (keys.size() == 1) {
    pilots_[bucket].index = KW_PILOT_DIRECT | keys[0].second;
    return;
  }
  for (uint32_t bits = 1; bits <= KW_PILOT_GROUP_BITS_MAXIMUM; bits++) {
    const uint32_t group = KW_PILOT_GROUP | bits << 25 | static_cast<uint32_t>(pilots_.size());
    std::vector<kw_index_row> rows(1u << bits, {KW_NONE});
    bool parts = true;
    for (const auto& [hash, row] : keys) {
      kw_index_row& own = rows[kw_perfect_in_group(hash, group)];
      parts = parts && own.index == KW_NONE;
      own.index = KW_PILOT_DIRECT | row;
    }
    if (!parts) continue;
    for (kw_index_row& row : rows) row.index = row.index == KW_NONE ? KW_PILOT_DIRECT : row.index;
    pilots_[bucket].index = group;
    pilots_.insert(pilots_.end(), rows.begin(), rows.end());
    return;
  }
  std::abort();
}

template <typename Row>
void Editor::compare(Writer& writer, uint32_t kind, const std::vector<Row>& rows) {
  const Row* old = image_.rows<Row>(kind);
  const uint32_t before = image_.entry(kind).count, after = static_cast<uint32_t>(rows.size());
  const auto differs = [&](uint32_t row) {
    return row >= before || std::memcmp(&old[row], &rows[row], sizeof(Row)) != 0;
  };
  bool named = false;
  for (uint32_t first = 0; first < after; first++) {
    if (!differs(first)) continue;
    uint32_t end = first;
    while (end < after && differs(end)) end++;
    writer.add(kind, first, end - first, after, &rows[first]);
    named = true;
    first = end;
  }
  if (!named && before != after) writer.add(kind, 0, 0, after, nullptr);
}

Writer Editor::finish() {
  if (tables_.strategy == KW_STRATEGY_IPTABLES) order();
  if (tables_.strategy == KW_STRATEGY_PERFECT) {
    fill_perfect();
  } else {
    fill_slots(KW_SECTION_FRONTEND_SLOT, false);
  }
  fill_slots(KW_SECTION_CLUSTER_IP_SLOT, true);
  Writer writer(image_.header());
  compare(writer, KW_SECTION_BACKEND, backends_);
  compare(writer, KW_SECTION_MEMBER, members_);
  compare(writer, KW_SECTION_SERVICE, services_);
  compare(writer, KW_SECTION_FRONTEND, frontends_);
  compare(writer, KW_SECTION_FRONTEND_SLOT, frontend_slots_);
  compare(writer, KW_SECTION_CLUSTER_IP_SLOT, address_slots_);
  compare(writer, KW_SECTION_PILOT, pilots_);
  compare(writer, KW_SECTION_PERFECT, perfect_);
  return writer;
}

Writer change(const Bytes& image, const std::function<uint32_t(uint32_t)>& below) {
  static uint32_t id = 100;
  Editor editor(image);
  for (uint32_t i = below(3) + 1; i > 0; i--) {
    const uint32_t rows = static_cast<uint32_t>(editor.frontends().size());
    const uint32_t service = below(static_cast<uint32_t>(editor.services().size()));
    switch (below(6)) {
      case 0:
      case 1: {
        const bool v4 = below(3) != 0;
        const uint32_t row = editor.add_service(++id, below(4), v4);
        editor.service(row).affinity_seconds = below(2) * 10;
        editor.service(row).scheduler = below(KW_SCHEDULER_TWOS + 1);
        const std::string tail = std::to_string(1 + below(200));
        const Bytes address = frames::mapped(v4 ? "10.96.1." + tail : "fd00:10:96::" + tail);
        const Bytes any = frames::mapped(v4 ? "0.0.0.0" : "::");
        const uint8_t protocol = below(4) == 0 ? KW_PROTOCOL_UDP : KW_PROTOCOL_TCP;
        editor.add_frontend(frontend(address, 80, protocol, KW_FRONTEND_KIND_CLUSTER_IP, row));
        if (below(2) == 0) editor.add_frontend(frontend(address, 81, protocol, KW_FRONTEND_KIND_CLUSTER_IP, row));
        const uint16_t port = static_cast<uint16_t>(30100 + below(50));
        if (below(4) == 0) editor.add_frontend(frontend(any, port, protocol, KW_FRONTEND_KIND_NODE_PORT, row));
        break;
      }
      case 2:
        if (rows > 1) editor.remove_frontend(below(rows));
        break;
      case 3:
        editor.change_endpoints(service, below(4));
        break;
      case 4:
        editor.service(service).affinity_seconds = below(3) * 10;
        editor.service(service).scheduler = below(KW_SCHEDULER_TWOS + 1);
        break;
      default:
        if (rows > 1) std::swap(editor.frontends()[below(rows)], editor.frontends()[below(rows)]);
        break;
    }
  }
  return editor.finish();
}

}  // namespace patches
