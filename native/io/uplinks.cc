// uplinks.cc - Uplinks: the port of a node through which a frame from another node comes in.
#include "uplinks.h"

#include <cstring>

namespace kubewire {

void Uplinks::read(const uint8_t* image) {
  rows_.clear();
  kw_image_header header;
  memcpy(&header, image, sizeof header);
  for (uint32_t i = 0; i < header.sections; i++) {
    kw_section_entry entry;
    memcpy(&entry, image + sizeof header + i * sizeof entry, sizeof entry);
    if (entry.kind != KW_SECTION_PORT) continue;
    port_count_ = entry.count;
    for (uint32_t port = 0; port < entry.count; port++) {
      kw_port_row row;
      memcpy(&row, image + entry.offset + static_cast<size_t>(port) * entry.stride, sizeof row);
      if (row.kind == KW_PORT_KIND_UPLINK) rows_.push_back({port, row.target});
    }
  }
}

}  // namespace kubewire
