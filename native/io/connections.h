// connections.h - the kernel's tracked connections of the calling thread's namespace, by ctnetlink.
#ifndef KUBEWIRE_IO_CONNECTIONS_H
#define KUBEWIRE_IO_CONNECTIONS_H

#include <cstdint>
#include <string>
#include <vector>

#include "status.h"

namespace kubewire {

/// One direction: addresses as text, ports in host order. For ICMP the identifier is the source port, and the other is 0.
struct Direction {
  std::string source;
  uint16_t source_port = 0;
  std::string destination;
  uint16_t destination_port = 0;
};

struct Connection {
  uint8_t protocol = 0;
  /// As the client sent it.
  Direction original;
  /// As replies are expected: from the endpoint that the destination was rewritten to.
  Direction reply;
  /// Bits of nf_conntrack_common.h: IPS_SEEN_REPLY, IPS_ASSURED, IPS_SRC_NAT, IPS_DST_NAT.
  uint32_t status = 0;
  /// Seconds until it expires.
  uint32_t timeout = 0;
  /// A state from nf_conntrack_tcp.h; 0 for other protocols.
  uint8_t tcp_state = 0;
  /// Of the question of an ICMP query; 0 for other protocols.
  uint8_t icmp_type = 0, icmp_code = 0;
  /// For both directions; 0 unless the sysctl net.netfilter.nf_conntrack_acct is on.
  uint64_t packets = 0, bytes = 0;
};

/// Every connection of both families, or those of one protocol (0 = all). A connection that begins or ends meanwhile
/// may be missing.
Status list_connections(uint8_t protocol, std::vector<Connection>* out);

/// Forgets a UDP connection, found by its original direction. It is no error if it is gone already.
Status forget_udp_connection(const Direction& original);

}  // namespace kubewire

#endif
