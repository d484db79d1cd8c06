// fuzz_world.h - what the fuzz targets share: nodes with the images of test/native/world.ts, and the checksum oracle made
// safe for any bytes. The environment variable KUBEWIRE_WORLD names the folder of the images.
#ifndef KUBEWIRE_TEST_FUZZ_WORLD_H
#define KUBEWIRE_TEST_FUZZ_WORLD_H

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "engine/node.h"
#include "frames.h"

namespace fuzz {

using frames::Bytes;

/// The bytes of an image; ends the program when it is missing.
inline std::vector<uint64_t> image(const char* name, size_t* bytes) {
  const char* folder = std::getenv("KUBEWIRE_WORLD");
  const std::string path = std::string(folder == nullptr ? "." : folder) + "/" + name;
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) {
    std::fprintf(stderr, "cannot read %s: set KUBEWIRE_WORLD to the folder of the images\n", path.c_str());
    std::exit(2);
  }
  std::vector<uint64_t> words(1 << 16);
  *bytes = std::fread(words.data(), 1, words.size() * sizeof(uint64_t), file);
  std::fclose(file);
  return words;
}

struct World {
  explicit World(const char* name)
      : counters(KW_COUNTER_CELLS), words(image(name, &bytes)), node(1, 64, counters.data()) {
    if (node.load(reinterpret_cast<const uint8_t*>(words.data()), bytes, 0) != KW_IMAGE_ERROR_OK) {
      std::fprintf(stderr, "image %s was refused\n", name);
      std::exit(2);
    }
  }

  std::vector<uint64_t> counters;
  size_t bytes = 0;
  std::vector<uint64_t> words;
  kubewire::Node node;
};

/// True for whole IPv4 and IPv6 packets without padding and extension headers that hold a whole L4 header.
inline bool judgeable(const Bytes& frame) {
  if (frame.size() < 14 + 20) return false;
  const uint8_t version = frame[14] >> 4;
  const uint32_t type = frames::be16(frame, 12);
  if (type == 0x0800 && version == 4) {
    const bool whole = (frames::be16(frame, 20) & 0x3fff) == 0;
    return whole && frames::be16(frame, 16) == frame.size() - 14 && (frame[14] & 15) >= 5 &&
           frames::l4_of(frame) + 20 <= frame.size();
  }
  if (type != 0x86dd || version != 6 || frame.size() < 14 + 40 + 20) return false;
  const uint8_t next = frame[20];
  return frames::be16(frame, 18) == frame.size() - 54 && (next == 6 || next == 17 || next == 58);
}

inline bool sound(const Bytes& frame) { return judgeable(frame) && frames::sound(frame); }

inline void mend(Bytes& frame) {
  if (judgeable(frame)) frames::mend(frame);
}

}  // namespace fuzz

#endif
