// servers.cc - derives the virtual servers from the rows of an image, and applies changes to their lists.
#include "engine/ipvs/servers.h"

#include <algorithm>
#include <utility>

namespace kubewire {
namespace {

/// A virtual server has one address, so lblc and lblcr need to remember only one.
constexpr uint32_t kAddresses = 1;
constexpr uint32_t kSchedulerMask = 0xff;

ServerKey key_of(const uint8_t* address, uint16_t port_be, uint8_t protocol) {
  ServerKey key{};
  kw_address_copy(key.address, address);
  key.port_be = port_be;
  key.protocol = protocol;
  return key;
}

bool has_servers(const kw_tables& tables) { return kw_strategy_in(&tables, KW_STRATEGIES_SERVERS) && !tables.router; }

/// Rows without a Service, and Services whose endpoints are drawn at random, have no virtual server. [IPVS-1]
const kw_service_row* scheduled(const kw_tables& tables, const kw_frontend_row& frontend) {
  if (frontend.service == KW_NONE || frontend.kind >= KW_FRONTEND_KIND_SPREAD) return nullptr;
  const kw_service_row* service = &tables.services[frontend.service];
  return (service->scheduler & kSchedulerMask) == KW_SCHEDULER_RANDOM ? nullptr : service;
}

/// For a frontend that has a scheduler.
ServerKind kind_of(const kw_tables& tables, const kw_frontend_row& frontend) {
  const uint32_t word = scheduled(tables, frontend)->scheduler;
  return {word & kSchedulerMask, word & ~kSchedulerMask};
}

/// Does the row exist, and has it virtual servers?
bool is_served(const kw_tables& tables, uint32_t frontend) {
  return frontend < tables.frontend_count && scheduled(tables, tables.frontends[frontend]) != nullptr;
}

/// A frontend with a full address that is not the node's own shares its virtual server with no other frontend.
bool may_contend(const kw_tables& tables, const kw_frontend_row& frontend) {
  return kw_address_is_unspecified(frontend.address) || kw_find_local(&tables, frontend.address) != nullptr;
}

struct Run {
  uint32_t first;
  uint32_t count;
};

/// A virtual server has one list, selected only by the policy of its frontend. [IPVS-2]
Run list_of(const kw_tables& tables, const kw_frontend_row& frontend, const kw_service_row& service) {
  const uint32_t policy =
      frontend.kind == KW_FRONTEND_KIND_CLUSTER_IP ? KW_SERVICE_FLAG_INTERNAL_LOCAL : KW_SERVICE_FLAG_EXTERNAL_LOCAL;
  const bool falls_back =
      service.local_count == 0 && (tables.node->service_flags & KW_SERVICE_MODE_FLAG_LOCAL_FALLS_BACK);
  if ((service.flags & policy) && !falls_back) return {service.local_first, service.local_count};
  return {service.cluster_first, service.cluster_count};
}

/// Read from its end, is the list exactly the run, with the same weights?
bool is_unchanged(const kw_tables& tables, kw_ipvs_server* server, Run run) {
  if (server->count != run.count) return false;
  uint32_t at = server->first;
  for (uint32_t i = run.count; i > 0; i--) {
    const kw_ipvs_destination& to = server->pool->rows[at];
    const kw_backend_row& backend = tables.backends[tables.members[run.first + i - 1].index];
    if (to.port != kw_swap16(backend.port_be) || !kw_address_equal(to.address, backend.address) ||
        to.weight != static_cast<int32_t>(backend.weight)) {
      return false;
    }
    at = to.next;
  }
  return true;
}

/// Updates the BACKEND row of every destination. The list, read from its end, must equal the run.
void rename(const kw_tables& tables, kw_ipvs_server* server, Run run) {
  uint32_t at = server->first;
  for (uint32_t i = run.count; i > 0; i--) {
    server->pool->rows[at].id = tables.members[run.first + i - 1].index;
    at = server->pool->rows[at].next;
  }
}

}  // namespace

bool ServerKey::operator==(const ServerKey& other) const {
  return kw_address_equal(address, other.address) && port_be == other.port_be && protocol == other.protocol;
}

size_t ServerKeyHash::operator()(const ServerKey& key) const {
  return kw_hash_key(reinterpret_cast<const uint8_t*>(&key), sizeof key, 0);
}

VirtualServers::VirtualServers() : books_{pool_.core(), nullptr} {}

void VirtualServers::clear() {
  places_.clear();
  found_.clear();
  unused_.clear();
  servers_.clear();
}

/// [IPVS-3]
void VirtualServers::take(const kw_tables& tables) {
  if (!has_servers(tables)) {
    clear();
    return;
  }
  RowSet services;
  services.add(0, tables.service_count);
  remember_clients(tables, services);
  Servers old = std::exchange(servers_, {});
  places_.assign(tables.frontend_count, {0, 0});
  found_.clear();
  unused_.clear();
  // Full addresses first: they precede NodePorts when packets are matched, too.
  for (uint32_t i = 0; i < tables.frontend_count; i++) {
    const kw_frontend_row& frontend = tables.frontends[i];
    if (kw_address_is_unspecified(frontend.address) || scheduled(tables, frontend) == nullptr) continue;
    places_[i] = {static_cast<uint32_t>(found_.size()), 1};
    found_.push_back(keep(tables, i, frontend.address, old));
  }
  for (uint32_t i = 0; i < tables.frontend_count; i++) {
    const kw_frontend_row& frontend = tables.frontends[i];
    if (kw_address_is_unspecified(frontend.address) && scheduled(tables, frontend) != nullptr) {
      keep_node_ports(tables, i, old);
    }
  }
}

/// Allocates the templates when the first Service with affinity appears.
void VirtualServers::remember_clients(const kw_tables& tables, const RowSet& services) {
  if (!templates_.empty() || services.all([&](uint32_t row) { return tables.services[row].affinity_seconds == 0; }))
    return;
  allocate_templates();
}

void VirtualServers::allocate_templates() {
  templates_.resize(static_cast<size_t>(KW_IPVS_TEMPLATE_SETS) * KW_IPVS_TEMPLATE_WAYS);
  books_.templates = templates_.data();
}

void VirtualServers::take(const kw_tables& tables, const PatchEffects& effects) {
  if (!has_servers(tables)) return;
  const auto unclear = [&](const ChangedFrontend& changed) {
    if (stays(tables, changed)) return false;
    return (changed.was && places_[changed.row].count != 0 && may_contend(tables, changed.before)) ||
           (is_served(tables, changed.row) && may_contend(tables, tables.frontends[changed.row]));
  };
  if (std::any_of(effects.frontends.begin(), effects.frontends.end(), unclear)) return take(tables);
  remember_clients(tables, effects.services);
  Servers old;
  std::vector<uint32_t> moved;
  for (const ChangedFrontend& changed : effects.frontends) {
    if (stays(tables, changed)) {
      renew(tables, changed.row);
      continue;
    }
    if (changed.was) release(changed, old);
    if (is_served(tables, changed.row)) moved.push_back(changed.row);
  }
  places_.resize(tables.frontend_count, {0, 0});
  for (const uint32_t row : moved) {
    if (unused_.empty()) {
      unused_.push_back(static_cast<uint32_t>(found_.size()));
      found_.push_back(nullptr);
    }
    places_[row] = {unused_.back(), 1};
    unused_.pop_back();
    found_[places_[row].first] = keep(tables, row, tables.frontends[row].address, old);
  }
}

/// Did the frontend have virtual servers, and does it keep them after the patch?
bool VirtualServers::stays(const kw_tables& tables, const ChangedFrontend& changed) const {
  if (!changed.was || places_[changed.row].count == 0 || !is_served(tables, changed.row)) return false;
  const kw_frontend_row& now = tables.frontends[changed.row];
  return kw_address_equal(now.address, changed.before.address) && now.port_be == changed.before.port_be &&
         now.protocol == changed.before.protocol;
}

/// Changes the virtual servers of a frontend that stays.
void VirtualServers::renew(const kw_tables& tables, uint32_t frontend) {
  const kw_frontend_row& row = tables.frontends[frontend];
  const bool any = kw_address_is_unspecified(row.address);
  for (uint32_t i = 0; i < places_[frontend].count; i++) {
    // If there is none, another frontend owns it.
    if (found_[places_[frontend].first + i] == nullptr) continue;
    const uint8_t* address = any ? tables.local_addresses[i].address : row.address;
    change(*servers_.find(key_of(address, row.port_be, row.protocol))->second, tables, row);
  }
}

/// Moves the virtual server that a frontend had before a patch, if any, to `old`.
void VirtualServers::release(const ChangedFrontend& changed, Servers& old) {
  Place& place = places_[changed.row];
  if (place.count == 0) return;
  old.insert(servers_.extract(key_of(changed.before.address, changed.before.port_be, changed.before.protocol)));
  unused_.push_back(place.first);
  place = {0, 0};
}

void VirtualServers::keep_node_ports(const kw_tables& tables, uint32_t frontend, Servers& old) {
  const int v4 = kw_address_is_v4(tables.frontends[frontend].address);
  const uint32_t first = static_cast<uint32_t>(found_.size());
  for (uint32_t i = 0; i < tables.local_address_count; i++) {
    const kw_local_address_row& local = tables.local_addresses[i];
    const bool serves = (local.flags & KW_LOCAL_ADDRESS_FLAG_NODE_PORT) && kw_address_is_v4(local.address) == v4;
    found_.push_back(serves ? keep(tables, frontend, local.address, old) : nullptr);
  }
  places_[frontend] = {first, tables.local_address_count};
}

/// The old or a new virtual server of a frontend at an address; null if another frontend owns the address already.
kw_ipvs_server* VirtualServers::keep(const kw_tables& tables, uint32_t frontend, const uint8_t* address, Servers& old) {
  const kw_frontend_row& row = tables.frontends[frontend];
  const ServerKey key = key_of(address, row.port_be, row.protocol);
  if (servers_.find(key) != servers_.end()) return nullptr;
  auto known = old.find(key);
  std::unique_ptr<VirtualServer> server;
  if (known != old.end()) {
    server = std::move(known->second);
    old.erase(known);
  } else {
    server = std::make_unique<VirtualServer>(pool_, kind_of(tables, row), kAddresses);
  }
  change(*server, tables, row);
  kw_ipvs_server* core = server->core();
  servers_.emplace(key, std::move(server));
  return core;
}

void VirtualServers::change(VirtualServer& server, const kw_tables& tables, const kw_frontend_row& frontend) {
  const ServerKind kind = kind_of(tables, frontend);
  if (!(server.kind() == kind)) server.change(kind);
  kw_ipvs_server* core = server.core();
  const Run run = list_of(tables, frontend, tables.services[frontend.service]);
  if (is_unchanged(tables, core, run)) {
    rename(tables, core, run);
    server.settle();
    return;
  }
  std::unordered_map<ServerKey, uint32_t, ServerKeyHash> gone;
  for (uint32_t at = core->first; at != KW_NONE; at = pool_[at].next) {
    gone.emplace(key_of(pool_[at].address, pool_[at].port, 0), at);
  }
  std::unordered_map<ServerKey, uint32_t, ServerKeyHash> there;
  for (uint32_t i = run.first; i < run.first + run.count; i++) {
    const uint32_t index = tables.members[i].index;
    const kw_backend_row& backend = tables.backends[index];
    const uint16_t port = kw_swap16(backend.port_be);
    const ServerKey key = key_of(backend.address, port, 0);
    const int32_t weight = static_cast<int32_t>(backend.weight);
    if (there.find(key) != there.end()) continue;
    const auto known = gone.find(key);
    uint32_t row = KW_NONE;
    if (known != gone.end()) {
      row = known->second;
      gone.erase(known);
      pool_[row].id = index;
      if (pool_[row].weight != weight) server.set_weight(row, weight);
    } else {
      row = server.add(backend.address, port, weight, index);
    }
    there.emplace(key, row);
  }
  uint32_t next = KW_NONE;
  for (uint32_t at = core->first; at != KW_NONE; at = next) {
    next = pool_[at].next;
    if (gone.find(key_of(pool_[at].address, pool_[at].port, 0)) != gone.end()) server.remove(at);
  }
  server.settle();
}

}  // namespace kubewire
