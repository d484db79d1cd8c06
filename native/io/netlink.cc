// netlink.cc - interfaces, addresses, routes and neighbours of the calling thread's namespace, by rtnetlink.
#include "netlink.h"

#include <arpa/inet.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <net/if.h>

#include <cstdlib>

#include "rtnetlink.h"

namespace kubewire {

namespace {

struct Prefix {
  uint8_t family;
  uint8_t length;
  uint8_t size;
  uint8_t bytes[16];
};

/// "address" or "address/length"; without a length it is a host prefix.
bool parse_prefix(const std::string& text, Prefix* out) {
  const size_t slash = text.find('/');
  const std::string address = text.substr(0, slash);
  out->family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  out->size = out->family == AF_INET ? 4 : 16;
  out->length = static_cast<uint8_t>(out->size * 8);
  if (inet_pton(out->family, address.c_str(), out->bytes) != 1) return false;
  if (slash == std::string::npos) return true;
  char* end = nullptr;
  const unsigned long length = strtoul(text.c_str() + slash + 1, &end, 10);
  if (*end != 0 || end == text.c_str() + slash + 1 || length > out->length) return false;
  out->length = static_cast<uint8_t>(length);
  return true;
}

Status set_link(Netlink& netlink, uint32_t index, const InterfaceConfig& config) {
  Request<ifinfomsg> request(RTM_NEWLINK, 0);
  request.body.ifi_index = static_cast<int>(index);
  if (!config.mac.empty()) {
    uint8_t mac[6];
    if (!parse_mac(config.mac, mac)) return Status::failed(EINVAL, "MAC address " + config.mac);
    request.add(IFLA_ADDRESS, mac, sizeof mac);
  }
  if (config.mtu != 0) request.add(IFLA_MTU, &config.mtu, sizeof config.mtu);
  return netlink.ask(request, "configure interface " + config.name);
}

Status set_up(Netlink& netlink, uint32_t index, const std::string& name, bool up) {
  Request<ifinfomsg> request(RTM_NEWLINK, 0);
  request.body.ifi_index = static_cast<int>(index);
  request.body.ifi_change = IFF_UP;
  request.body.ifi_flags = up ? IFF_UP : 0;
  return netlink.ask(request, "bring interface " + name + (up ? " up" : " down"));
}

Status change_address(Netlink& netlink, uint32_t index, const std::string& text, bool add) {
  Prefix prefix;
  if (!parse_prefix(text, &prefix)) return Status::failed(EINVAL, "address " + text);
  Request<ifaddrmsg> request(add ? RTM_NEWADDR : RTM_DELADDR, add ? NLM_F_CREATE | NLM_F_REPLACE : 0);
  request.body.ifa_family = prefix.family;
  request.body.ifa_prefixlen = prefix.length;
  request.body.ifa_flags = prefix.family == AF_INET6 ? IFA_F_NODAD : 0;
  request.body.ifa_index = index;
  request.add(IFA_LOCAL, prefix.bytes, prefix.size);
  request.add(IFA_ADDRESS, prefix.bytes, prefix.size);
  return netlink.ask(request, (add ? "add address " : "remove address ") + text);
}

Status add_neighbour(Netlink& netlink, uint32_t index, const NeighbourConfig& neighbour) {
  Prefix address;
  uint8_t mac[6];
  if (!parse_prefix(neighbour.address, &address)) return Status::failed(EINVAL, "neighbour " + neighbour.address);
  if (!parse_mac(neighbour.mac, mac)) return Status::failed(EINVAL, "MAC address " + neighbour.mac);
  Request<ndmsg> request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
  request.body.ndm_family = address.family;
  request.body.ndm_ifindex = static_cast<int>(index);
  request.body.ndm_state = NUD_PERMANENT;
  request.add(NDA_DST, address.bytes, address.size);
  request.add(NDA_LLADDR, mac, sizeof mac);
  return netlink.ask(request, "add neighbour " + neighbour.address);
}

Status add_route(Netlink& netlink, uint32_t index, const RouteConfig& route, uint8_t table = RT_TABLE_MAIN) {
  Prefix prefix, via, source;
  if (!parse_prefix(route.prefix, &prefix)) return Status::failed(EINVAL, "route " + route.prefix);
  Request<rtmsg> request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
  request.body.rtm_family = prefix.family;
  request.body.rtm_dst_len = prefix.length;
  request.body.rtm_table = table;
  request.body.rtm_protocol = RTPROT_STATIC;
  request.body.rtm_scope = route.via.empty() && prefix.family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  request.body.rtm_type = RTN_UNICAST;
  request.body.rtm_flags = route.onlink ? static_cast<unsigned>(RTNH_F_ONLINK) : 0;
  if (prefix.length > 0) request.add(RTA_DST, prefix.bytes, prefix.size);
  request.add(RTA_OIF, &index, sizeof index);
  if (!route.via.empty()) {
    if (!parse_prefix(route.via, &via) || via.family != prefix.family) {
      return Status::failed(EINVAL, "next hop " + route.via);
    }
    request.add(RTA_GATEWAY, via.bytes, via.size);
  }
  if (!route.source.empty()) {
    if (!parse_prefix(route.source, &source) || source.family != prefix.family) {
      return Status::failed(EINVAL, "source address " + route.source);
    }
    request.add(RTA_PREFSRC, source.bytes, source.size);
  }
  return netlink.ask(request, "add route " + route.prefix);
}

/// The table of diverted addresses, the priority of its rule, and the priority that moves the local table's rule after
/// it.
constexpr uint8_t kDivertTable = 100;
constexpr uint32_t kDivertPriority = 100, kLocalPriority = 1000;

Request<fib_rule_hdr> rule_request(uint16_t type, uint16_t flags, uint8_t family, uint8_t table, uint32_t priority) {
  Request<fib_rule_hdr> request(type, flags);
  request.body.family = family;
  request.body.table = table;
  request.body.action = FR_ACT_TO_TBL;
  request.add(FRA_PRIORITY, &priority, sizeof priority);
  return request;
}

/// Packets that the namespace itself sends to that address look in kDivertTable (they come in through lo, ip-rule(8)).
Status add_divert_rule(Netlink& netlink, const std::string& address) {
  Prefix prefix;
  if (!parse_prefix(address, &prefix)) return Status::failed(EINVAL, "address " + address);
  Request<fib_rule_hdr> request =
      rule_request(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, prefix.family, kDivertTable, kDivertPriority);
  request.body.dst_len = prefix.length;
  request.add(FRA_DST, prefix.bytes, prefix.size);
  request.add(FRA_IIFNAME, "lo", sizeof "lo");
  const Status status = netlink.ask(request, "add rule to " + address);
  // The rule outlives the interface that it was made for.
  return status.error == EEXIST ? Status{} : status;
}

/// The rule of the local table comes first (priority 0) in a new namespace; it must come after ours.
Status lower_local_rule(Netlink& netlink, uint8_t family) {
  const Status status = netlink.ask(
      rule_request(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, family, RT_TABLE_LOCAL, kLocalPriority), "add rule local");
  if (!status.ok() && status.error != EEXIST) return status;
  if (status.error == EEXIST) return {};
  return netlink.ask(rule_request(RTM_DELRULE, 0, family, RT_TABLE_LOCAL, 0), "remove rule local");
}

Status find_interface(const std::string& name, uint32_t* index) {
  *index = if_nametoindex(name.c_str());
  return *index == 0 ? Status::failed("interface " + name) : Status{};
}

}  // namespace

Status configure_interface(const InterfaceConfig& config) {
  uint32_t index = 0;
  Status status = find_interface(config.name, &index);
  Netlink netlink;
  if (status.ok() && (!config.mac.empty() || config.mtu != 0)) status = set_link(netlink, index, config);
  for (size_t i = 0; status.ok() && i < config.addresses.size(); i++) {
    status = change_address(netlink, index, config.addresses[i], true);
  }
  if (status.ok() && config.up.has_value()) status = set_up(netlink, index, config.name, *config.up);
  for (size_t i = 0; status.ok() && i < config.neighbours.size(); i++) {
    status = add_neighbour(netlink, index, config.neighbours[i]);
  }
  for (size_t i = 0; status.ok() && i < config.routes.size(); i++) status = add_route(netlink, index, config.routes[i]);
  return status;
}

Status divert_own_addresses(const std::string& name, const std::vector<RouteConfig>& ways) {
  uint32_t index = 0;
  Status status = find_interface(name, &index);
  Netlink netlink;
  for (size_t i = 0; status.ok() && i < ways.size(); i++) {
    status = add_route(netlink, index, ways[i], kDivertTable);
    if (status.ok()) status = add_divert_rule(netlink, ways[i].prefix);
    const bool six = ways[i].prefix.find(':') != std::string::npos;
    if (status.ok()) status = lower_local_rule(netlink, six ? AF_INET6 : AF_INET);
  }
  return status;
}

Status pending_addresses(const std::string& name, const std::vector<std::string>& addresses,
                         std::vector<std::string>* pending) {
  uint32_t index = 0;
  Status status = find_interface(name, &index);
  Netlink netlink;
  for (size_t i = 0; status.ok() && i < addresses.size(); i++) {
    Prefix address;
    if (!parse_prefix(addresses[i], &address)) return Status::failed(EINVAL, "address " + addresses[i]);
    // IPv4 addresses are usable as soon as the request to add them returns.
    if (address.family == AF_INET) continue;
    Request<rtmsg> request(RTM_GETROUTE, 0);
    request.body.rtm_family = address.family;
    request.body.rtm_dst_len = static_cast<uint8_t>(address.size * 8);
    request.add(RTA_DST, address.bytes, address.size);
    request.add(RTA_IIF, &index, sizeof index);
    uint8_t type = RTN_UNSPEC;
    status = netlink.ask_route(request, "look up " + addresses[i], &type);
    if (status.ok() && type != RTN_LOCAL) pending->push_back(addresses[i]);
  }
  return status;
}

Status remove_addresses(const std::string& name, const std::vector<std::string>& addresses) {
  uint32_t index = 0;
  Status status = find_interface(name, &index);
  Netlink netlink;
  for (size_t i = 0; status.ok() && i < addresses.size(); i++) {
    status = change_address(netlink, index, addresses[i], false);
  }
  return status;
}

}  // namespace kubewire
