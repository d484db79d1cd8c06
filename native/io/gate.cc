// gate.cc - Gate: lets another thread enter a loop while it sleeps. It is two words of shared memory.
#include "gate.h"

#include <atomic>

namespace kubewire {
namespace {

/// Takes the gate if it is open. The taker sees everything that was written before it was opened.
bool take(uint32_t* is_open) {
  uint32_t expected = 1;
  return std::atomic_ref(*is_open).compare_exchange_strong(expected, 0, std::memory_order_acquire,
                                                           std::memory_order_relaxed);
}

}  // namespace

bool Gate::fits(const uint8_t* memory, size_t bytes) {
  return reinterpret_cast<uintptr_t>(memory) % 8 == 0 && bytes >= kBytes;
}

void Gate::open(Loop* sleeper) {
  *loop() = sleeper;
  std::atomic_ref(*is_open()).store(1, std::memory_order_release);
}

void Gate::close() {
  while (!take(is_open())) std::atomic_ref(*is_open()).wait(0, std::memory_order_relaxed);
}

Loop* Gate::enter() { return take(is_open()) ? *loop() : nullptr; }

void Gate::leave() {
  std::atomic_ref word(*is_open());
  word.store(1, std::memory_order_release);
  word.notify_one();
}

}  // namespace kubewire
