// patches.h - images with room, patches from what two images differ in, and what a patch makes of an image, the slow way.
#ifndef KUBEWIRE_TEST_PATCHES_H
#define KUBEWIRE_TEST_PATCHES_H

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "engine/sections.h"

namespace patches {

using Bytes = std::vector<uint8_t>;

/// A copy of an image at an address that tables may have; exactly as long as it is.
class Memory {
 public:
  explicit Memory(const Bytes& bytes) : size_(bytes.size()), words_((bytes.size() + 7) / 8) {
    std::memcpy(words_.data(), bytes.data(), bytes.size());
  }
  uint8_t* data() { return reinterpret_cast<uint8_t*>(words_.data()); }
  const uint8_t* data() const { return reinterpret_cast<const uint8_t*>(words_.data()); }
  size_t size() const { return size_; }
  Bytes bytes() const { return Bytes(data(), data() + size_); }
  kw_image_header& header() { return *reinterpret_cast<kw_image_header*>(data()); }
  kw_section_entry& entry(uint32_t kind) {
    auto* entries = reinterpret_cast<kw_section_entry*>(data() + sizeof(kw_image_header));
    for (uint32_t i = 0; i + 1 < KW_SECTION_COUNT; i++) {
      if (entries[i].kind == kind) return entries[i];
    }
    return entries[KW_SECTION_COUNT - 1];
  }
  template <typename Row>
  Row* rows(uint32_t kind) {
    return reinterpret_cast<Row*>(data() + entry(kind).offset);
  }
  uint8_t* row(uint32_t kind, uint32_t row) { return data() + entry(kind).offset + size_t{row} * entry(kind).stride; }

 private:
  size_t size_;
  std::vector<uint64_t> words_;
};

/// The image with room for `extra` more rows behind those of every section.
inline Bytes with_room(const Bytes& image, uint32_t extra) {
  Memory from(image);
  const uint32_t align = KW_SECTION_ALIGNMENT;
  const auto aligned = [&](size_t at) { return (at + align - 1) / align * align; };
  Bytes made(aligned(sizeof(kw_image_header) + KW_SECTION_COUNT * sizeof(kw_section_entry)));
  std::memcpy(made.data(), from.data(), made.size());
  for (uint32_t i = 0; i < KW_SECTION_COUNT; i++) {
    const size_t at = sizeof(kw_image_header) + i * sizeof(kw_section_entry);
    kw_section_entry entry;
    std::memcpy(&entry, made.data() + at, sizeof entry);
    const uint8_t* rows = from.data() + entry.offset;
    entry.offset = static_cast<uint32_t>(made.size());
    std::memcpy(made.data() + at, &entry, sizeof entry);
    made.insert(made.end(), rows, rows + size_t{entry.count} * entry.stride);
    made.resize(aligned(made.size() + size_t{extra} * entry.stride));
  }
  const uint32_t total = static_cast<uint32_t>(made.size());
  std::memcpy(made.data() + offsetof(kw_image_header, total_bytes), &total, sizeof total);
  return made;
}

/// A patch in the making.
class Writer {
 public:
  explicit Writer(const kw_image_header& of) {
    header_.magic = KW_PATCH_MAGIC;
    header_.abi_version = KW_ABI_VERSION;
    header_.layout_hash = KW_LAYOUT_HASH;
    header_.strategy = of.strategy;
    header_.hash_seed = of.hash_seed;
    header_.node_id = of.node_id;
    header_.base = of.generation;
    header_.generation = of.generation + 1;
  }

  /// `rows`: how many the section has afterwards.
  void add(uint32_t kind, uint32_t first, uint32_t count, uint32_t rows, const void* bytes) {
    kw_patch_entry entry{};
    entry.kind = kind;
    entry.first = first;
    entry.count = count;
    entry.rows = rows;
    entry.offset = static_cast<uint32_t>(rows_.size());
    entries_.push_back(entry);
    const auto* from = static_cast<const uint8_t*>(bytes);
    rows_.insert(rows_.end(), from, from + size_t{count} * kubewire::facts_of(kind).stride);
  }

  kw_patch_header& header() { return header_; }
  std::vector<kw_patch_entry>& entries() { return entries_; }
  Bytes& rows() { return rows_; }

  Bytes bytes() const {
    kw_patch_header header = header_;
    const size_t lead = sizeof header + entries_.size() * sizeof(kw_patch_entry);
    header.entries = static_cast<uint32_t>(entries_.size());
    header.total_bytes = static_cast<uint32_t>(lead + rows_.size());
    Bytes made(lead);
    std::memcpy(made.data(), &header, sizeof header);
    for (size_t i = 0; i < entries_.size(); i++) {
      kw_patch_entry entry = entries_[i];
      entry.offset += static_cast<uint32_t>(lead);
      std::memcpy(made.data() + sizeof header + i * sizeof entry, &entry, sizeof entry);
    }
    made.insert(made.end(), rows_.begin(), rows_.end());
    return made;
  }

 private:
  kw_patch_header header_{};
  std::vector<kw_patch_entry> entries_;
  Bytes rows_;
};

/// Writes the rows, counts and generation of a patch into an image that has room for them, and checks nothing.
inline void write(const Bytes& patch, Memory* image) {
  kw_patch_header header;
  std::memcpy(&header, patch.data(), sizeof header);
  image->header().generation = header.generation;
  for (uint32_t i = 0; i < header.entries; i++) {
    kw_patch_entry entry;
    std::memcpy(&entry, patch.data() + sizeof header + i * sizeof entry, sizeof entry);
    image->entry(entry.kind).count = entry.rows;
    if (entry.count == 0) continue;
    std::memcpy(image->row(entry.kind, entry.first), patch.data() + entry.offset,
                size_t{entry.count} * kubewire::facts_of(entry.kind).stride);
  }
}

/// Refused for what the patch may not write, or because it is no patch of this image: not for what it says.
inline bool is_about_form(kw_image_error error) {
  return error != KW_IMAGE_ERROR_OK && error != KW_IMAGE_ERROR_BAD_COUNT && error != KW_IMAGE_ERROR_BAD_INDEX &&
         error != KW_IMAGE_ERROR_BAD_VALUE && error != KW_IMAGE_ERROR_BAD_ORDER;
}

}  // namespace patches

#endif
