// fuzz_traffic.h - traffic that tables themselves suggest: whatever is taken must carry it.
#ifndef KUBEWIRE_TEST_FUZZ_TRAFFIC_H
#define KUBEWIRE_TEST_FUZZ_TRAFFIC_H

#include <cstdlib>
#include <cstring>

#include "fuzz_world.h"

namespace fuzz {

constexpr uint32_t kFramesPerImage = 48;

/// Runs a frame, and what becomes of it once more from the port through which it left.
inline void run(kubewire::Node& node, const kw_tables& tables, uint32_t port, uint64_t now, const Bytes& bytes) {
  std::vector<uint8_t> buffer(std::max<size_t>(bytes.size(), kubewire::kFrameCapacityMinimum));
  std::memcpy(buffer.data(), bytes.data(), bytes.size());
  kubewire::Frame frame{};
  frame.data = buffer.data();
  frame.length = static_cast<uint32_t>(bytes.size());
  frame.capacity = static_cast<uint32_t>(buffer.size());
  for (int hop = 0; hop < 2; hop++) {
    frame.port = port;
    kw_decision decision;
    node.process(frame, now, decision);
    if (decision.verdict == KW_VERDICT_DROP) return;
    if (decision.out_port >= tables.port_count) std::abort();
    port = decision.out_port;
  }
}

/// Traffic that the image itself suggests: to its frontends, its routes and its own addresses.
inline void carry(kubewire::Node& node, const kw_tables& tables, uint64_t now) {
  static uint16_t port = 1;
  auto send = [&](const uint8_t* to, uint8_t protocol, uint16_t destination_port, uint32_t in_port) {
    const bool v4 = kw_address_is_v4(to);
    frames::Packet packet{v4 ? "203.0.113.10" : "2001:db8:113::10", frames::text_of(to), protocol, ++port,
                          destination_port};
    run(node, tables, in_port % tables.port_count, now, frames::make(packet));
  };
  for (uint32_t i = 0; i < tables.frontend_count && i < kFramesPerImage; i++) {
    const kw_frontend_row& row = tables.frontends[i];
    const uint8_t protocol = row.protocol == 0 ? 6 : row.protocol;
    const bool any = kw_address_is_unspecified(row.address);
    const uint8_t* to =
        any ? (kw_address_is_v4(row.address) ? tables.node->address4 : tables.node->address6) : row.address;
    for (uint32_t in_port = 0; in_port < 3; in_port++) send(to, protocol, kw_swap16(row.port_be), in_port);
  }
  for (uint32_t i = 0; i < tables.route_count && i < kFramesPerImage; i++) send(tables.routes[i].prefix, 17, 9, i);
  for (uint32_t i = 0; i < tables.local_address_count && i < 8; i++)
    send(tables.local_addresses[i].address, 6, 30080, i);
}

}  // namespace fuzz

#endif
