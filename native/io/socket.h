// socket.h - makes sockets in the calling thread's namespace. They stay in it, whoever uses them.
#ifndef KUBEWIRE_IO_SOCKET_H
#define KUBEWIRE_IO_SOCKET_H

#include <cstddef>
#include <cstdint>
#include <string>

#include "status.h"

namespace kubewire {

enum class SocketKind { TCP_LISTENER, TCP, UDP, ICMP, RAW, FRAME };

/// Makes a non-blocking socket. `family` is 4 or 6 (IPv6 only, never mapped). With an `address` it is bound to it
/// ("0.0.0.0" and "::" for any); a TCP_LISTENER listens. Without one it is left unbound. A RAW one sends whole IP packets; a FRAME one
/// sends what is written to it as Ethernet frames through the interface that `address` names.
Status create_socket(SocketKind kind, int family, const std::string& address, uint16_t port, int* fd);

/// Sends an IP packet, header included, through a RAW socket of its family, routed by its destination like
/// that of any program in the namespace. EINVAL if the bytes are no IP header.
Status send_packet(int fd, const uint8_t* packet, size_t length);

}  // namespace kubewire

#endif
