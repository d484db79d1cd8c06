// patch_read.cc - checks a patch from the outside in: header, directory, what it may write.
#include "engine/patch_read.h"

#include <cstring>

namespace kubewire {
namespace {

kw_image_error check_header(const uint8_t* bytes, size_t size, const kw_tables& tables, kw_patch_header* header) {
  if (size < sizeof *header) return KW_IMAGE_ERROR_TOO_SHORT;
  std::memcpy(header, bytes, sizeof *header);
  if (header->magic != KW_PATCH_MAGIC) return KW_IMAGE_ERROR_BAD_MAGIC;
  if (header->abi_version != KW_ABI_VERSION) return KW_IMAGE_ERROR_BAD_VERSION;
  if (header->layout_hash != KW_LAYOUT_HASH) return KW_IMAGE_ERROR_BAD_LAYOUT;
  if (header->total_bytes < sizeof *header || header->total_bytes > size) return KW_IMAGE_ERROR_TOO_SHORT;
  const bool ours = header->strategy == tables.strategy && header->hash_seed == tables.hash_seed &&
                    header->node_id == tables.node_id && header->base == tables.generation;
  return ours ? KW_IMAGE_ERROR_OK : KW_IMAGE_ERROR_BAD_BASE;  // [PATCH-1]
}

kw_image_error check_entry(const kw_patch_entry& entry, const kw_patch_header& header, uint64_t directory_end) {
  const SectionFacts& facts = facts_of(entry.kind);
  if (!facts.may.any()) return KW_IMAGE_ERROR_BAD_DIRECTORY;
  if (entry.first + static_cast<uint64_t>(entry.count) > entry.rows) return KW_IMAGE_ERROR_BAD_BOUNDS;
  if (entry.count == 0) return KW_IMAGE_ERROR_OK;
  const uint64_t end = entry.offset + static_cast<uint64_t>(entry.count) * facts.stride;
  const bool inside = entry.offset % 4 == 0 && entry.offset >= directory_end && end <= header.total_bytes;
  return inside ? KW_IMAGE_ERROR_OK : KW_IMAGE_ERROR_BAD_BOUNDS;
}

kw_image_error read_entries(const kw_tables& tables, Patch* patch) {
  const kw_patch_header& header = patch->header;
  const uint64_t end = sizeof header + static_cast<uint64_t>(header.entries) * sizeof(kw_patch_entry);
  if (end > header.total_bytes) return KW_IMAGE_ERROR_BAD_DIRECTORY;
  bool named[KW_SECTION_COUNT + 1] = {};
  for (uint32_t kind = 1; kind <= KW_SECTION_COUNT; kind++) {
    patch->sections[kind].before = patch->sections[kind].after = count_of(tables, kind);
  }
  patch->entries.resize(header.entries);
  for (uint32_t i = 0; i < header.entries; i++) {
    kw_patch_entry& entry = patch->entries[i];
    std::memcpy(&entry, patch->bytes + sizeof header + i * sizeof entry, sizeof entry);
    const kw_image_error error = check_entry(entry, header, end);
    if (error != KW_IMAGE_ERROR_OK) return error;
    PatchedSection& section = patch->sections[entry.kind];
    if (named[entry.kind] && section.after != entry.rows) return KW_IMAGE_ERROR_BAD_BOUNDS;  // [PATCH-2]
    named[entry.kind] = true;
    section.after = entry.rows;
    section.written.add(entry.first, entry.first + entry.count);
  }
  return KW_IMAGE_ERROR_OK;
}

/// The section may have the new length, every new row is written, and no row that must stay is.
kw_image_error check_section(const PatchedSection& section, const Permission& may, uint32_t room) {
  if (section.after > room) return KW_IMAGE_ERROR_NO_ROOM;
  if (section.after > section.before && !may.adds) return KW_IMAGE_ERROR_BAD_BOUNDS;  // [PATCH-3]
  if (section.after < section.before && !may.shortens) return KW_IMAGE_ERROR_BAD_BOUNDS;
  if (!may.changes && section.written.any_below(section.before)) return KW_IMAGE_ERROR_BAD_BOUNDS;
  return section.written.covers(section.before, section.after) ? KW_IMAGE_ERROR_OK
                                                               : KW_IMAGE_ERROR_BAD_BOUNDS;  // [PATCH-4]
}

/// Existing groups must not change.
bool spares_groups(const PatchedSection& pilots, uint32_t buckets) {
  for (const RowSet::Run& run : pilots.written.runs()) {
    if (run.first < pilots.before && run.end > buckets && buckets < pilots.before) return false;
  }
  return true;
}

}  // namespace

kw_image_error read_patch(const uint8_t* bytes, size_t size, const kw_tables& tables, const Ledger& ledger,
                          Patch* patch) {
  patch->bytes = bytes;
  kw_image_error error = check_header(bytes, size, tables, &patch->header);
  if (error == KW_IMAGE_ERROR_OK) error = read_entries(tables, patch);
  for (uint32_t kind = 1; error == KW_IMAGE_ERROR_OK && kind <= KW_SECTION_COUNT; kind++) {
    const Permission& may = facts_of(kind).may;
    if (!may.any()) continue;
    patch->sections[kind].written.settle();
    error = check_section(patch->sections[kind], may, ledger.room[kind]);
  }
  if (error == KW_IMAGE_ERROR_OK && !spares_groups((*patch)[KW_SECTION_PILOT], tables.bucket_count)) {
    error = KW_IMAGE_ERROR_BAD_BOUNDS;
  }
  return error;
}

}  // namespace kubewire
