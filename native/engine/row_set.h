// row_set.h - RowSet: a set of rows of a section, stored as ordered runs.
#ifndef KUBEWIRE_ENGINE_ROW_SET_H
#define KUBEWIRE_ENGINE_ROW_SET_H

#include <algorithm>
#include <cstdint>
#include <vector>

namespace kubewire {

class RowSet {
 public:
  /// Rows `first` to `end` - 1.
  struct Run {
    uint32_t first, end;
  };

  /// Adds rows in any order, duplicates allowed. Call settle() before anything else.
  void add(uint32_t first, uint32_t end) {
    if (first < end) runs_.push_back({first, end});
  }

  /// Sorts the runs and joins those that meet.
  void settle() {
    std::sort(runs_.begin(), runs_.end(), [](const Run& a, const Run& b) { return a.first < b.first; });
    size_t kept = 0;
    for (const Run& run : runs_) {
      if (kept != 0 && run.first <= runs_[kept - 1].end) {
        runs_[kept - 1].end = std::max(runs_[kept - 1].end, run.end);
      } else {
        runs_[kept++] = run;
      }
    }
    runs_.resize(kept);
  }

  bool has(uint32_t row) const {
    if (runs_.empty() || row < runs_.front().first || row >= runs_.back().end) return false;
    const auto behind =
        std::upper_bound(runs_.begin(), runs_.end(), row, [](uint32_t r, const Run& run) { return r < run.first; });
    return row < std::prev(behind)->end;
  }

  /// Are all rows from `first` to `end` - 1 in the set?
  bool covers(uint32_t first, uint32_t end) const {
    return first >= end || std::any_of(runs_.begin(), runs_.end(),
                                       [&](const Run& run) { return run.first <= first && end <= run.end; });
  }

  bool any_below(uint32_t row) const { return !runs_.empty() && runs_.front().first < row; }

  const std::vector<Run>& runs() const { return runs_; }

  /// Calls visit(row) in order until it returns false. Returns true if it never did.
  template <typename Visitor>
  bool all(Visitor visit) const {
    for (const Run& run : runs_) {
      for (uint32_t row = run.first; row < run.end; row++) {
        if (!visit(row)) return false;
      }
    }
    return true;
  }

 private:
  std::vector<Run> runs_;
};

}  // namespace kubewire

#endif
