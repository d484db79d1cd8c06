// lab_object.cc - functions of the addon for the lab: namespaces, TAPs, interfaces, sockets.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "io/connections.h"
#include "io/namespace.h"
#include "io/netlink.h"
#include "io/socket.h"
#include "io/tap.h"
#include "io/terminal.h"
#include "values.h"

namespace kubewire {

namespace {

constexpr const char* kNamespaceMessage = "namespace must be a file descriptor";

/// createNamespace(): fd
Napi::Value CreateNamespace(const Napi::CallbackInfo& info) {
  int fd = -1;
  if (!throw_unless_ok(info.Env(), create_namespace(&fd))) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), fd);
}

/// closeFd(fd)
Napi::Value CloseFd(const Napi::CallbackInfo& info) {
  int fd = -1;
  if (fd_argument(info.Env(), info[0], &fd, "fd must be a file descriptor") && close(fd) != 0) {
    throw_unless_ok(info.Env(), Status::failed("close"));
  }
  return info.Env().Undefined();
}

/// createPipe(): [read end, write end]
Napi::Value CreatePipe(const Napi::CallbackInfo& info) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return throw_unless_ok(info.Env(), Status::failed("pipe2")), info.Env().Undefined();
  Napi::Array result = Napi::Array::New(info.Env(), 2);
  result.Set(0u, Napi::Number::New(info.Env(), ends[0]));
  result.Set(1u, Napi::Number::New(info.Env(), ends[1]));
  return result;
}

/// createTerminal(): [our end, the program's end]
Napi::Value CreateTerminal(const Napi::CallbackInfo& info) {
  int outer = -1, inner = -1;
  if (!throw_unless_ok(info.Env(), open_terminal(&outer, &inner))) return info.Env().Undefined();
  Napi::Array result = Napi::Array::New(info.Env(), 2);
  result.Set(0u, Napi::Number::New(info.Env(), outer));
  result.Set(1u, Napi::Number::New(info.Env(), inner));
  return result;
}

/// resizeTerminal(fd, columns, rows)
Napi::Value ResizeTerminal(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int fd = -1;
  uint32_t columns = 0, rows = 0;
  if (fd_argument(env, info[0], &fd, "fd must be a file descriptor") &&
      number_argument(env, info[1], &columns, "columns must be a number") &&
      number_argument(env, info[2], &rows, "rows must be a number")) {
    throw_unless_ok(env, resize_terminal(fd, static_cast<uint16_t>(columns), static_cast<uint16_t>(rows)));
  }
  return env.Undefined();
}

/// createTap(namespace, name, mac, mtu, offloads: boolean): { fd, headerBytes, offloads }
Napi::Value CreateTap(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int ns = -1;
  bool offloads = false;
  InterfaceConfig config;
  if (!fd_argument(env, info[0], &ns, kNamespaceMessage) ||
      !text_argument(env, info[1], &config.name, "name must be text") ||
      !text_argument(env, info[2], &config.mac, "mac must be text") ||
      !number_argument(env, info[3], &config.mtu, "mtu must be a number") ||
      !flag_argument(env, info[4], &offloads, "offloads must be a boolean")) {
    return env.Undefined();
  }
  Tap tap;
  const Status status = in_namespace(ns, [&]() -> Status {
    Status made = create_tap(config.name, offloads, &tap);
    if (made.ok()) made = configure_interface(config);
    return made;
  });
  if (!status.ok() && tap.fd >= 0) close(tap.fd);
  if (!throw_unless_ok(env, status)) return env.Undefined();
  Napi::Object result = Napi::Object::New(env);
  result.Set("fd", Napi::Number::New(env, tap.fd));
  result.Set("headerBytes", Napi::Number::New(env, tap.header_bytes));
  result.Set("offloads", Napi::Number::New(env, tap.offloads));
  return result;
}

/// configureInterface(namespace, name, mac, mtu, up: 1 | 0 | -1, addresses, neighbours, routes). neighbours are runs of
/// [address, mac], routes runs of [prefix, via, onlink ('1' or ''), source].
Napi::Value ConfigureInterface(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int ns = -1, up = -1;
  InterfaceConfig config;
  std::vector<std::string> neighbours, routes;
  if (!fd_argument(env, info[0], &ns, kNamespaceMessage) ||
      !text_argument(env, info[1], &config.name, "name must be text") ||
      !text_argument(env, info[2], &config.mac, "mac must be text") ||
      !number_argument(env, info[3], &config.mtu, "mtu must be a number") ||
      !fd_argument(env, info[4], &up, "up must be 1, 0 or -1") ||
      !texts_argument(env, info[5], &config.addresses, "addresses must be a list of text") ||
      !texts_argument(env, info[6], &neighbours, "neighbours must be a list of text") ||
      !texts_argument(env, info[7], &routes, "routes must be a list of text")) {
    return env.Undefined();
  }
  if (up >= 0) config.up = up != 0;
  for (size_t i = 0; i + 2 <= neighbours.size(); i += 2) {
    config.neighbours.push_back({neighbours[i], neighbours[i + 1]});
  }
  for (size_t i = 0; i + 4 <= routes.size(); i += 4) {
    config.routes.push_back({routes[i], routes[i + 1], !routes[i + 2].empty(), routes[i + 3]});
  }
  throw_unless_ok(env, in_namespace(ns, [&] { return configure_interface(config); }));
  return env.Undefined();
}

/// pendingAddresses(namespace, name, addresses): the addresses that are not yet the namespace's own
Napi::Value PendingAddresses(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int ns = -1;
  std::string name;
  std::vector<std::string> addresses, pending;
  if (!fd_argument(env, info[0], &ns, kNamespaceMessage) || !text_argument(env, info[1], &name, "name must be text") ||
      !texts_argument(env, info[2], &addresses, "addresses must be a list of text") ||
      !throw_unless_ok(env, in_namespace(ns, [&] { return pending_addresses(name, addresses, &pending); }))) {
    return env.Undefined();
  }
  Napi::Array result = Napi::Array::New(env, pending.size());
  for (uint32_t i = 0; i < pending.size(); i++) result.Set(i, Napi::String::New(env, pending[i]));
  return result;
}

/// removeAddresses(namespace, name, addresses)
Napi::Value RemoveAddresses(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int ns = -1;
  std::string name;
  std::vector<std::string> addresses;
  if (fd_argument(env, info[0], &ns, kNamespaceMessage) && text_argument(env, info[1], &name, "name must be text") &&
      texts_argument(env, info[2], &addresses, "addresses must be a list of text")) {
    throw_unless_ok(env, in_namespace(ns, [&] { return remove_addresses(name, addresses); }));
  }
  return env.Undefined();
}

/// divertOwnAddresses(namespace, name, runs of [host prefix, via, source])
Napi::Value DivertOwnAddresses(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int ns = -1;
  std::string name;
  std::vector<std::string> runs;
  if (!fd_argument(env, info[0], &ns, kNamespaceMessage) || !text_argument(env, info[1], &name, "name must be text") ||
      !texts_argument(env, info[2], &runs, "ways must be a list of text")) {
    return env.Undefined();
  }
  std::vector<RouteConfig> ways;
  for (size_t i = 0; i + 3 <= runs.size(); i += 3) ways.push_back({runs[i], runs[i + 1], false, runs[i + 2]});
  throw_unless_ok(env, in_namespace(ns, [&] { return divert_own_addresses(name, ways); }));
  return env.Undefined();
}

/// setSysctls(namespace, runs of [key, value])
Napi::Value SetSysctls(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int ns = -1;
  std::vector<std::string> pairs;
  if (!fd_argument(env, info[0], &ns, kNamespaceMessage) ||
      !texts_argument(env, info[1], &pairs, "sysctls must be a list of text")) {
    return env.Undefined();
  }
  throw_unless_ok(env, in_namespace(ns, [&] {
                    Status status;
                    for (size_t i = 0; status.ok() && i + 2 <= pairs.size(); i += 2) {
                      status = write_sysctl(pairs[i], pairs[i + 1]);
                    }
                    return status;
                  }));
  return env.Undefined();
}

/// createSocket(namespace, kind: 'listener' | 'tcp' | 'udp' | 'icmp' | 'raw', family: 4 | 6, address, port): fd
Napi::Value CreateSocket(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int ns = -1;
  uint32_t family = 0, port = 0;
  std::string kind, address;
  if (!fd_argument(env, info[0], &ns, kNamespaceMessage) || !text_argument(env, info[1], &kind, "kind must be text") ||
      !number_argument(env, info[2], &family, "family must be 4 or 6") ||
      !text_argument(env, info[3], &address, "address must be text") ||
      !number_argument(env, info[4], &port, "port must be a number")) {
    return env.Undefined();
  }
  if ((family != 4 && family != 6) || port > 0xffff) {
    return wrong_argument(env, "family or port out of range"), env.Undefined();
  }
  static const std::map<std::string, SocketKind> kKinds = {{"listener", SocketKind::TCP_LISTENER},
                                                           {"tcp", SocketKind::TCP},
                                                           {"udp", SocketKind::UDP},
                                                           {"icmp", SocketKind::ICMP},
                                                           {"raw", SocketKind::RAW},
                                                           {"frame", SocketKind::FRAME}};
  const auto found = kKinds.find(kind);
  if (found == kKinds.end()) {
    return wrong_argument(env, "kind must be listener, tcp, udp, icmp, raw or frame"), env.Undefined();
  }
  int fd = -1;
  const Status status = in_namespace(ns, [&] {
    return create_socket(found->second, static_cast<int>(family), address, static_cast<uint16_t>(port), &fd);
  });
  if (!throw_unless_ok(env, status)) return env.Undefined();
  return Napi::Number::New(env, fd);
}

/// sendPacket(fd of a raw socket, bytes: Uint8Array)
Napi::Value SendPacket(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int fd = -1;
  uint8_t* packet = nullptr;
  size_t length = 0;
  if (fd_argument(env, info[0], &fd, "fd must be a file descriptor") &&
      bytes_argument(env, info[1], &packet, &length, "packet must be a Uint8Array")) {
    throw_unless_ok(env, send_packet(fd, packet, length));
  }
  return env.Undefined();
}

void set_direction(const Napi::Env& env, Napi::Object row, const char* name, const Direction& direction) {
  Napi::Object tuple = Napi::Object::New(env);
  tuple.Set("source", Napi::String::New(env, direction.source));
  tuple.Set("sourcePort", Napi::Number::New(env, direction.source_port));
  tuple.Set("destination", Napi::String::New(env, direction.destination));
  tuple.Set("destinationPort", Napi::Number::New(env, direction.destination_port));
  row.Set(name, tuple);
}

/// trackedConnections(namespace, protocol, 0 = all): list of { protocol, original, reply, status, timeout, tcpState,
/// icmpType, icmpCode, packets, bytes }
Napi::Value TrackedConnections(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int ns = -1;
  uint32_t protocol = 0;
  std::vector<Connection> found;
  if (!fd_argument(env, info[0], &ns, kNamespaceMessage) ||
      !number_argument(env, info[1], &protocol, "protocol must be a number") ||
      !throw_unless_ok(env,
                       in_namespace(ns, [&] { return list_connections(static_cast<uint8_t>(protocol), &found); }))) {
    return env.Undefined();
  }
  Napi::Array result = Napi::Array::New(env, found.size());
  for (uint32_t i = 0; i < found.size(); i++) {
    const Connection& connection = found[i];
    Napi::Object row = Napi::Object::New(env);
    row.Set("protocol", Napi::Number::New(env, connection.protocol));
    set_direction(env, row, "original", connection.original);
    set_direction(env, row, "reply", connection.reply);
    row.Set("status", Napi::Number::New(env, connection.status));
    row.Set("timeout", Napi::Number::New(env, connection.timeout));
    row.Set("tcpState", Napi::Number::New(env, connection.tcp_state));
    row.Set("icmpType", Napi::Number::New(env, connection.icmp_type));
    row.Set("icmpCode", Napi::Number::New(env, connection.icmp_code));
    row.Set("packets", Napi::Number::New(env, static_cast<double>(connection.packets)));
    row.Set("bytes", Napi::Number::New(env, static_cast<double>(connection.bytes)));
    result.Set(i, row);
  }
  return result;
}

/// forgetUdpConnections(namespace, runs of [source, source port, destination, destination port])
Napi::Value ForgetUdpConnections(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int ns = -1;
  std::vector<std::string> runs;
  if (!fd_argument(env, info[0], &ns, kNamespaceMessage) ||
      !texts_argument(env, info[1], &runs, "connections must be a list of text")) {
    return env.Undefined();
  }
  throw_unless_ok(env, in_namespace(ns, [&] {
                    Status status;
                    for (size_t i = 0; status.ok() && i + 4 <= runs.size(); i += 4) {
                      Direction original;
                      original.source = runs[i];
                      original.source_port = static_cast<uint16_t>(strtoul(runs[i + 1].c_str(), nullptr, 10));
                      original.destination = runs[i + 2];
                      original.destination_port = static_cast<uint16_t>(strtoul(runs[i + 3].c_str(), nullptr, 10));
                      status = forget_udp_connection(original);
                    }
                    return status;
                  }));
  return env.Undefined();
}

}  // namespace

Napi::Object InitLab(Napi::Env env, Napi::Object exports) {
  exports.Set("createNamespace", Napi::Function::New(env, CreateNamespace));
  exports.Set("closeFd", Napi::Function::New(env, CloseFd));
  exports.Set("createPipe", Napi::Function::New(env, CreatePipe));
  exports.Set("createTerminal", Napi::Function::New(env, CreateTerminal));
  exports.Set("resizeTerminal", Napi::Function::New(env, ResizeTerminal));
  exports.Set("createTap", Napi::Function::New(env, CreateTap));
  exports.Set("configureInterface", Napi::Function::New(env, ConfigureInterface));
  exports.Set("pendingAddresses", Napi::Function::New(env, PendingAddresses));
  exports.Set("removeAddresses", Napi::Function::New(env, RemoveAddresses));
  exports.Set("divertOwnAddresses", Napi::Function::New(env, DivertOwnAddresses));
  exports.Set("setSysctls", Napi::Function::New(env, SetSysctls));
  exports.Set("createSocket", Napi::Function::New(env, CreateSocket));
  exports.Set("sendPacket", Napi::Function::New(env, SendPacket));
  exports.Set("trackedConnections", Napi::Function::New(env, TrackedConnections));
  exports.Set("forgetUdpConnections", Napi::Function::New(env, ForgetUdpConnections));
  return exports;
}

}  // namespace kubewire
