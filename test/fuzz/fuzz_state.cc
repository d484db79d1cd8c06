// fuzz_state.cc - libFuzzer target: what a node has saved, some words of which are overwritten. Whatever a node takes over, it
// must carry any traffic, forget what expires, and be saved and taken over again.
//
// Input: a byte that chooses the image; a byte of how often traffic passes before; then, as long as there is more, where a word
// is overwritten, counted from the end of the image (3 bytes), and by what (4). An odd last byte cuts the state off.
#include "engine/image.h"
#include "fuzz_input.h"
#include "fuzz_traffic.h"

namespace {

constexpr uint32_t kFlows = 64;
constexpr uint64_t kSecond = 1000000000ull;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<fuzz::Bytes> worlds = fuzz::images();
  fuzz::Input input(data, size);
  // In words, so that it is aligned.
  const fuzz::Bytes& world = worlds[input.bytes(1) % worlds.size()];
  std::vector<uint64_t> image(world.size() / 8 + 1);
  std::memcpy(image.data(), world.data(), world.size());
  const uint8_t* bytes = reinterpret_cast<const uint8_t*>(image.data());
  kw_tables tables;
  if (kubewire::load_image(bytes, world.size(), &tables) != KW_IMAGE_ERROR_OK) std::abort();
  std::vector<uint64_t> counters(KW_COUNTER_CELLS);
  uint64_t now = kSecond;
  std::vector<uint8_t> state;
  {
    kubewire::Node node(1, kFlows, counters.data());
    if (node.load(bytes, world.size(), now) != KW_IMAGE_ERROR_OK) std::abort();
    for (uint32_t rounds = input.bytes(1) % 4; rounds > 0; rounds--) fuzz::carry(node, tables, now += kSecond);
    state = node.save();
  }
  const size_t own = 16 + world.size();
  const bool whole = input.empty();
  while (!input.empty()) {
    const uint32_t at = input.bytes(3), value = input.bytes(4);
    if (state.size() >= own + 4) std::memcpy(&state[own + at % (state.size() - own - 3)], &value, sizeof value);
  }
  if (size % 2 == 1 && !whole) state.resize(state.size() - state.size() % 61);
  state.shrink_to_fit();
  kubewire::Node node(2, kFlows, counters.data());
  if (!node.restore(state.data(), state.size(), now)) {
    if (whole) std::abort();
    return 0;
  }
  for (int round = 0; round < 3; round++) fuzz::carry(node, tables, now += 40 * kSecond);
  node.sweep(now, kFlows);
  kubewire::Node again(3, kFlows, counters.data());
  const std::vector<uint8_t> saved = node.save();
  if (!again.restore(saved.data(), saved.size(), now)) std::abort();
  return 0;
}
