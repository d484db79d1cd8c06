// gate.h - Gate: lets another thread enter a loop while it sleeps. It is two words of shared memory.
#ifndef KUBEWIRE_IO_GATE_H
#define KUBEWIRE_IO_GATE_H

#include <cstddef>
#include <cstdint>

namespace kubewire {

class Loop;

/// The loop opens its gate before it sleeps and closes it when it wakes. A thread that finds the gate open may enter:
/// then the loop cannot wake until that thread has left. Zeroed memory is a closed gate, and so is the gate of a loop
/// that does not exist yet or any more.
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

  /// For other threads: returns the sleeping loop and closes the gate to everybody else, or null if no loop sleeps
  /// here.
  Loop* enter();
  /// Ends a successful enter(): the loop may wake again.
  void leave();

 private:
  uint32_t* is_open() const { return reinterpret_cast<uint32_t*>(memory_); }
  Loop** loop() const { return reinterpret_cast<Loop**>(memory_ + 8); }

  uint8_t* memory_;
};

}  // namespace kubewire

#endif
