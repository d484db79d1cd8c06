// gate.h - Gate: how another thread reaches a loop while it sleeps; two words in memory that both threads share.
#ifndef KUBEWIRE_IO_GATE_H
#define KUBEWIRE_IO_GATE_H

#include <cstddef>
#include <cstdint>

namespace kubewire {

class Loop;

/// The loop opens its gate before it sleeps and closes it when it wakes. A thread that finds the gate open may enter: then
/// the loop cannot wake until that thread has left. Memory of zeros is a gate that is closed, and so is that of a loop that
/// is not there yet or no longer.
class Gate {
 public:
  static constexpr size_t kBytes = 16;

  /// True if a gate fits: 8-byte aligned, at least kBytes.
  static bool fits(const uint8_t* memory, size_t bytes);

  /// `memory` must start as zeros and outlive the gate on both sides.
  explicit Gate(uint8_t* memory) : memory_(memory) {}

  /// The loop's own thread, around its sleep. close() waits for a thread that is inside.
  void open(Loop* loop);
  void close();

  /// Another thread: the sleeping loop, and the gate is closed to everybody else; null when there is no such loop.
  Loop* enter();
  /// After enter() gave a loop: it may wake again.
  void leave();

 private:
  uint32_t* is_open() const { return reinterpret_cast<uint32_t*>(memory_); }
  Loop** loop() const { return reinterpret_cast<Loop**>(memory_ + 8); }

  uint8_t* memory_;
};

}  // namespace kubewire

#endif
