// netlink.h - interfaces, addresses, routes and neighbours of the calling thread's namespace, by rtnetlink.
#ifndef KUBEWIRE_IO_NETLINK_H
#define KUBEWIRE_IO_NETLINK_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "status.h"

namespace kubewire {

/// A route through the interface. Addresses are text; the family follows from the prefix.
struct RouteConfig {
  /// "10.0.0.0/8"; "0.0.0.0/0" and "::/0" are the default routes.
  std::string prefix;
  /// Next hop; empty = on the link itself.
  std::string via;
  /// The next hop counts as reachable on the link, whatever the addresses say.
  bool onlink = false;
  /// Preferred source address; empty = the kernel's choice.
  std::string source;
};

/// A permanent neighbour entry.
struct NeighbourConfig {
  std::string address;
  /// "02:00:00:00:00:01"
  std::string mac;
};

/// What to do to an interface. The members are applied in order; the first failure ends it.
struct InterfaceConfig {
  std::string name;
  /// Empty = unchanged.
  std::string mac;
  /// 0 = unchanged.
  uint32_t mtu = 0;
  /// CIDR text; IPv6 without duplicate address detection.
  std::vector<std::string> addresses;
  std::optional<bool> up;
  std::vector<NeighbourConfig> neighbours;
  std::vector<RouteConfig> routes;
};

Status configure_interface(const InterfaceConfig& config);

/// Returns the addresses (text) that are not yet the namespace's own. A kernel worker completes a new IPv6 address;
/// until then, packets for it that come in through the interface are not delivered.
Status pending_addresses(const std::string& name, const std::vector<std::string>& addresses,
                         std::vector<std::string>* pending);

/// Removes addresses (CIDR text) from an interface; a missing address is an error (EADDRNOTAVAIL).
Status remove_addresses(const std::string& name, const std::vector<std::string>& addresses);

/// Makes packets that the namespace sends to its own addresses leave through the interface instead of the loopback.
/// `ways` are host prefixes with their next hops. Programs do not notice. What comes back is delivered if the sysctl
/// net.ipv4.conf.<name>.accept_local allows it.
Status divert_own_addresses(const std::string& name, const std::vector<RouteConfig>& ways);

}  // namespace kubewire

#endif
