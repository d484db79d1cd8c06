// fuzz_input.h - the input of a fuzz target as numbers, and the images of all strategies.
#ifndef KUBEWIRE_TEST_FUZZ_INPUT_H
#define KUBEWIRE_TEST_FUZZ_INPUT_H

#include <cstring>

#include "fuzz_world.h"
#include "strategies.h"

namespace fuzz {

/// Numbers from the input; zeros when it is used up.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  bool empty() const { return at_ >= size_; }
  uint32_t bytes(uint32_t count) {
    uint32_t value = 0;
    for (uint32_t i = 0; i < count; i++) value |= static_cast<uint32_t>(empty() ? 0 : data_[at_++]) << (8 * i);
    return value;
  }

 private:
  const uint8_t* data_;
  size_t size_, at_ = 0;
};

inline Bytes image_of(const char* name) {
  size_t bytes = 0;
  const std::vector<uint64_t> words = image(name, &bytes);
  Bytes image(bytes);
  std::memcpy(image.data(), words.data(), bytes);
  return image;
}

inline std::vector<Bytes> images() {
  std::vector<Bytes> all;
  for (const char* name : kWorlds) all.push_back(image_of(name));
  return all;
}

}  // namespace fuzz

#endif
