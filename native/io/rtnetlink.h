// rtnetlink.h - one conversation with the kernel about interfaces: a request with its attributes, and the answer.
#ifndef KUBEWIRE_IO_RTNETLINK_H
#define KUBEWIRE_IO_RTNETLINK_H

#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

#include "status.h"

namespace kubewire {

/// "02:00:00:00:00:01"
inline bool parse_mac(const std::string& text, uint8_t out[6]) {
  int used = 0;
  return sscanf(text.c_str(), "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &out[0], &out[1], &out[2], &out[3], &out[4],
                &out[5], &used) == 6 &&
         text[used] == 0;
}

/// One request: a netlink header, a family header, attributes. 512 bytes are enough for every request made here.
template <typename Body>
struct Request {
  nlmsghdr header{};
  Body body{};
  uint8_t attributes[512]{};

  Request(uint16_t type, uint16_t flags) {
    header.nlmsg_len = NLMSG_LENGTH(sizeof(Body));
    header.nlmsg_type = type;
    header.nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
  }

  void add(uint16_t type, const void* data, size_t size) {
    auto* attribute = reinterpret_cast<rtattr*>(reinterpret_cast<uint8_t*>(this) + NLMSG_ALIGN(header.nlmsg_len));
    attribute->rta_type = type;
    attribute->rta_len = static_cast<uint16_t>(RTA_LENGTH(size));
    if (size != 0) memcpy(RTA_DATA(attribute), data, size);
    header.nlmsg_len = static_cast<uint32_t>(NLMSG_ALIGN(header.nlmsg_len) + RTA_ALIGN(attribute->rta_len));
  }

  /// Bytes that are no attribute: the header that starts some attributes.
  void append(const void* data, size_t size) {
    memcpy(reinterpret_cast<uint8_t*>(this) + NLMSG_ALIGN(header.nlmsg_len), data, size);
    header.nlmsg_len = static_cast<uint32_t>(NLMSG_ALIGN(header.nlmsg_len) + NLMSG_ALIGN(size));
  }

  void add(uint16_t type, const char* text) { add(type, text, strlen(text) + 1); }

  /// Attributes that are added until close() are inside this one.
  rtattr* open(uint16_t type) {
    const uint32_t at = NLMSG_ALIGN(header.nlmsg_len);
    add(type, nullptr, 0);
    return reinterpret_cast<rtattr*>(reinterpret_cast<uint8_t*>(this) + at);
  }
  void close(rtattr* attribute) {
    const uint8_t* end = reinterpret_cast<uint8_t*>(this) + NLMSG_ALIGN(header.nlmsg_len);
    attribute->rta_len = static_cast<uint16_t>(end - reinterpret_cast<uint8_t*>(attribute));
  }
};

class Netlink {
 public:
  Netlink() : fd_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {}
  ~Netlink() {
    if (fd_ >= 0) close(fd_);
  }
  Netlink(const Netlink&) = delete;
  Netlink& operator=(const Netlink&) = delete;

  /// Sends one request and waits for its acknowledgement.
  template <typename Body>
  Status ask(const Request<Body>& request, const std::string& what) {
    if (const Status status = exchange(request, what); !status.ok()) return status;
    if (answer_.header.nlmsg_type != NLMSG_ERROR) return Status::failed(EPROTO, what);
    const int error = -static_cast<const nlmsgerr*>(NLMSG_DATA(&answer_.header))->error;
    return error == 0 ? Status{} : Status::failed(error, what);
  }

  /// Looks up a route. `type` becomes its RTN_*, or RTN_UNSPEC if there is none.
  Status ask_route(Request<rtmsg> request, const std::string& what, uint8_t* type) {
    request.header.nlmsg_flags = NLM_F_REQUEST;
    *type = RTN_UNSPEC;
    if (const Status status = exchange(request, what); !status.ok()) return status;
    // The kernel reports a missing route as an error.
    if (answer_.header.nlmsg_type == RTM_NEWROUTE)
      *type = static_cast<const rtmsg*>(NLMSG_DATA(&answer_.header))->rtm_type;
    return {};
  }

 private:
  /// Sends one request and waits for one whole message, which is then in `answer_`.
  template <typename Body>
  Status exchange(const Request<Body>& request, const std::string& what) {
    if (fd_ < 0) return Status::failed("netlink socket");
    if (send(fd_, &request, request.header.nlmsg_len, 0) < 0) return Status::failed(what);
    const ssize_t size = recv(fd_, &answer_, sizeof answer_, 0);
    if (size < 0) return Status::failed(what);
    return NLMSG_OK(&answer_.header, static_cast<size_t>(size)) ? Status{} : Status::failed(EPROTO, what);
  }

  union {
    nlmsghdr header;
    uint8_t bytes[4096];
  } answer_{};
  int fd_;
};

}  // namespace kubewire

#endif
