// fuzz_image.cc - libFuzzer target: random bytes as a table image; what the loader takes must carry any traffic.
//
// Input: one byte of flags, then the image. Unless flag RAW is set, the fields that only say "this is ours" are put right, so
// that mutations reach what lies behind them.
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "engine/image.h"
#include "fuzz_traffic.h"

namespace {

enum Flag : uint8_t { RAW = 1 };

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
  fuzz::carry(node, tables, now);
  return 0;
}
