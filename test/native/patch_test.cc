// patch_test.cc - patches: what they may write, what a refused one leaves, and that they are judged as whole images are.
#include "engine/patch.h"

#include <cstring>
#include <functional>

#include "editor.h"
#include "engine/image.h"
#include "engine/node.h"
#include "frames.h"
#include "harness.h"
#include "strategies.h"

namespace {

using patches::Bytes;
using patches::Editor;
using patches::Memory;
using patches::Writer;

constexpr uint32_t kRoom = 64;

Bytes roomy(const char* name, uint32_t room = kRoom) { return patches::with_room(harness::fixture(name), room); }

/// An image in force, with all that a node knows of it.
struct InForce {
  explicit InForce(const Bytes& image) : memory(image) {
    CHECK_EQ(kubewire::load_image(memory.data(), memory.size(), &tables), KW_IMAGE_ERROR_OK);
    ledger.take(memory.data(), tables);
  }

  kw_image_error patch(const Bytes& bytes) {
    // Exactly as long as it is, so that a byte read behind its end is seen.
    std::unique_ptr<uint8_t[]> exact(new uint8_t[bytes.size()]);
    if (!bytes.empty()) std::memcpy(exact.get(), bytes.data(), bytes.size());
    return kubewire::apply_patch(exact.get(), bytes.size(), memory.data(), &tables, &ledger, &effects);
  }

  Memory memory;
  kw_tables tables{};
  kubewire::Ledger ledger;
  kubewire::PatchEffects effects;
};

bool same(const kubewire::Ledger& a, const kubewire::Ledger& b) {
  return a.frontend_slots == b.frontend_slots && a.address_slots == b.address_slots &&
         a.perfect_rows == b.perfect_rows && a.bucket_keys == b.bucket_keys;
}

/// Patches, and holds the answer against that of the loader; true when the patch was taken.
bool judge(InForce& node, const Bytes& patch, int line) {
  const auto wrong = [&](const std::string& what) { harness::fail(__FILE__, line, what); };
  const Bytes before = node.memory.bytes();
  const kw_tables old = node.tables;
  const kubewire::Ledger old_ledger = node.ledger;
  const kw_image_error error = node.patch(patch);
  if (error != KW_IMAGE_ERROR_OK) {
    if (node.memory.bytes() != before) wrong("a refused patch changed the image");
    if (std::memcmp(&old, &node.tables, sizeof old) != 0) wrong("a refused patch changed the tables");
    if (!same(old_ledger, node.ledger)) wrong("a refused patch changed the ledger");
    if (patches::is_about_form(error)) return false;
  }
  Memory whole(before);
  patches::write(patch, &whole);
  kw_tables loaded{};
  const kw_image_error expected = kubewire::load_image(whole.data(), whole.size(), &loaded);
  if ((error == KW_IMAGE_ERROR_OK) != (expected == KW_IMAGE_ERROR_OK)) {
    wrong("patched: " + std::to_string(error) + ", loaded: " + std::to_string(expected));
  }
  if (error != KW_IMAGE_ERROR_OK) return false;
  if (node.memory.bytes() != whole.bytes()) wrong("the patched image is not the one with the rows written");
  kubewire::load_image(node.memory.data(), node.memory.size(), &loaded);
  if (std::memcmp(&loaded, &node.tables, sizeof loaded) != 0) wrong("the patched tables are not those of the image");
  kubewire::Ledger ledger;
  ledger.take(node.memory.data(), node.tables);
  if (!same(ledger, node.ledger)) wrong("the ledger does not count what is there");
  return true;
}

/// One thing or another about a patch that was all right.
void damage(Writer& writer, harness::Dice& dice) {
  Bytes& rows = writer.rows();
  std::vector<kw_patch_entry>& entries = writer.entries();
  if (rows.empty() || entries.empty()) return;
  const auto word = [&] { return &rows[dice.below(static_cast<uint32_t>(rows.size() / 4)) * 4]; };
  const kw_patch_entry& entry = entries[dice.below(static_cast<uint32_t>(entries.size()))];
  const uint32_t some = dice.below(64), kind = entry.kind;
  const uint32_t none = KW_NONE;
  uint8_t* at = dice.below(2) == 0 || entry.count == 0
                    ? word()
                    : &rows[entry.offset + dice.below(entry.count * kubewire::facts_of(kind).stride / 4) * 4];
  switch (dice.below(8)) {
    case 0:
      std::memcpy(at, &some, 4);
      break;
    case 1:
      std::memcpy(at, &none, 4);
      break;
    case 2:
      at[0]++;
      break;
    case 3:
      at[0]--;
      break;
    case 4:
      at[dice.below(4)] ^= static_cast<uint8_t>(1 << dice.below(8));
      break;
    case 5:
      std::memmove(at, word(), 4);
      break;
    case 6:
      entries.erase(entries.begin() + (&entry - entries.data()));
      break;
    default:
      for (kw_patch_entry& other : entries) {
        if (other.kind == kind) other.rows += dice.below(2) == 0 ? 1 : -1;
      }
      break;
  }
}

TEST("patches are judged as the images are that they make") {
  for (const char* name : kWorlds) {
    harness::Dice dice(7);
    uint32_t taken = 0, refused = 0;
    Bytes start = roomy(name);
    for (uint32_t round = 0; round < 24; round++) {
      InForce node(start);
      for (uint32_t step = 0; step < 40; step++) {
        Writer writer = patches::change(node.memory.bytes(), [&](uint32_t limit) { return dice.below(limit); });
        const bool damaged = dice.below(3) != 0;
        if (damaged) damage(writer, dice);
        if (judge(node, writer.bytes(), __LINE__)) {
          taken++;
        } else {
          refused++;
        }
      }
    }
    if (taken < 200 || refused < 200) {
      harness::fail(
          __FILE__, __LINE__,
          std::string(name) + ": " + std::to_string(taken) + " taken, " + std::to_string(refused) + " refused");
    }
  }
}

/// Two nodes that ought to do the same.
struct Twins {
  struct One {
    std::vector<uint64_t> counters = std::vector<uint64_t>(KW_COUNTER_CELLS);
    kubewire::Node node{1, 4096, counters.data()};

    kw_decision run(const Bytes& bytes, uint32_t port, uint64_t now) {
      Bytes buffer(std::max<size_t>(bytes.size(), kubewire::kFrameCapacityMinimum));
      std::memcpy(buffer.data(), bytes.data(), bytes.size());
      kubewire::Frame frame{};
      frame.data = buffer.data();
      frame.length = static_cast<uint32_t>(bytes.size());
      frame.capacity = static_cast<uint32_t>(buffer.size());
      frame.port = port;
      kw_decision decision;
      node.process(frame, now, decision);
      return decision;
    }
  };

  bool same(const Bytes& bytes, uint32_t port) {
    const kw_decision a = patched.run(bytes, port, now), b = whole.run(bytes, port, now);
    return std::memcmp(&a, &b, sizeof a) == 0;
  }

  /// A new connection to every frontend, from a pod and from outside, by one of a few clients.
  bool same_traffic(const kw_tables& tables, harness::Dice& dice) {
    bool all = true;
    for (uint32_t i = 0; i < tables.frontend_count; i++) {
      const kw_frontend_row& row = tables.frontends[i];
      const bool v4 = kw_address_is_v4(row.address), any = kw_address_is_unspecified(row.address),
                 pod = dice.below(2) == 0;
      const std::string to = frames::text_of(!any ? row.address : v4 ? tables.node->address4 : tables.node->address6);
      const std::string from = v4 ? (pod ? "10.244.1.5" : "203.0.113." + std::to_string(1 + dice.below(3)))
                                  : (pod ? "fd00:10:244:1::5" : "2001:db8::" + std::to_string(1 + dice.below(3)));
      frames::Packet packet{from, to, row.protocol, static_cast<uint16_t>(1024 + dice.below(60000)),
                            kw_swap16(row.port_be)};
      all = same(frames::make(packet), pod ? 2 : 1) && all;
    }
    return all;
  }

  One patched, whole;
  uint64_t now = 1;
};

TEST("a node that was patched goes on as one that took the whole image") {
  for (const char* name : kWorlds) {
    harness::Dice dice(11);
    for (uint32_t round = 0; round < 6; round++) {
      InForce image(roomy(name));
      Twins twins;
      for (Twins::One* one : {&twins.patched, &twins.whole}) {
        CHECK_EQ(one->node.load(image.memory.data(), image.memory.size(), twins.now), KW_IMAGE_ERROR_OK);
      }
      for (uint32_t step = 0; step < 24; step++) {
        twins.now += 1000000000ull;
        const Bytes patch =
            patches::change(image.memory.bytes(), [&](uint32_t limit) { return dice.below(limit); }).bytes();
        if (image.patch(patch) != KW_IMAGE_ERROR_OK) break;  // no room any more
        CHECK_EQ(twins.patched.node.patch(patch.data(), patch.size(), twins.now), KW_IMAGE_ERROR_OK);
        CHECK_EQ(twins.whole.node.load(image.memory.data(), image.memory.size(), twins.now), KW_IMAGE_ERROR_OK);
        if (!twins.same_traffic(image.tables, dice)) {
          harness::fail(__FILE__, __LINE__, std::string(name) + ": they differ in step " + std::to_string(step));
        }
        if (twins.patched.counters != twins.whole.counters)
          harness::fail(__FILE__, __LINE__, std::string(name) + ": counters differ");
      }
    }
  }
}

/// Refused with this error, and nothing has changed.
void refused(kw_image_error error, int line, const std::function<void(Writer&)>& damage,
             const char* name = "world.kwim") {
  InForce node(roomy(name));
  Editor editor(node.memory.bytes());
  const uint32_t service = editor.add_service(100, 2);
  editor.service(0).affinity_seconds = 10;
  editor.add_frontend(patches::frontend(frames::mapped("10.96.1.1"), 80, 6, KW_FRONTEND_KIND_CLUSTER_IP, service));
  Writer writer = editor.finish();
  damage(writer);
  const Bytes before = node.memory.bytes();
  const kw_image_error found = node.patch(writer.bytes());
  if (found != error) harness::fail(__FILE__, line, "answered with " + std::to_string(found));
  CHECK_EQ(node.memory.bytes() == before, error != KW_IMAGE_ERROR_OK);
}
#define REFUSED(error, statement) refused(error, __LINE__, [](Writer& writer) { statement; })

kw_patch_entry& entry_of(Writer& writer, uint32_t kind) {
  for (kw_patch_entry& entry : writer.entries()) {
    if (entry.kind == kind) return entry;
  }
  std::abort();
}

TEST("a patch of another image, or none at all") {
  for (const char* name : kWorlds)
    refused(
        KW_IMAGE_ERROR_OK, __LINE__, [](Writer&) {}, name);
  REFUSED(KW_IMAGE_ERROR_BAD_MAGIC, writer.header().magic = KW_IMAGE_MAGIC);
  REFUSED(KW_IMAGE_ERROR_BAD_VERSION, writer.header().abi_version++);
  REFUSED(KW_IMAGE_ERROR_BAD_LAYOUT, writer.header().layout_hash++);
  REFUSED(KW_IMAGE_ERROR_BAD_BASE, writer.header().base++);
  REFUSED(KW_IMAGE_ERROR_BAD_BASE, writer.header().strategy = KW_STRATEGY_EBPF);
  REFUSED(KW_IMAGE_ERROR_BAD_BASE, writer.header().hash_seed++);
  REFUSED(KW_IMAGE_ERROR_BAD_BASE, writer.header().node_id++);
  std::vector<uint64_t> counters(KW_COUNTER_CELLS);
  kubewire::Node node(1, 64, counters.data());
  const Bytes patch = Writer(Memory(roomy("world.kwim")).header()).bytes();
  CHECK_EQ(node.patch(patch.data(), patch.size(), 0), KW_IMAGE_ERROR_BAD_BASE);
  CHECK_EQ(counters[KW_COUNTER_GENERATION], 0);
}

TEST("every truncation of a patch is refused") {
  InForce node(roomy("world.kwim"));
  Editor editor(node.memory.bytes());
  editor.add_service(100, 2);
  const Bytes patch = editor.finish().bytes();
  for (size_t length = 0; length < patch.size(); length++) {
    CHECK(node.patch(Bytes(patch.begin(), patch.begin() + static_cast<ptrdiff_t>(length))) != KW_IMAGE_ERROR_OK);
  }
}

TEST("what a patch may write, and how much") {
  REFUSED(KW_IMAGE_ERROR_BAD_DIRECTORY, entry_of(writer, KW_SECTION_BACKEND).kind = KW_SECTION_PORT);
  REFUSED(KW_IMAGE_ERROR_BAD_DIRECTORY, entry_of(writer, KW_SECTION_BACKEND).kind = 0);
  REFUSED(KW_IMAGE_ERROR_BAD_DIRECTORY, entry_of(writer, KW_SECTION_BACKEND).kind = 99);
  REFUSED(KW_IMAGE_ERROR_BAD_BOUNDS, entry_of(writer, KW_SECTION_BACKEND).first--);
  REFUSED(KW_IMAGE_ERROR_BAD_BOUNDS, entry_of(writer, KW_SECTION_BACKEND).first++);
  REFUSED(KW_IMAGE_ERROR_BAD_BOUNDS, entry_of(writer, KW_SECTION_BACKEND).rows++);
  REFUSED(KW_IMAGE_ERROR_BAD_BOUNDS, entry_of(writer, KW_SECTION_MEMBER).count = 0x40000000u);
  REFUSED(KW_IMAGE_ERROR_BAD_BOUNDS, entry_of(writer, KW_SECTION_MEMBER).offset = 0xfffffffcu);
  REFUSED(KW_IMAGE_ERROR_BAD_BOUNDS, entry_of(writer, KW_SECTION_MEMBER).offset += 2);
  REFUSED(KW_IMAGE_ERROR_BAD_BOUNDS, entry_of(writer, KW_SECTION_SERVICE).rows++);  // the other entry says less
  REFUSED(KW_IMAGE_ERROR_BAD_BOUNDS, writer.add(KW_SECTION_MEMBER, 0, 0, 0, nullptr));
  REFUSED(KW_IMAGE_ERROR_NO_ROOM, entry_of(writer, KW_SECTION_FRONTEND).rows = 0x10000000u);
  REFUSED(KW_IMAGE_ERROR_NO_ROOM, entry_of(writer, KW_SECTION_FRONTEND_SLOT).rows = 0x10000000u);
  REFUSED(KW_IMAGE_ERROR_BAD_BOUNDS, entry_of(writer, KW_SECTION_FRONTEND_SLOT).rows++);
  InForce full(patches::with_room(harness::fixture("world.kwim"), 0));
  Writer more(full.memory.header());
  const uint32_t members = full.tables.member_count;
  const std::vector<kw_index_row> rows(1000);
  more.add(KW_SECTION_MEMBER, members, 1000, members + 1000, rows.data());
  CHECK_EQ(full.patch(more.bytes()), KW_IMAGE_ERROR_NO_ROOM);
}

TEST("entries are written in their order") {
  InForce node(roomy("world.kwim"));
  kw_service_row first = node.tables.services[0], last = first;
  first.affinity_seconds = 0xffffffffu;
  last.affinity_seconds = 20;
  Writer writer(node.memory.header());
  writer.add(KW_SECTION_SERVICE, 0, 1, node.tables.service_count, &first);
  writer.add(KW_SECTION_SERVICE, 0, 1, node.tables.service_count, &last);
  CHECK(judge(node, writer.bytes(), __LINE__));
  CHECK_EQ(node.tables.services[0].affinity_seconds, 20);
}

TEST("an image may lose all its frontends, and get one again") {
  for (const char* name : kWorlds) {
    InForce node(roomy(name));
    Editor remover(node.memory.bytes());
    remover.frontends().clear();
    CHECK(judge(node, remover.finish().bytes(), __LINE__));
    CHECK_EQ(node.tables.frontend_count, 0);
    Editor adder(node.memory.bytes());
    adder.add_frontend(patches::frontend(frames::mapped("10.96.0.10"), 80, 6, KW_FRONTEND_KIND_CLUSTER_IP, 0));
    CHECK(judge(node, adder.finish().bytes(), __LINE__));
    CHECK_EQ(kw_frontend_of(&node.tables, frames::mapped("10.96.0.10").data(), kw_swap16(80), 6), 0);
  }
}

}  // namespace
