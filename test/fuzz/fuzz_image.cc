// fuzz_image.cc - libFuzzer target: random bytes as a table image; what the loader takes must carry any traffic.
//
// Input: one byte of flags, then the image. Unless flag RAW is set, the fields that only say "this is ours" are put right, so
// that mutations reach what lies behind them.
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "engine/image.h"
#include "fuzz_world.h"

namespace {

using fuzz::Bytes;

enum Flag : uint8_t { RAW = 1 };
constexpr uint32_t kFramesPerImage = 48;

void put_right(uint8_t* image, size_t size) {
  if (size < sizeof(kw_image_header)) return;
  kw_image_header header;
  std::memcpy(&header, image, sizeof header);
  header.magic = KW_IMAGE_MAGIC;
  header.abi_version = KW_ABI_VERSION;
  header.layout_hash = KW_LAYOUT_HASH;
  header.total_bytes = static_cast<uint32_t>(size);
  std::memcpy(image, &header, sizeof header);
}

/// Runs a frame, and what becomes of it once more from the port through which it left.
void run(kubewire::Node& node, const kw_tables& tables, uint32_t port, uint64_t now, const Bytes& bytes) {
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

std::string text_of(const uint8_t* address) {
  char text[64];
  if (kw_address_is_v4(address)) {
    std::snprintf(text, sizeof text, "%u.%u.%u.%u", address[12], address[13], address[14], address[15]);
    return text;
  }
  std::string all;
  for (int i = 0; i < 16; i += 2) {
    std::snprintf(text, sizeof text, "%s%x", i == 0 ? "" : ":", (address[i] << 8) | address[i + 1]);
    all += text;
  }
  return all;
}

/// Traffic that the image itself suggests: to its frontends, its routes and its own addresses.
void carry(kubewire::Node& node, const kw_tables& tables, uint64_t now) {
  static uint16_t port = 1;
  auto send = [&](const uint8_t* to, uint8_t protocol, uint16_t destination_port, uint32_t in_port) {
    const bool v4 = kw_address_is_v4(to);
    frames::Packet packet{v4 ? "203.0.113.10" : "2001:db8:113::10", text_of(to), protocol, ++port, destination_port};
    run(node, tables, in_port % tables.port_count, now, frames::make(packet));
  };
  for (uint32_t i = 0; i < tables.frontend_count && i < kFramesPerImage; i++) {
    const kw_frontend_row& row = tables.frontends[i];
    const uint8_t protocol = row.protocol == 0 ? 6 : row.protocol;
    const bool any = kw_address_is_unspecified(row.address);
    const uint8_t* to = any ? (kw_address_is_v4(row.address) ? tables.node->address4 : tables.node->address6) : row.address;
    for (uint32_t in_port = 0; in_port < 3; in_port++) send(to, protocol, kw_swap16(row.port_be), in_port);
  }
  for (uint32_t i = 0; i < tables.route_count && i < kFramesPerImage; i++) send(tables.routes[i].prefix, 17, 9, i);
  for (uint32_t i = 0; i < tables.local_address_count && i < 8; i++) send(tables.local_addresses[i].address, 6, 30080, i);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static std::vector<uint64_t> counters(KW_COUNTER_CELLS);
  static kubewire::Node node(1, 64, counters.data());
  static uint8_t* in_force = nullptr;
  static uint64_t now = 1;
  if (size < 1) return 0;
  const uint8_t flags = data[0];
  // Exactly as long as it is, so that a byte read behind its end is seen.
  uint8_t* image = static_cast<uint8_t*>(std::malloc(size - 1 == 0 ? 1 : size - 1));
  std::memcpy(image, data + 1, size - 1);
  if (!(flags & RAW)) put_right(image, size - 1);
  now += 1000000000ull;
  kw_tables tables;
  if (node.load(image, size - 1, now) != KW_IMAGE_ERROR_OK) {
    std::free(image);
    return 0;
  }
  std::free(in_force);
  in_force = image;
  if (kubewire::load_image(image, size - 1, &tables) != KW_IMAGE_ERROR_OK) std::abort();
  carry(node, tables, now);
  return 0;
}
