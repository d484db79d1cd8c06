// histogram.h - latencies as they came, and their quantiles.
#ifndef KUBEWIRE_BENCH_HISTOGRAM_H
#define KUBEWIRE_BENCH_HISTOGRAM_H

#include <algorithm>
#include <cstdint>
#include <vector>

class Latencies {
 public:
  void add(uint64_t ns) { values_.push_back(ns); }
  size_t count() const { return values_.size(); }

  /// Smallest value that at least this share of all values do not exceed; 0 without values.
  uint64_t quantile(double share) {
    if (values_.empty()) return 0;
    if (!sorted_) std::sort(values_.begin(), values_.end());
    sorted_ = true;
    const size_t at = static_cast<size_t>(share * static_cast<double>(values_.size()));
    return values_[std::min(at, values_.size() - 1)];
  }

 private:
  std::vector<uint64_t> values_;
  bool sorted_ = false;
};

#endif
