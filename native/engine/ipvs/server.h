// server.h - storage of virtual servers: the pool of destinations that they share, and one server with its buckets and
// cache.
//
// Memory is allocated when a server or its list changes, never for a packet.
#ifndef KUBEWIRE_ENGINE_IPVS_SERVER_H
#define KUBEWIRE_ENGINE_IPVS_SERVER_H

#include <cstdint>
#include <vector>

#include "core/ipvs/schedule.h"
#include "engine/state_bytes.h"

namespace kubewire {

/// Destinations of all virtual servers of one node. A row keeps its number, but its address changes when the pool
/// grows.
class DestinationPool {
 public:
  DestinationPool();
  DestinationPool(const DestinationPool&) = delete;
  DestinationPool& operator=(const DestinationPool&) = delete;

  /// Returns a zeroed row; grows the pool if necessary.
  uint32_t take();

  kw_ipvs_destination& operator[](uint32_t row) { return rows_[row]; }
  kw_ipvs_pool* core() { return &core_; }
  const kw_ipvs_pool* core() const { return &core_; }

  /// Forgets all rows.
  void reset();
  /// Writes the destinations, without their links and counts.
  void save(StateWriter* to) const;
  /// Takes them over into an empty pool; whoever names them counts and links them anew.
  bool restore(StateReader* from);
  /// Frees the rows that nobody has named.
  void free_unnamed();

 private:
  std::vector<kw_ipvs_destination> rows_;
  kw_ipvs_pool core_{};
};

/// The settings of a virtual server, without its destinations.
struct ServerKind {
  uint32_t scheduler;  // kw_scheduler
  uint32_t flags;      // kw_scheduler_flag, KW_IPVS_TOTALCONNS

  bool operator==(const ServerKind&) const = default;
};

class VirtualServer {
 public:
  /// `addresses`: how many virtual addresses lblc and lblcr can remember, at least 1.
  VirtualServer(DestinationPool& pool, ServerKind kind, uint32_t addresses);
  ~VirtualServer();
  VirtualServer(const VirtualServer&) = delete;
  VirtualServer& operator=(const VirtualServer&) = delete;

  /// Switches to another scheduler. The list stays; the state of the old scheduler is lost.
  void change(ServerKind kind);
  ServerKind kind() const { return {core_.scheduler, core_.flags}; }

  /// Adds a destination at the head of the list. KW_NONE if mh has no slot left.
  uint32_t add(const uint8_t* address, uint16_t port, int32_t weight, uint32_t id);
  void set_weight(uint32_t row, int32_t weight) { kw_ipvs_set_weight(&core_, row, weight); }
  void remove(uint32_t row) { kw_ipvs_remove(&core_, row); }
  /// Ends a series of changes: fills the buckets, and makes room in lblcr's sets for every destination of the list.
  void settle();

  uint32_t schedule(const kw_ipvs_request& request) { return kw_ipvs_schedule(&core_, &request); }
  kw_ipvs_server* core() { return &core_; }

  /// Writes the list, and what the scheduler remembers.
  void save(StateWriter* to) const;
  /// Takes it over; the server must be empty, and the pool restored.
  bool restore(StateReader* from);
  void empty();

 private:
  bool restore_list(StateReader* from, uint32_t count);
  bool restore_cache(StateReader* from);

  void begin();
  void point();

  DestinationPool& pool_;
  kw_ipvs_server core_{};
  kw_ipvs_cache cache_{};
  uint32_t addresses_;
  std::vector<uint32_t> buckets_;
  std::vector<kw_ipvs_entry> entries_;
  std::vector<kw_ipvs_element> elements_;
};

}  // namespace kubewire

#endif
