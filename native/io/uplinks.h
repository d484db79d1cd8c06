// uplinks.h - Uplinks: the port of a node through which a frame from another node comes in.
#ifndef KUBEWIRE_IO_UPLINKS_H
#define KUBEWIRE_IO_UPLINKS_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "abi/abi.gen.h"

namespace kubewire {

class Uplinks {
 public:
  /// Reads the PORT rows of an image that a Node has accepted.
  void read(const uint8_t* image);

  /// The UPLINK row towards that node, else the first UPLINK row; KW_NONE if there is none.
  uint32_t port_from(uint32_t node) const {
    for (const Row& row : rows_) {
      if (row.target == node) return row.port;
    }
    return rows_.empty() ? KW_NONE : rows_[0].port;
  }

  /// PORT rows of the image; 0 before the first.
  uint32_t port_count() const { return port_count_; }

 private:
  struct Row {
    uint32_t port, target;
  };
  std::vector<Row> rows_;
  uint32_t port_count_ = 0;
};

}  // namespace kubewire

#endif
