// connections.h - the kernel's tracked UDP connections of the calling thread's namespace, by ctnetlink.
#ifndef KUBEWIRE_IO_CONNECTIONS_H
#define KUBEWIRE_IO_CONNECTIONS_H

#include <cstdint>
#include <string>
#include <vector>

#include "status.h"

namespace kubewire {

/// Addresses as text, ports in host order.
struct UdpConnection {
  /// As the client sent it.
  std::string source;
  uint16_t source_port = 0;
  std::string destination;
  uint16_t destination_port = 0;
  /// Who answers: the endpoint behind a rewritten destination.
  std::string reply_source;
  uint16_t reply_source_port = 0;
};

/// Every UDP connection of both families. One that begins or ends meanwhile may be missing or not.
Status list_udp_connections(std::vector<UdpConnection>* out);

/// Forgets a connection, found by its original direction; one that is gone already is no error.
Status forget_udp_connection(const UdpConnection& connection);

}  // namespace kubewire

#endif
