// patch_test.cc - patches: what they may write, what a refused one leaves, and that they are judged as whole images are.
#include "engine/patch.h"

#include <cstring>
#include <functional>

#include "editor.h"
#include "engine/image.h"
#include "engine/node.h"
#include "frames.h"
#include "harness.h"

namespace {

using patches::Bytes;
using patches::Editor;
using patches::Memory;
using patches::Writer;

constexpr const char* kWorlds[] = {"world.kwim", "iptables.kwim", "ipvs.kwim", "ebpf.kwim", "perfect.kwim"};
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
    std::memcpy(exact.get(), bytes.data(), bytes.size());
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

/// Some change of Services that is all right.
Writer change(const Bytes& image, harness::Dice& dice) {
  static uint32_t id = 100;
  Editor editor(image);
  for (uint32_t i = dice.below(3) + 1; i > 0; i--) {
    const uint32_t rows = static_cast<uint32_t>(editor.frontends().size());
    const uint32_t service = dice.below(static_cast<uint32_t>(editor.services().size()));
    switch (dice.below(6)) {
      case 0:
      case 1: {
        const bool v4 = dice.below(3) != 0;
        const uint32_t row = editor.add_service(++id, dice.below(4), v4);
        editor.service(row).affinity_seconds = dice.below(2) * 10;
        editor.service(row).scheduler = dice.below(KW_SCHEDULER_TWOS + 1);
        const std::string tail = std::to_string(1 + dice.below(200));
        const Bytes address = frames::mapped(v4 ? "10.96.1." + tail : "fd00:10:96::" + tail);
        const Bytes any = frames::mapped(v4 ? "0.0.0.0" : "::");
        const uint8_t protocol = dice.below(4) == 0 ? KW_PROTOCOL_UDP : KW_PROTOCOL_TCP;
        editor.add_frontend(patches::frontend(address, 80, protocol, KW_FRONTEND_KIND_CLUSTER_IP, row));
        if (dice.below(2) == 0) editor.add_frontend(patches::frontend(address, 81, protocol, KW_FRONTEND_KIND_CLUSTER_IP, row));
        const uint16_t port = static_cast<uint16_t>(30100 + dice.below(50));
        if (dice.below(4) == 0) editor.add_frontend(patches::frontend(any, port, protocol, KW_FRONTEND_KIND_NODE_PORT, row));
        break;
      }
      case 2:
        if (rows > 1) editor.remove_frontend(dice.below(rows));
        break;
      case 3:
        editor.change_endpoints(service, dice.below(4));
        break;
      case 4:
        editor.service(service).affinity_seconds = dice.below(3) * 10;
        editor.service(service).scheduler = dice.below(KW_SCHEDULER_TWOS + 1);
        break;
      default:
        if (rows > 1) std::swap(editor.frontends()[dice.below(rows)], editor.frontends()[dice.below(rows)]);
        break;
    }
  }
  return editor.finish();
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
                    : &rows[entry.offset + dice.below(entry.count * kubewire::stride_of(kind) / 4) * 4];
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
        Writer writer = change(node.memory.bytes(), dice);
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
      harness::fail(__FILE__, __LINE__, std::string(name) + ": " + std::to_string(taken) + " taken, " + std::to_string(refused) + " refused");
    }
  }
}

}  // namespace
