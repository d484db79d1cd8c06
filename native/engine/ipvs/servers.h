// servers.h - the virtual servers of a node. Images and patches create, change and remove them; rows find them.
#ifndef KUBEWIRE_ENGINE_IPVS_SERVERS_H
#define KUBEWIRE_ENGINE_IPVS_SERVERS_H

#include <memory>
#include <unordered_map>
#include <vector>

#include "core/ipvs/connection.h"
#include "core/tables.h"
#include "engine/flows.h"
#include "engine/ipvs/server.h"
#include "engine/patch.h"

namespace kubewire {

/// Identifies a virtual server across images.
struct ServerKey {
  uint8_t address[16];
  uint16_t port_be;
  uint8_t protocol;
  uint8_t zero;

  bool operator==(const ServerKey& other) const;
};

struct ServerKeyHash {
  size_t operator()(const ServerKey& key) const;
};

class VirtualServers {
 public:
  VirtualServers();
  VirtualServers(const VirtualServers&) = delete;
  VirtualServers& operator=(const VirtualServers&) = delete;

  /// Takes a checked image; native/law/ipvs.md gives the order of the changes. Images of other strategies, and of
  /// routers, have no virtual servers.
  void take(const kw_tables& tables);

  /// The same for a patched image. Looks only at frontends that changed, unless they compete with others for a virtual
  /// server.
  void take(const kw_tables& tables, const PatchEffects& effects);

  /// Finds one by FRONTEND row; for a NodePort by LOCAL_ADDRESS row, too. Null if there is none.
  kw_ipvs_server* find(uint32_t frontend, uint32_t local) const {
    if (frontend >= places_.size()) return nullptr;
    const Place place = places_[frontend];
    return place.count == 0 ? nullptr : found_[place.first + (place.count == 1 ? 0 : local)];
  }

  const kw_ipvs_books* books() const { return &books_; }

  /// Writes pool, templates and virtual servers.
  void save(StateWriter* to) const;
  /// Takes over the lists, and what is remembered, of the virtual servers that the tables ask for. False if something is
  /// wrong.
  bool restore(StateReader* from);
  /// The flows that count are known: the rest of the pool is free.
  void restored(const FlowTable& flows);
  uint32_t pool_used() const { return pool_.core()->used; }
  uint32_t template_count() const { return static_cast<uint32_t>(templates_.size()); }

 private:
  /// Where a FRONTEND row has its virtual servers in `found_`: one, or one for each LOCAL_ADDRESS row.
  struct Place {
    uint32_t first;
    uint32_t count;
  };

  using Servers = std::unordered_map<ServerKey, std::unique_ptr<VirtualServer>, ServerKeyHash>;

  void clear();
  void allocate_templates();
  void remember_clients(const kw_tables& tables, const RowSet& services);
  bool stays(const kw_tables& tables, const ChangedFrontend& changed) const;
  void renew(const kw_tables& tables, uint32_t frontend);
  void release(const ChangedFrontend& changed, Servers& old);
  kw_ipvs_server* keep(const kw_tables& tables, uint32_t frontend, const uint8_t* address, Servers& old);
  void keep_node_ports(const kw_tables& tables, uint32_t frontend, Servers& old);
  void change(VirtualServer& server, const kw_tables& tables, const kw_frontend_row& frontend);

  DestinationPool pool_;
  std::vector<kw_ipvs_template> templates_;
  kw_ipvs_books books_;
  Servers servers_;
  std::vector<Place> places_;
  std::vector<kw_ipvs_server*> found_;
  /// Places of `found_` that no frontend uses any more.
  std::vector<uint32_t> unused_;
};

}  // namespace kubewire

#endif
