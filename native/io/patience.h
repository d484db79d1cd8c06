// patience.h - Patience: whether a loop without frames should ask again for a moment before it sleeps.
//
// To be woken takes longer than many frames do. But asking costs processor time, and if no processor is idle, it is taken
// from the very programs whose frames are waited for. So it is done only while it pays.
#ifndef KUBEWIRE_IO_PATIENCE_H
#define KUBEWIRE_IO_PATIENCE_H

#include <cstdint>

namespace kubewire {

class Patience {
 public:
  /// Of all time at most one part in this many is spent in vain.
  static constexpr uint64_t kShare = 8;
  /// The most sleeps in a row that come without asking.
  static constexpr uint32_t kLongestPause = 63;

  /// `window_ns`: how long to ask; 0 = never.
  void set_window(uint64_t window_ns) { window_ns_ = window_ns; }

  /// How long to ask now, in ns; 0 = sleep at once.
  uint64_t window(uint64_t now) {
    if (window_ns_ == 0) return 0;
    const uint64_t most = window_ns_ * kShare;
    const uint64_t earned = (now - earned_until_) / kShare;
    credit_ns_ = earned < most - credit_ns_ ? credit_ns_ + earned : most;
    earned_until_ = now;
    if (pause_ != 0) {
      pause_--;
      return 0;
    }
    return credit_ns_ < window_ns_ ? 0 : window_ns_;
  }

  /// Asking has ended after `spent_ns`. `found`: a frame came. `pushed`: another program wanted this processor.
  void learn(bool found, bool pushed, uint64_t spent_ns) {
    if (!found) credit_ns_ -= spent_ns < credit_ns_ ? spent_ns : credit_ns_;
    failures_ = pushed ? kLongestPause : found ? 0 : failures_ * 2 + 1;
    if (failures_ > kLongestPause) failures_ = kLongestPause;
    pause_ = failures_;
  }

 private:
  uint64_t window_ns_ = 0;
  uint64_t credit_ns_ = 0;
  uint64_t earned_until_ = 0;
  uint32_t failures_ = 0, pause_ = 0;
};

}  // namespace kubewire

#endif
