// thread.h - what the scheduler knows of the calling thread, and what it is asked for.
#ifndef KUBEWIRE_IO_THREAD_H
#define KUBEWIRE_IO_THREAD_H

#include <cstdint>

namespace kubewire {

/// How often another thread was given the processor while the calling one had work.
uint64_t times_pushed_aside();

/// Asks for short turns. Who is content with short turns gets them soon: a thread that wakes need not wait for the next
/// tick of a scheduler whose processors are all busy (4 ms at 250 a second). Linux before 6.12 does not know this.
void ask_for_short_turns();

}  // namespace kubewire

#endif
