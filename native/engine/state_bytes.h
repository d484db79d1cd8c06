// state_bytes.h - StateWriter and StateReader: what a node remembers, as bytes, and back. A reader trusts nothing.
#ifndef KUBEWIRE_ENGINE_STATE_BYTES_H
#define KUBEWIRE_ENGINE_STATE_BYTES_H

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

namespace kubewire {

class StateWriter {
 public:
  template <typename Value>
  void put(const Value& value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    put(&value, sizeof value);
  }

  void put(const void* data, size_t size) {
    if (size == 0) return;
    const size_t at = bytes.size();
    bytes.resize(at + size);
    std::memcpy(bytes.data() + at, data, size);
  }

  /// The places for which `is_used` holds, each after its number; KW_NONE ends them.
  template <typename Row, typename IsUsed>
  void put_used(const std::vector<Row>& rows, IsUsed is_used) {
    for (uint32_t i = 0; i < rows.size(); i++) {
      if (!is_used(rows[i])) continue;
      put(i);
      put(rows[i]);
    }
    put(UINT32_MAX);
  }

  std::vector<uint8_t> bytes;
};

class StateReader {
 public:
  StateReader(const uint8_t* bytes, size_t size) : at_(bytes), left_(size) {}

  template <typename Value>
  bool take(Value* value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    const uint8_t* from = take(sizeof *value);
    if (from != nullptr) std::memcpy(value, from, sizeof *value);
    return from != nullptr;
  }

  /// The next `size` bytes; null if there are fewer.
  const uint8_t* take(size_t size) {
    if (size > left_) return nullptr;
    const uint8_t* from = at_;
    at_ += size;
    left_ -= size;
    return from;
  }

  /// What put_used wrote; false if a number is too large.
  template <typename Row>
  bool take_used(std::vector<Row>* rows) {
    for (uint32_t i = 0; take(&i) && (i == UINT32_MAX || i < rows->size());) {
      if (i == UINT32_MAX) return true;
      if (!take(&(*rows)[i])) return false;
    }
    return false;
  }

  bool done() const { return left_ == 0; }

 private:
  const uint8_t* at_;
  size_t left_;
};

}  // namespace kubewire

#endif
