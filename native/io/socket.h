// socket.h - sockets made in the calling thread's namespace; they stay in it wherever they are used.
#ifndef KUBEWIRE_IO_SOCKET_H
#define KUBEWIRE_IO_SOCKET_H

#include <cstdint>
#include <string>

#include "status.h"

namespace kubewire {

enum class SocketKind { TCP_LISTENER, TCP, UDP, ICMP };

/// Makes a non-blocking socket. `family` is 4 or 6 (IPv6 only, never mapped). With an `address` it is bound to it
/// ("0.0.0.0" and "::" for any); a TCP_LISTENER listens. Without one it is left unbound.
Status create_socket(SocketKind kind, int family, const std::string& address, uint16_t port, int* fd);

}  // namespace kubewire

#endif
