// fuzz_patch.cc - libFuzzer target: changes of Services as patches, some words of which are overwritten, on the images of the test world.
//
// Input: a byte that chooses the image; then, as long as there is more, a patch: bytes that choose what changes, a byte that says
// how many words are overwritten, and for each where (2 bytes) and by what (4). A patch is taken exactly when the loader takes the
// image that it makes; refused, it changes nothing; taken, the node carries traffic.
#include <memory>

#include "editor.h"
#include "engine/image.h"
#include "engine/patch.h"
#include "fuzz_input.h"
#include "fuzz_traffic.h"

namespace {

using fuzz::Bytes;
using fuzz::Input;
using patches::Memory;

constexpr uint32_t kPatchesPerInput = 16;
constexpr uint32_t kWordsMost = 8;

void overwrite(Bytes& patch, Input& input) {
  for (uint32_t words = input.bytes(1) % (kWordsMost + 1); words > 0; words--) {
    const size_t at = input.bytes(2) % (patch.size() / 4) * 4;
    const uint32_t value = input.bytes(4);
    std::memcpy(&patch[at], &value, sizeof value);
  }
}

/// The image with the rows of a patch, and what the loader says of it.
kw_image_error load_patched(const Bytes& before, const Bytes& patch, Memory* whole) {
  *whole = Memory(before);
  patches::write(patch, whole);
  kw_tables tables;
  return kubewire::load_image(whole->data(), whole->size(), &tables);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<Bytes> worlds = fuzz::images();
  static std::vector<uint64_t> counters(KW_COUNTER_CELLS);
  static kubewire::Node node(1, 64, counters.data());
  static uint64_t now = 1;
  Input input(data, size);
  const auto below = [&](uint32_t limit) { return input.bytes(1) % limit; };
  Memory image(worlds[input.bytes(1) % worlds.size()]);
  kw_tables tables;
  if (kubewire::load_image(image.data(), image.size(), &tables) != KW_IMAGE_ERROR_OK) std::abort();
  if (node.load(image.data(), image.size(), now) != KW_IMAGE_ERROR_OK) std::abort();
  kubewire::Ledger ledger;
  ledger.take(image.data(), tables);
  for (uint32_t i = 0; i < kPatchesPerInput && !input.empty(); i++) {
    now += 1000000000ull;
    Bytes patch = patches::change(image.bytes(), below).bytes();
    overwrite(patch, input);
    // Exactly as long as it is, so that a byte read behind its end is seen.
    patch.shrink_to_fit();
    const Bytes before = image.bytes();
    kubewire::PatchEffects effects;
    const kw_image_error error =
        kubewire::apply_patch(patch.data(), patch.size(), image.data(), &tables, &ledger, &effects);
    if (node.patch(patch.data(), patch.size(), now) != error) std::abort();
    if (error != KW_IMAGE_ERROR_OK && image.bytes() != before) std::abort();
    if (patches::is_about_form(error)) continue;
    Memory whole(before);
    if ((load_patched(before, patch, &whole) == KW_IMAGE_ERROR_OK) != (error == KW_IMAGE_ERROR_OK)) std::abort();
    if (error != KW_IMAGE_ERROR_OK) continue;
    if (whole.bytes() != image.bytes()) std::abort();
    fuzz::carry(node, tables, now);
  }
  return 0;
}
