// editor.h - changes Services of an image as a compiler would, row by row, and says as a patch what has changed.
#ifndef KUBEWIRE_TEST_EDITOR_H
#define KUBEWIRE_TEST_EDITOR_H

#include <functional>
#include <vector>

#include "core/match.h"
#include "patches.h"

namespace patches {

class Editor {
 public:
  /// Of an image that is taken and has room.
  explicit Editor(const Bytes& image);

  /// A Service with so many endpoints; returns its row.
  uint32_t add_service(uint32_t id, uint32_t endpoints, bool v4 = true);
  /// Gives a Service that is there other endpoints.
  void change_endpoints(uint32_t service, uint32_t endpoints);
  /// Unless its key is there already, or the hashes are full.
  void add_frontend(const kw_frontend_row& row);
  /// The last frontend takes its place.
  void remove_frontend(uint32_t row);

  kw_service_row& service(uint32_t row) { return services_[row]; }
  std::vector<kw_service_row>& services() { return services_; }
  std::vector<kw_frontend_row>& frontends() { return frontends_; }

  /// What has changed, with hashes that fit.
  Writer finish();

 private:
  struct List {
    uint32_t first, count;
  };

  template <typename Row>
  std::vector<Row> read(uint32_t kind);
  template <typename Row>
  void compare(Writer& writer, uint32_t kind, const std::vector<Row>& rows);
  List add_endpoints(uint32_t service, uint32_t count, bool v4);
  void order();
  void fill_slots(uint32_t kind, bool by_address);
  void fill_perfect();
  void place(uint32_t bucket);

  Memory image_;
  kw_tables tables_{};
  std::vector<kw_frontend_row> frontends_;
  std::vector<kw_service_row> services_;
  std::vector<kw_index_row> members_, pilots_, frontend_slots_, address_slots_;
  std::vector<kw_backend_row> backends_;
  std::vector<kw_perfect_row> perfect_;
};

/// A frontend at an address of 16 bytes.
kw_frontend_row frontend(const Bytes& address, uint16_t port, uint8_t protocol, uint8_t kind, uint32_t service);

/// Some change of Services that is all right; `below` throws the dice: a number below its argument.
Writer change(const Bytes& image, const std::function<uint32_t(uint32_t)>& below);

}  // namespace patches

#endif
