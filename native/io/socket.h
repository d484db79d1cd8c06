// socket.h - sockets made in the calling thread's namespace; they stay in it wherever they are used.
#ifndef KUBEWIRE_IO_SOCKET_H
#define KUBEWIRE_IO_SOCKET_H

#include <cstddef>
#include <cstdint>
#include <string>

#include "status.h"

namespace kubewire {

enum class SocketKind { TCP_LISTENER, TCP, UDP, ICMP, RAW };

/// Makes a non-blocking socket. `family` is 4 or 6 (IPv6 only, never mapped). With an `address` it is bound to it
/// ("0.0.0.0" and "::" for any); a TCP_LISTENER listens. Without one it is left unbound. A RAW one sends whole IP packets.
Status create_socket(SocketKind kind, int family, const std::string& address, uint16_t port, int* fd);

/// Sends an IP packet, header included, through a RAW socket of its family, as a program of the namespace would: routed by
/// its destination. EINVAL for bytes that are no IP header.
Status send_packet(int fd, const uint8_t* packet, size_t length);

}  // namespace kubewire

#endif
