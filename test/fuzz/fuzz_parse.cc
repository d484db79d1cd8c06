// fuzz_parse.cc - libFuzzer target: random frames through a node and a router with real images; see fuzz_world.h for the input.
#include <cstdlib>
#include <cstring>

#include "fuzz_world.h"

namespace {

using fuzz::Bytes;

/// One frame of an input: port, flags, seconds, length (2, little-endian), bytes.
constexpr size_t kRecordHeader = 5;
constexpr uint64_t kSecond = 1000000000ull;
/// Longer than any timeout: flows and fragments of the last input are gone, so that an input fails alone, too.
constexpr uint64_t kTenDays = 10ull * 86400 * kSecond;

enum Flag : uint8_t { TIGHT = 1, MEND = 2, NEEDS_CHECKSUM = 4, GSO_SHIFT = 3, ROUTER = 32 };

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

/// Runs one frame in a heap block of exactly its capacity and checks what every outcome promises.
void run(kubewire::Node& node, uint32_t port, uint8_t flags, uint64_t now, const Bytes& bytes) {
  const size_t capacity =
      flags & TIGHT ? bytes.size() : std::max<size_t>(bytes.size(), kubewire::kFrameCapacityMinimum);
  std::unique_ptr<uint8_t[]> buffer(new uint8_t[capacity]);
  if (!bytes.empty()) std::memcpy(buffer.get(), bytes.data(), bytes.size());
  static const uint8_t gso[4] = {0, 1, 4, 5};
  kubewire::Frame frame{};
  frame.data = buffer.get();
  frame.length = static_cast<uint32_t>(bytes.size());
  frame.capacity = static_cast<uint32_t>(capacity);
  frame.port = port;
  frame.needs_checksum = (flags & NEEDS_CHECKSUM) != 0;
  frame.gso_type = gso[(flags >> GSO_SHIFT) & 3];
  frame.gso_size = 1400;
  const bool plain = frame.needs_checksum == 0 && frame.gso_type == 0;
  kw_decision decision;
  node.process(frame, now, decision);
  require(decision.reason != 0 && decision.reason < KW_COUNTER_REASONS, "every frame has a reason");
  require(decision.in_port == port, "inPort is where it came from");
  require(frame.length <= capacity, "a frame stays in its buffer");
  if (decision.verdict == KW_VERDICT_DROP) {
    require(decision.out_port == KW_NONE, "what is dropped leaves nowhere");
    return;
  }
  require(decision.out_port != KW_NONE, "what leaves has a port");
  const Bytes out(frame.data, frame.data + frame.length);
  if (decision.verdict == KW_VERDICT_REPLY) {
    require(decision.reason == KW_REASON_ARP_REPLY || fuzz::sound(out), "answers have right checksums");
  } else {
    require(frame.length <= bytes.size(), "forwarding makes no frame longer");
    if (plain && fuzz::sound(bytes)) require(fuzz::sound(out), "right checksums stay right");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static fuzz::World world("world.kwim"), router("router.kwim");
  static uint64_t now = kSecond;
  now += kTenDays;
  while (size >= kRecordHeader) {
    const uint8_t flags = data[1];
    const uint32_t port = data[0] % 6u;
    now += data[2] * kSecond;
    const size_t wanted = data[3] | (static_cast<size_t>(data[4]) << 8);
    data += kRecordHeader;
    size -= kRecordHeader;
    const size_t length = wanted < size ? wanted : size;
    Bytes bytes(data, data + length);
    data += length;
    size -= length;
    if (flags & MEND) fuzz::mend(bytes);
    run(flags & ROUTER ? router.node : world.node, port, flags, now, bytes);
  }
  return 0;
}
