// image.cc - checks of a table image, from the outside in: header, directory, rows, slots.
#include "engine/image.h"

#include "engine/image_rows.h"
#include "engine/sections.h"

namespace kubewire {
namespace {

kw_image_error check_header(const uint8_t* image, size_t bytes, kw_image_header* header) {
  if (bytes < sizeof *header) return KW_IMAGE_ERROR_TOO_SHORT;
  __builtin_memcpy(header, image, sizeof *header);
  if (header->magic != KW_IMAGE_MAGIC) return KW_IMAGE_ERROR_BAD_MAGIC;
  if (header->abi_version != KW_ABI_VERSION) return KW_IMAGE_ERROR_BAD_VERSION;
  if (header->layout_hash != KW_LAYOUT_HASH) return KW_IMAGE_ERROR_BAD_LAYOUT;
  if (header->total_bytes < sizeof *header || header->total_bytes > bytes) return KW_IMAGE_ERROR_TOO_SHORT;
  if (reinterpret_cast<uintptr_t>(image) % 8 != 0) return KW_IMAGE_ERROR_BAD_BOUNDS;
  if (header->strategy < KW_STRATEGY_FIRST || header->strategy > KW_STRATEGY_LAST) return KW_IMAGE_ERROR_BAD_VALUE;
  return KW_IMAGE_ERROR_OK;
}

/// Every section exactly once, inside the image, aligned, with the right stride, and clear of the others.
kw_image_error check_directory(const uint8_t* image, const kw_image_header& header, Sections* found) {
  const uint64_t end = sizeof header + static_cast<uint64_t>(header.sections) * sizeof(kw_section_entry);
  if (header.sections != KW_SECTION_COUNT || end > header.total_bytes) return KW_IMAGE_ERROR_BAD_DIRECTORY;
  bool seen[KW_SECTION_COUNT + 1] = {};
  for (uint32_t i = 0; i < header.sections; i++) {
    kw_section_entry entry;
    __builtin_memcpy(&entry, image + sizeof header + i * sizeof entry, sizeof entry);
    if (entry.kind < 1 || entry.kind > KW_SECTION_COUNT || seen[entry.kind]) return KW_IMAGE_ERROR_BAD_DIRECTORY;
    if (entry.stride != facts_of(entry.kind).stride) return KW_IMAGE_ERROR_BAD_STRIDE;
    const uint64_t last = entry.offset + static_cast<uint64_t>(entry.count) * entry.stride;
    if (entry.offset % KW_SECTION_ALIGNMENT != 0 || entry.offset < end || last > header.total_bytes) {
      return KW_IMAGE_ERROR_BAD_BOUNDS;
    }
    seen[entry.kind] = true;
    found->entries[entry.kind] = entry;
  }
  return found->apart() ? KW_IMAGE_ERROR_OK : KW_IMAGE_ERROR_BAD_BOUNDS;
}

bool is_slot_count(uint32_t count) { return count != 0 && (count & (count - 1)) == 0; }

kw_image_error check_counts(const Sections& found) {
  if (found[KW_SECTION_NODE].count != 1 || found[KW_SECTION_PORT].count == 0) return KW_IMAGE_ERROR_BAD_COUNT;
  for (uint32_t kind = 1; kind <= KW_SECTION_COUNT; kind++) {
    if (facts_of(kind).hash && !is_slot_count(found[kind].count)) return KW_IMAGE_ERROR_BAD_COUNT;
  }
  return KW_IMAGE_ERROR_OK;
}

void point(const uint8_t* image, const kw_image_header& header, const Sections& found, kw_tables* tables) {
  point_rows(image, found, tables);
  for (uint32_t kind = 1; kind <= KW_SECTION_COUNT; kind++) set_count(tables, kind, found[kind].count);
  find_node_ports(tables);
  tables->bucket_count = header.buckets;
  tables->spread = header.spread;
  tables->hash_seed = header.hash_seed;
  tables->hash_mapped = kw_hash_mapped(header.hash_seed);
  tables->strategy = header.strategy;
  tables->node_id = header.node_id;
  tables->generation = header.generation;
  tables->router = (tables->node->flags & KW_NODE_FLAG_ROUTER) != 0;
  tables->prefix_first = 0;
  while (tables->prefix_first < tables->route_count && tables->routes[tables->prefix_first].prefix_length == 128) {
    tables->prefix_first++;
  }
}

}  // namespace

kw_image_error load_image(const uint8_t* image, size_t bytes, kw_tables* tables) {
  kw_image_header header;
  Sections found;
  kw_image_error error = check_header(image, bytes, &header);
  if (error == KW_IMAGE_ERROR_OK) error = check_directory(image, header, &found);
  if (error == KW_IMAGE_ERROR_OK) error = check_counts(found);
  if (error != KW_IMAGE_ERROR_OK) return error;
  kw_tables candidate = {};
  point(image, header, found, &candidate);
  error = check_rows(candidate);
  if (error == KW_IMAGE_ERROR_OK) error = check_strategy(candidate);
  if (error == KW_IMAGE_ERROR_OK) error = check_slots(candidate);
  if (error == KW_IMAGE_ERROR_OK) *tables = candidate;
  return error;
}

}  // namespace kubewire
