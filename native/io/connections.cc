// connections.cc - the kernel's tracked connections of the calling thread's namespace, by ctnetlink.
#include "connections.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

namespace kubewire {

namespace {

constexpr uint16_t type_of(uint16_t message) { return static_cast<uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | message); }

constexpr uint16_t kTypeMask = static_cast<uint16_t>(NLA_TYPE_MASK);
/// The kernel sends a dump in datagrams of up to 32 KiB.
constexpr size_t kAnswerBytes = 64 * 1024;

/// Consecutive attributes in [data, data + size).
class Attributes {
 public:
  Attributes(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  /// Payload of the first attribute of a type; empty when there is none.
  Attributes find(uint16_t type) const {
    size_t at = 0;
    while (at + NLA_HDRLEN <= size_) {
      nlattr header;
      memcpy(&header, data_ + at, sizeof header);
      if (header.nla_len < NLA_HDRLEN || at + header.nla_len > size_) break;
      if ((header.nla_type & kTypeMask) == type) return {data_ + at + NLA_HDRLEN, header.nla_len - size_t{NLA_HDRLEN}};
      at += NLA_ALIGN(header.nla_len);
    }
    return {nullptr, 0};
  }

  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  const uint8_t* data_;
  size_t size_;
};

std::string address_text(const Attributes& ip, uint16_t v4, uint16_t v6) {
  char text[INET6_ADDRSTRLEN] = "";
  const Attributes four = ip.find(v4), six = ip.find(v6);
  if (four.size() == 4) inet_ntop(AF_INET, four.data(), text, sizeof text);
  if (six.size() == 16) inet_ntop(AF_INET6, six.data(), text, sizeof text);
  return text;
}

/// A number in network order; 0 if the attribute is missing.
uint64_t number_of(const Attributes& number) {
  uint64_t value = 0;
  for (size_t i = 0; i < number.size() && i < sizeof value; i++) value = value << 8 | number.data()[i];
  return value;
}

Direction read_direction(const Attributes& tuple) {
  const Attributes ip = tuple.find(CTA_TUPLE_IP), proto = tuple.find(CTA_TUPLE_PROTO);
  Direction out;
  out.source = address_text(ip, CTA_IP_V4_SRC, CTA_IP_V6_SRC);
  out.destination = address_text(ip, CTA_IP_V4_DST, CTA_IP_V6_DST);
  const uint64_t id = number_of(proto.find(CTA_PROTO_ICMP_ID)) | number_of(proto.find(CTA_PROTO_ICMPV6_ID));
  out.source_port = static_cast<uint16_t>(number_of(proto.find(CTA_PROTO_SRC_PORT)) | id);
  out.destination_port = static_cast<uint16_t>(number_of(proto.find(CTA_PROTO_DST_PORT)));
  return out;
}

/// Parses a message of a dump, if it is a connection of that protocol.
bool read_connection(const Attributes& message, uint8_t protocol, Connection* out) {
  const Attributes original = message.find(CTA_TUPLE_ORIG);
  const Attributes proto = original.find(CTA_TUPLE_PROTO), number = proto.find(CTA_PROTO_NUM);
  if (number.size() != 1 || (protocol != 0 && number.data()[0] != protocol)) return false;
  out->protocol = number.data()[0];
  out->original = read_direction(original);
  out->reply = read_direction(message.find(CTA_TUPLE_REPLY));
  out->status = static_cast<uint32_t>(number_of(message.find(CTA_STATUS)));
  out->timeout = static_cast<uint32_t>(number_of(message.find(CTA_TIMEOUT)));
  const uint16_t v6 = out->protocol == IPPROTO_ICMPV6;
  out->icmp_type = static_cast<uint8_t>(number_of(proto.find(v6 ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE)));
  out->icmp_code = static_cast<uint8_t>(number_of(proto.find(v6 ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE)));
  const Attributes tcp = message.find(CTA_PROTOINFO).find(CTA_PROTOINFO_TCP);
  out->tcp_state = static_cast<uint8_t>(number_of(tcp.find(CTA_PROTOINFO_TCP_STATE)));
  for (const uint16_t direction : {uint16_t{CTA_COUNTERS_ORIG}, uint16_t{CTA_COUNTERS_REPLY}}) {
    const Attributes counters = message.find(direction);
    out->packets += number_of(counters.find(CTA_COUNTERS_PACKETS));
    out->bytes += number_of(counters.find(CTA_COUNTERS_BYTES));
  }
  return !out->original.source.empty() && !out->reply.source.empty();
}

/// One request of ctnetlink. 256 bytes are enough for an IPv6 tuple.
struct Message {
  nlmsghdr header{};
  nfgenmsg body{};
  uint8_t attributes[256]{};

  Message(uint16_t type, uint16_t flags, uint8_t family) {
    header.nlmsg_len = NLMSG_LENGTH(sizeof body);
    header.nlmsg_type = type_of(type);
    header.nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
    body.nfgen_family = family;
    body.version = NFNETLINK_V0;
  }

  void add(uint16_t type, const void* data, size_t size) {
    uint8_t* at = end();
    const nlattr head{static_cast<uint16_t>(NLA_HDRLEN + size), type};
    memcpy(at, &head, sizeof head);
    if (size > 0) memcpy(at + NLA_HDRLEN, data, size);
    header.nlmsg_len += static_cast<uint32_t>(NLA_ALIGN(NLA_HDRLEN + size));
  }

  /// Begins a nested attribute; close() fills in its length.
  uint8_t* open(uint16_t type) {
    uint8_t* at = end();
    add(static_cast<uint16_t>(type | NLA_F_NESTED), nullptr, 0);
    return at;
  }

  void close(uint8_t* nest) {
    const uint16_t length = static_cast<uint16_t>(end() - nest);
    memcpy(nest, &length, sizeof length);
  }

 private:
  uint8_t* end() { return reinterpret_cast<uint8_t*>(this) + header.nlmsg_len; }
};

class Conntrack {
 public:
  Conntrack() : fd_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)) {}
  ~Conntrack() {
    if (fd_ >= 0) ::close(fd_);
  }
  Conntrack(const Conntrack&) = delete;
  Conntrack& operator=(const Conntrack&) = delete;

  Status send(const Message& message) const {
    if (fd_ < 0) return Status::failed("netlink socket");
    return ::send(fd_, &message, message.header.nlmsg_len, 0) < 0 ? Status::failed("ask for connections") : Status{};
  }

  /// Reads answers until the last one. `take` gets the payload of each message that is neither end nor error.
  template <typename Take>
  Status receive(Take take) const {
    std::vector<uint8_t> answer(kAnswerBytes);
    for (;;) {
      const ssize_t size = recv(fd_, answer.data(), answer.size(), 0);
      if (size < 0) return Status::failed("read connections");
      size_t left = static_cast<size_t>(size);
      for (const auto* at = reinterpret_cast<const nlmsghdr*>(answer.data()); NLMSG_OK(at, left);
           at = NLMSG_NEXT(at, left)) {
        if (at->nlmsg_type == NLMSG_DONE) return {};
        if (at->nlmsg_type == NLMSG_ERROR) {
          const int error = -static_cast<const nlmsgerr*>(NLMSG_DATA(at))->error;
          return error == 0 ? Status{} : Status::failed(error, "tracked connections");
        }
        const auto* payload = static_cast<const uint8_t*>(NLMSG_DATA(at));
        if (at->nlmsg_len < NLMSG_LENGTH(sizeof(nfgenmsg))) continue;
        take(Attributes(payload + NLMSG_ALIGN(sizeof(nfgenmsg)), at->nlmsg_len - NLMSG_LENGTH(sizeof(nfgenmsg))));
      }
    }
  }

 private:
  int fd_;
};

}  // namespace

Status list_connections(uint8_t protocol, std::vector<Connection>* out) {
  const Conntrack conntrack;
  Status status = conntrack.send(Message(IPCTNL_MSG_CT_GET, NLM_F_DUMP, AF_UNSPEC));
  if (!status.ok()) return status;
  return conntrack.receive([protocol, out](const Attributes& message) {
    Connection connection;
    if (read_connection(message, protocol, &connection)) out->push_back(std::move(connection));
  });
}

Status forget_udp_connection(const Direction& original) {
  const bool v6 = original.source.find(':') != std::string::npos;
  const int family = v6 ? AF_INET6 : AF_INET;
  uint8_t source[16], destination[16];
  if (inet_pton(family, original.source.c_str(), source) != 1 ||
      inet_pton(family, original.destination.c_str(), destination) != 1) {
    return Status::failed(EINVAL, "connection of " + original.source + " to " + original.destination);
  }
  Message message(IPCTNL_MSG_CT_DELETE, NLM_F_ACK, static_cast<uint8_t>(family));
  const size_t size = v6 ? 16 : 4;
  const uint8_t protocol = IPPROTO_UDP;
  const uint16_t source_port = htons(original.source_port), destination_port = htons(original.destination_port);
  uint8_t* tuple = message.open(CTA_TUPLE_ORIG);
  uint8_t* ip = message.open(CTA_TUPLE_IP);
  message.add(v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, source, size);
  message.add(v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, destination, size);
  message.close(ip);
  uint8_t* proto = message.open(CTA_TUPLE_PROTO);
  message.add(CTA_PROTO_NUM, &protocol, sizeof protocol);
  message.add(CTA_PROTO_SRC_PORT, &source_port, sizeof source_port);
  message.add(CTA_PROTO_DST_PORT, &destination_port, sizeof destination_port);
  message.close(proto);
  message.close(tuple);
  const Conntrack conntrack;
  Status status = conntrack.send(message);
  if (status.ok()) status = conntrack.receive([](const Attributes&) {});
  return status.error == ENOENT ? Status{} : status;
}

}  // namespace kubewire
