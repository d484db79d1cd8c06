// image_test.cc - a good image is taken; each kind of damage is refused by its own name and changes nothing.
#include "engine/image.h"

#include <cstring>
#include <functional>
#include <memory>

#include "engine/node.h"
#include "frames.h"
#include "harness.h"
#include "strategies.h"

namespace {

/// A writable image with the rows of its sections.
class Image {
 public:
  explicit Image(const char* name) : bytes_(harness::fixture(name)), words_((bytes_.size() + 7) / 8) {
    std::memcpy(words_.data(), bytes_.data(), bytes_.size());
  }
  uint8_t* data() { return reinterpret_cast<uint8_t*>(words_.data()); }
  size_t size() const { return bytes_.size(); }
  kw_image_header& header() { return *reinterpret_cast<kw_image_header*>(data()); }
  kw_section_entry& entry(uint32_t kind) {
    auto* entries = reinterpret_cast<kw_section_entry*>(data() + sizeof(kw_image_header));
    for (uint32_t i = 0; i < header().sections; i++) {
      if (entries[i].kind == kind) return entries[i];
    }
    return entries[0];
  }
  template <typename Row>
  Row* rows(uint32_t kind) {
    return reinterpret_cast<Row*>(data() + entry(kind).offset);
  }
  kw_image_error load() {
    kw_tables tables;
    return kubewire::load_image(data(), size(), &tables);
  }

 private:
  std::vector<uint8_t> bytes_;
  std::vector<uint64_t> words_;
};

void refused(kw_image_error error, int line, const std::function<void(Image&)>& damage,
             const char* name = "world.kwim") {
  Image image(name);
  damage(image);
  const kw_image_error found = image.load();
  if (found != error) harness::fail(__FILE__, line, "refused with " + std::to_string(found));
}
#define REFUSED(error, statement) refused(error, __LINE__, [](Image& image) { statement; })
#define REFUSED_OF(name, error, statement) \
  refused(                                 \
      error, __LINE__, [](Image& image) { statement; }, name)

TEST("images of a node and of a router are taken") {
  CHECK_EQ(Image("world.kwim").load(), KW_IMAGE_ERROR_OK);
  CHECK_EQ(Image("router.kwim").load(), KW_IMAGE_ERROR_OK);
}

TEST("images of every strategy are taken, and no image of one passes for another with sections of its own") {
  for (const char* name : kWorlds) CHECK_EQ(Image(name).load(), KW_IMAGE_ERROR_OK);
  REFUSED_OF("world.kwim", KW_IMAGE_ERROR_BAD_COUNT, image.header().strategy = KW_STRATEGY_PERFECT);
  REFUSED_OF("perfect.kwim", KW_IMAGE_ERROR_BAD_COUNT, image.header().strategy = KW_STRATEGY_NFTABLES);
}

TEST("iptables: node ports come after everything else") {
  REFUSED_OF("iptables.kwim", KW_IMAGE_ERROR_BAD_ORDER,
             std::swap(image.rows<kw_frontend_row>(KW_SECTION_FRONTEND)[0],
                       image.rows<kw_frontend_row>(KW_SECTION_FRONTEND)[image.entry(KW_SECTION_FRONTEND).count - 1]));
}

TEST("ebpf: rings have backends of their own Service alone") {
  REFUSED_OF("ebpf.kwim", KW_IMAGE_ERROR_BAD_INDEX,
             image.rows<kw_service_row>(KW_SECTION_SERVICE)->ring_first = 0x7fffffff);
  REFUSED_OF("ebpf.kwim", KW_IMAGE_ERROR_BAD_INDEX,
             image.rows<kw_service_row>(KW_SECTION_SERVICE)->local_ring_first = KW_NONE);
  REFUSED_OF("ebpf.kwim", KW_IMAGE_ERROR_BAD_INDEX, image.rows<kw_index_row>(KW_SECTION_RING)->index = 9999);
  REFUSED_OF("ebpf.kwim", KW_IMAGE_ERROR_BAD_INDEX,
             image.rows<kw_index_row>(KW_SECTION_RING)->index = image.entry(KW_SECTION_BACKEND).count - 1);
}

TEST("perfect: a row says what its frontend and Service say, and every key leads to its own") {
  const auto refuse_row = [](int line, kw_image_error error, const std::function<void(kw_perfect_row&)>& damage) {
    for (uint32_t i = 0; i < Image("perfect.kwim").entry(KW_SECTION_PERFECT).count; i++) {
      refused(
          error, line, [&](Image& image) { damage(image.rows<kw_perfect_row>(KW_SECTION_PERFECT)[i]); },
          "perfect.kwim");
    }
  };
  refuse_row(__LINE__, KW_IMAGE_ERROR_BAD_INDEX, [](kw_perfect_row& row) { row.frontend = 9999; });
  refuse_row(__LINE__, KW_IMAGE_ERROR_BAD_VALUE, [](kw_perfect_row& row) { row.address[15]++; });
  refuse_row(__LINE__, KW_IMAGE_ERROR_BAD_VALUE, [](kw_perfect_row& row) { row.port_be++; });
  refuse_row(__LINE__, KW_IMAGE_ERROR_BAD_VALUE, [](kw_perfect_row& row) { row.protocol ^= 4; });
  refuse_row(__LINE__, KW_IMAGE_ERROR_BAD_VALUE, [](kw_perfect_row& row) { row.kind ^= 1; });
  refuse_row(__LINE__, KW_IMAGE_ERROR_BAD_VALUE, [](kw_perfect_row& row) { row.service++; });
  refuse_row(__LINE__, KW_IMAGE_ERROR_BAD_VALUE, [](kw_perfect_row& row) { row.flags ^= 1; });
  const auto refuse_first = [](int line, const std::function<void(kw_perfect_row&)>& damage) {
    refused(
        KW_IMAGE_ERROR_BAD_VALUE, line,
        [&](Image& image) {
          kw_perfect_row* row = image.rows<kw_perfect_row>(KW_SECTION_PERFECT);
          while (row->service_id != 1) row++;
          damage(*row);
        },
        "perfect.kwim");
  };
  refuse_first(__LINE__, [](kw_perfect_row& row) { row.service_id++; });
  refuse_first(__LINE__, [](kw_perfect_row& row) { row.service_flags ^= 1; });
  refuse_first(__LINE__, [](kw_perfect_row& row) { row.cluster_first++; });
  refuse_first(__LINE__, [](kw_perfect_row& row) { row.cluster_count++; });
  refuse_first(__LINE__, [](kw_perfect_row& row) { row.local_first += 0x10000000u; });
  refuse_first(__LINE__, [](kw_perfect_row& row) { row.local_count = 0; });
  refuse_first(__LINE__, [](kw_perfect_row& row) { row.source_range_count = 0; });
  refuse_first(__LINE__, [](kw_perfect_row& row) { row.affinity_seconds++; });
  REFUSED_OF("perfect.kwim", KW_IMAGE_ERROR_BAD_COUNT, image.entry(KW_SECTION_PERFECT).count--);
  REFUSED_OF("perfect.kwim", KW_IMAGE_ERROR_BAD_COUNT, image.entry(KW_SECTION_PILOT).count = 0);
  REFUSED_OF("perfect.kwim", KW_IMAGE_ERROR_BAD_INDEX,
             image.rows<kw_index_row>(KW_SECTION_PILOT)->index = 0x80000000u | 9999u);
  REFUSED_OF(
      "perfect.kwim", KW_IMAGE_ERROR_BAD_INDEX,
      std::swap(image.rows<kw_perfect_row>(KW_SECTION_PERFECT)[0], image.rows<kw_perfect_row>(KW_SECTION_PERFECT)[1]));
}

/// A bucket of the image with one key becomes a group of two, both of which lead to the key's row.
kw_index_row* make_group(Image& image) {
  kw_index_row* pilots = image.rows<kw_index_row>(KW_SECTION_PILOT);
  kw_index_row* bucket = pilots;
  while (!(bucket->index & 0x80000000u)) bucket++;
  const uint32_t first = image.entry(KW_SECTION_PILOT).count;
  pilots[first] = pilots[first + 1] = *bucket;
  bucket->index = 0x40000000u | 1u << 25 | first;
  image.entry(KW_SECTION_PILOT).count += 2;
  return bucket;
}

/// A row behind the others that no frontend has.
kw_perfect_row& add_free_row(Image& image) {
  kw_perfect_row& row = image.rows<kw_perfect_row>(KW_SECTION_PERFECT)[image.entry(KW_SECTION_PERFECT).count++];
  row = {};
  row.protocol = 255;
  row.frontend = KW_NONE;
  return row;
}

TEST("perfect: groups lie behind the buckets and name rows, free rows say nothing") {
  const char* perfect = "perfect.kwim";
  REFUSED_OF(perfect, KW_IMAGE_ERROR_OK, make_group(image));
  REFUSED_OF(perfect, KW_IMAGE_ERROR_OK, add_free_row(image));
  REFUSED_OF(perfect, KW_IMAGE_ERROR_BAD_INDEX, make_group(image)->index |= 31u << 25);
  REFUSED_OF(perfect, KW_IMAGE_ERROR_BAD_INDEX, make_group(image)->index &= ~(31u << 25));
  REFUSED_OF(perfect, KW_IMAGE_ERROR_BAD_INDEX, make_group(image)->index++);
  REFUSED_OF(perfect, KW_IMAGE_ERROR_BAD_INDEX, make_group(image)->index--);
  REFUSED_OF(perfect, KW_IMAGE_ERROR_BAD_INDEX,
             image.rows<kw_index_row>(KW_SECTION_PILOT)[(make_group(image)->index & 0xffff) + 1].index = 0);
  REFUSED_OF(perfect, KW_IMAGE_ERROR_BAD_INDEX,
             image.rows<kw_index_row>(KW_SECTION_PILOT)[(make_group(image)->index & 0xffff) + 1].index = 0x80009999u);
  REFUSED_OF(perfect, KW_IMAGE_ERROR_BAD_VALUE, add_free_row(image).protocol = 0);
  REFUSED_OF(perfect, KW_IMAGE_ERROR_BAD_VALUE, add_free_row(image).cluster_count = 1);
  REFUSED_OF(perfect, KW_IMAGE_ERROR_BAD_INDEX, image.header().buckets--);
  REFUSED_OF(perfect, KW_IMAGE_ERROR_BAD_COUNT, image.header().buckets++);
  REFUSED_OF(perfect, KW_IMAGE_ERROR_BAD_COUNT, image.header().buckets = 0);
  REFUSED_OF(perfect, KW_IMAGE_ERROR_BAD_COUNT, image.header().spread++);
  REFUSED_OF(perfect, KW_IMAGE_ERROR_BAD_COUNT, image.header().spread = 0);
  REFUSED_OF(perfect, KW_IMAGE_ERROR_BAD_COUNT, image.rows<kw_index_row>(KW_SECTION_FRONTEND_SLOT)->index = 0);
  REFUSED(KW_IMAGE_ERROR_BAD_COUNT, image.header().buckets = 1);
  REFUSED(KW_IMAGE_ERROR_BAD_COUNT, image.header().spread = 1);
}

TEST("every truncation is refused") {
  Image image("world.kwim");
  kw_tables tables;
  for (size_t length = 0; length < image.size(); length += length < 4096 ? 1 : 61) {
    std::unique_ptr<uint64_t[]> exact(new uint64_t[length / 8 + 1]);
    uint8_t* data = reinterpret_cast<uint8_t*>(exact.get());
    std::memcpy(data, image.data(), length);
    CHECK(kubewire::load_image(data, length, &tables) != KW_IMAGE_ERROR_OK);
  }
}

TEST("header and directory") {
  REFUSED(KW_IMAGE_ERROR_BAD_MAGIC, image.header().magic ^= 1);
  REFUSED(KW_IMAGE_ERROR_BAD_VERSION, image.header().abi_version++);
  REFUSED(KW_IMAGE_ERROR_BAD_LAYOUT, image.header().layout_hash++);
  REFUSED(KW_IMAGE_ERROR_TOO_SHORT, image.header().total_bytes++);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.header().strategy = 99);
  REFUSED(KW_IMAGE_ERROR_BAD_DIRECTORY, image.header().sections--);
  REFUSED(KW_IMAGE_ERROR_BAD_DIRECTORY, image.header().sections = 0xffffffffu);
  REFUSED(KW_IMAGE_ERROR_BAD_DIRECTORY, image.entry(KW_SECTION_RING).kind = KW_SECTION_NODE);
  REFUSED(KW_IMAGE_ERROR_BAD_DIRECTORY, image.entry(KW_SECTION_RING).kind = KW_SECTION_PERFECT + 1);
  REFUSED(KW_IMAGE_ERROR_BAD_STRIDE, image.entry(KW_SECTION_ROUTE).stride = 16);
  REFUSED(KW_IMAGE_ERROR_BAD_BOUNDS, image.entry(KW_SECTION_ROUTE).offset += 8);
  REFUSED(KW_IMAGE_ERROR_BAD_BOUNDS, image.entry(KW_SECTION_ROUTE).offset = 0);
  REFUSED(KW_IMAGE_ERROR_BAD_BOUNDS, image.entry(KW_SECTION_BACKEND).count = 0x10000000u);
  REFUSED(KW_IMAGE_ERROR_BAD_BOUNDS, image.entry(KW_SECTION_BACKEND).offset = 0xffffffc0u);
  REFUSED(KW_IMAGE_ERROR_BAD_BOUNDS, image.entry(KW_SECTION_ROUTE).offset = image.entry(KW_SECTION_BACKEND).offset);
  REFUSED(KW_IMAGE_ERROR_BAD_BOUNDS, image.entry(KW_SECTION_PORT).count += 64);
  REFUSED(KW_IMAGE_ERROR_BAD_COUNT, image.entry(KW_SECTION_NODE).count = 0);
  REFUSED(KW_IMAGE_ERROR_BAD_COUNT, image.entry(KW_SECTION_PORT).count = 0);
  REFUSED(KW_IMAGE_ERROR_BAD_COUNT, image.entry(KW_SECTION_FRONTEND_SLOT).count = 7);
  REFUSED(KW_IMAGE_ERROR_BAD_COUNT, image.entry(KW_SECTION_ROUTE_SLOT).count = 0);
}

TEST("rows: node, ports, routes, ranges") {
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_node_row>(KW_SECTION_NODE)->flags = 0x8000);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_node_row>(KW_SECTION_NODE)->snat_port_first = 0);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_node_row>(KW_SECTION_NODE)->snat_port_last = 1);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_node_row>(KW_SECTION_NODE)->address4[0] = 1);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_node_row>(KW_SECTION_NODE)->node_id++);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_port_row>(KW_SECTION_PORT)->kind = 0);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_port_row>(KW_SECTION_PORT)->mtu = 20);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_route_row>(KW_SECTION_ROUTE)->kind = 5);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_route_row>(KW_SECTION_ROUTE)->prefix_length = 129);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_route_row>(KW_SECTION_ROUTE)->prefix_length = 100);
  REFUSED(KW_IMAGE_ERROR_BAD_INDEX, image.rows<kw_route_row>(KW_SECTION_ROUTE)[2].port = 4);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_route_row>(KW_SECTION_ROUTE)[0].port = 1);
  REFUSED(KW_IMAGE_ERROR_BAD_ORDER,
          std::swap(image.rows<kw_route_row>(KW_SECTION_ROUTE)[0],
                    image.rows<kw_route_row>(KW_SECTION_ROUTE)[image.entry(KW_SECTION_ROUTE).count - 1]));
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_local_address_row>(KW_SECTION_LOCAL_ADDRESS)->flags = 2);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_cidr_row>(KW_SECTION_CIDR)->kind = KW_CIDR_KIND_SOURCE_RANGE);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_cidr_row>(KW_SECTION_SOURCE_RANGE)->kind = KW_CIDR_KIND_SERVICE);
}

TEST("rows: frontends, services, members, backends") {
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_frontend_row>(KW_SECTION_FRONTEND)->kind = 0);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_frontend_row>(KW_SECTION_FRONTEND)->protocol = 1);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_frontend_row>(KW_SECTION_FRONTEND)->port_be = 0);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_frontend_row>(KW_SECTION_FRONTEND)->flags = 4);
  REFUSED(KW_IMAGE_ERROR_BAD_INDEX, image.rows<kw_frontend_row>(KW_SECTION_FRONTEND)->service = 6);
  REFUSED(KW_IMAGE_ERROR_BAD_INDEX, image.rows<kw_frontend_row>(KW_SECTION_FRONTEND)->service = KW_NONE);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_frontend_row>(KW_SECTION_FRONTEND)->service = 5);  // other family
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_service_row>(KW_SECTION_SERVICE)->flags = 16);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_service_row>(KW_SECTION_SERVICE)->affinity_seconds = 86401);
  REFUSED(KW_IMAGE_ERROR_BAD_INDEX, image.rows<kw_service_row>(KW_SECTION_SERVICE)->cluster_first = 0xffffffffu);
  REFUSED(KW_IMAGE_ERROR_BAD_INDEX, image.rows<kw_service_row>(KW_SECTION_SERVICE)->local_count = 0xffffffffu);
  REFUSED(KW_IMAGE_ERROR_BAD_INDEX, image.rows<kw_service_row>(KW_SECTION_SERVICE)->source_range_count = 2);
  REFUSED(KW_IMAGE_ERROR_BAD_INDEX, {
    kw_service_row* row = image.rows<kw_service_row>(KW_SECTION_SERVICE);
    row->ring_first = 0;
    row->ring_count = 1;
  });
  REFUSED(KW_IMAGE_ERROR_BAD_INDEX,
          image.rows<kw_index_row>(KW_SECTION_MEMBER)->index = image.entry(KW_SECTION_BACKEND).count);
  REFUSED(KW_IMAGE_ERROR_BAD_INDEX, image.rows<kw_backend_row>(KW_SECTION_BACKEND)->service = 6);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_backend_row>(KW_SECTION_BACKEND)->flags = 2);
  REFUSED(KW_IMAGE_ERROR_BAD_VALUE, image.rows<kw_backend_row>(KW_SECTION_BACKEND)->port_be = 0);
}

void fill(Image& image, uint32_t kind, uint32_t index) {
  for (uint32_t i = 0; i < image.entry(kind).count; i++) image.rows<kw_index_row>(kind)[i].index = index;
}

kw_index_row* free_slot(Image& image, uint32_t kind) {
  kw_index_row* slot = image.rows<kw_index_row>(kind);
  while (slot->index != KW_NONE) slot++;
  return slot;
}

TEST("slots: a free one, indexes in range, and every row found by the lookup itself") {
  REFUSED(KW_IMAGE_ERROR_BAD_COUNT, fill(image, KW_SECTION_FRONTEND_SLOT, 0));
  REFUSED(KW_IMAGE_ERROR_BAD_INDEX, fill(image, KW_SECTION_FRONTEND_SLOT, 1000));
  REFUSED(KW_IMAGE_ERROR_BAD_COUNT, fill(image, KW_SECTION_FRONTEND_SLOT, KW_NONE));
  REFUSED(KW_IMAGE_ERROR_BAD_INDEX, fill(image, KW_SECTION_ROUTE_SLOT, KW_NONE));
  REFUSED(KW_IMAGE_ERROR_BAD_INDEX, fill(image, KW_SECTION_ROUTE_SLOT, image.entry(KW_SECTION_ROUTE).count - 1));
  REFUSED(KW_IMAGE_ERROR_BAD_COUNT, fill(image, KW_SECTION_CLUSTER_IP_SLOT, 0));
  REFUSED(KW_IMAGE_ERROR_BAD_COUNT, *free_slot(image, KW_SECTION_FRONTEND_SLOT) = {0});    // a second one of a row
  REFUSED(KW_IMAGE_ERROR_BAD_INDEX, *free_slot(image, KW_SECTION_CLUSTER_IP_SLOT) = {0});  // or of an address
  REFUSED(KW_IMAGE_ERROR_BAD_INDEX, image.header().hash_seed++);
}

TEST("an image that does not start at a multiple of 8 bytes is refused") {
  Image image("world.kwim");
  std::vector<uint64_t> shifted(image.size() / 8 + 2);
  uint8_t* data = reinterpret_cast<uint8_t*>(shifted.data()) + 4;
  std::memcpy(data, image.data(), image.size());
  kw_tables tables;
  CHECK_EQ(kubewire::load_image(data, image.size(), &tables), KW_IMAGE_ERROR_BAD_BOUNDS);
}

TEST("a refused image leaves the old one in force") {
  Image good("world.kwim"), bad("world.kwim");
  bad.rows<kw_port_row>(KW_SECTION_PORT)->kind = 0;
  std::vector<uint64_t> counters(KW_COUNTER_CELLS);
  kubewire::Node node(1, 64, counters.data());
  CHECK_EQ(node.node_id(), KW_NONE);
  CHECK_EQ(node.load(good.data(), good.size(), 0), KW_IMAGE_ERROR_OK);
  CHECK_EQ(node.load(bad.data(), bad.size(), 0), KW_IMAGE_ERROR_BAD_VALUE);
  CHECK_EQ(node.node_id(), 1);
  CHECK_EQ(counters[KW_COUNTER_GENERATION], 1);
}

}  // namespace
