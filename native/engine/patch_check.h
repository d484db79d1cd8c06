// patch_check.h - checks the tables after a patch was written. Parts of apply_patch (patch.cc).
#ifndef KUBEWIRE_ENGINE_PATCH_CHECK_H
#define KUBEWIRE_ENGINE_PATCH_CHECK_H

#include <cstring>
#include <vector>

#include "engine/ledger.h"
#include "engine/patch_read.h"

namespace kubewire {

/// The old contents of the rows that a patch writes: to undo it, and to see what depended on them.
class Saved {
 public:
  void take(uint8_t* image, const Ledger& ledger, const Patch& patch) {
    for (uint32_t kind = 1; kind <= KW_SECTION_COUNT; kind++) {
      for (const RowSet::Run& run : patch[kind].written.runs()) {
        bytes_[kind].insert(bytes_[kind].end(), ledger.row(image, kind, run.first), ledger.row(image, kind, run.end));
      }
    }
  }

  void restore(uint8_t* image, const Ledger& ledger, const Patch& patch) const {
    for (uint32_t kind = 1; kind <= KW_SECTION_COUNT; kind++) {
      const uint8_t* from = bytes_[kind].data();
      for (const RowSet::Run& run : patch[kind].written.runs()) {
        uint8_t* rows = ledger.row(image, kind, run.first);
        const size_t length = static_cast<size_t>(ledger.row(image, kind, run.end) - rows);
        std::memcpy(rows, from, length);
        from += length;
      }
    }
  }

  /// visit(row, old row) for each written row of a section that existed before.
  template <typename Row, typename Visitor>
  void each(uint32_t kind, const PatchedSection& section, Visitor visit) const {
    const uint8_t* from = bytes_[kind].data();
    section.written.all([&](uint32_t row) {
      if (row >= section.before) return false;
      Row old;
      std::memcpy(&old, from, sizeof old);
      from += sizeof old;
      visit(row, old);
      return true;
    });
  }

 private:
  std::vector<uint8_t> bytes_[KW_SECTION_COUNT + 1];
};

/// The slots and rows that led to the frontends a patch writes or removes, taken before it does.
struct Dependents {
  std::vector<uint32_t> address_slots;
  std::vector<uint32_t> perfect_rows;
};

/// Everything that the checks need. `tables` has the new rows and counts.
struct PatchView {
  const kw_tables& tables;
  const kw_tables& old_tables;  // for its counts: its rows are the new ones
  const Patch& patch;
  const Saved& saved;
  const Ledger& ledger;
  const Dependents& dependents;
  /// FRONTEND rows that are not written themselves, but whose Service is.
  const std::vector<uint32_t>& followers;
};

/// The rows of SOURCE_RANGE, SERVICE, MEMBER, BACKEND and FRONTEND, and the order of IPTABLES.
kw_image_error check_patched_rows(const PatchView& view);

/// FRONTEND_SLOT and CLUSTER_IP_SLOT.
kw_image_error check_patched_slots(const PatchView& view, LedgerChange* change);

/// PILOT and PERFECT.
kw_image_error check_patched_perfect(const PatchView& view, LedgerChange* change);

}  // namespace kubewire

#endif
