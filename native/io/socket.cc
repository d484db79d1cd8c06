// socket.cc - makes sockets in the calling thread's namespace. They stay in it, whoever uses them.
#include "socket.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

namespace kubewire {

namespace {

constexpr int kBacklog = 1024;

struct Endpoint {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

bool parse_endpoint(int family, const std::string& address, uint16_t port, Endpoint* out) {
  if (family == AF_INET) {
    auto* in = reinterpret_cast<sockaddr_in*>(&out->storage);
    in->sin_family = AF_INET;
    in->sin_port = htons(port);
    out->length = sizeof *in;
    return inet_pton(AF_INET, address.c_str(), &in->sin_addr) == 1;
  }
  auto* in = reinterpret_cast<sockaddr_in6*>(&out->storage);
  in->sin6_family = AF_INET6;
  in->sin6_port = htons(port);
  out->length = sizeof *in;
  return inet_pton(AF_INET6, address.c_str(), &in->sin6_addr) == 1;
}

int protocol_of(SocketKind kind, int family) {
  if (kind == SocketKind::UDP) return IPPROTO_UDP;
  if (kind == SocketKind::RAW) return IPPROTO_RAW;
  if (kind != SocketKind::ICMP) return IPPROTO_TCP;
  return family == AF_INET ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6);
}

int type_of(SocketKind kind) {
  if (kind == SocketKind::RAW) return SOCK_RAW;
  return kind == SocketKind::UDP || kind == SocketKind::ICMP ? SOCK_DGRAM : SOCK_STREAM;
}

Status prepare(int fd, SocketKind kind, int family, const std::string& address, uint16_t port) {
  if (kind == SocketKind::RAW) return {};
  const int on = 1;
  const std::string where = address + " port " + std::to_string(port);
  if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) {
    return Status::failed("IPV6_V6ONLY");
  }
  if (address.empty()) return {};
  Endpoint endpoint;
  if (!parse_endpoint(family, address, port, &endpoint)) return Status::failed(EINVAL, "address " + address);
  if (kind == SocketKind::TCP_LISTENER) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, reinterpret_cast<sockaddr*>(&endpoint.storage), endpoint.length) != 0) {
    return Status::failed("bind " + where);
  }
  if (kind == SocketKind::TCP_LISTENER && listen(fd, kBacklog) != 0) return Status::failed("listen " + where);
  return {};
}

/// It receives nothing: its protocol is 0.
Status create_frame_socket(const std::string& interface, int* fd) {
  sockaddr_ll link{};
  link.sll_family = AF_PACKET;
  link.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
  if (link.sll_ifindex == 0) return Status::failed("interface " + interface);
  *fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (*fd < 0) return Status::failed("socket");
  if (bind(*fd, reinterpret_cast<const sockaddr*>(&link), sizeof link) == 0) return {};
  const Status status = Status::failed("bind " + interface);
  close(*fd);
  *fd = -1;
  return status;
}

}  // namespace

Status create_socket(SocketKind kind, int family, const std::string& address, uint16_t port, int* fd) {
  if (kind == SocketKind::FRAME) return create_frame_socket(address, fd);
  const int domain = family == 4 ? AF_INET : AF_INET6;
  *fd = socket(domain, type_of(kind) | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol_of(kind, domain));
  if (*fd < 0) return Status::failed("socket");
  Status status = prepare(*fd, kind, domain, address, port);
  if (!status.ok()) {
    close(*fd);
    *fd = -1;
  }
  return status;
}

Status send_packet(int fd, const uint8_t* packet, size_t length) {
  Endpoint to;
  const int version = length > 0 ? packet[0] >> 4 : 0;
  if (version == 4 && length >= 20) {
    auto* in = reinterpret_cast<sockaddr_in*>(&to.storage);
    in->sin_family = AF_INET;
    memcpy(&in->sin_addr, packet + 16, sizeof in->sin_addr);
    to.length = sizeof *in;
  } else if (version == 6 && length >= 40) {
    auto* in = reinterpret_cast<sockaddr_in6*>(&to.storage);
    in->sin6_family = AF_INET6;
    memcpy(&in->sin6_addr, packet + 24, sizeof in->sin6_addr);
    to.length = sizeof *in;
  } else {
    return Status::failed(EINVAL, "IP packet");
  }
  const ssize_t sent = sendto(fd, packet, length, 0, reinterpret_cast<const sockaddr*>(&to.storage), to.length);
  return sent == static_cast<ssize_t>(length) ? Status{} : Status::failed("send");
}

}  // namespace kubewire
