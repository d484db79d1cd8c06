// floor.h - the floor forwarder: copies frames between two TAPs without looking at them: the baseline for dataplanes.
#ifndef KUBEWIRE_IO_FLOOR_H
#define KUBEWIRE_IO_FLOOR_H

#include <cstdint>

namespace kubewire {

/// Moves frames both ways for about `slice_ns` (sleeping while there are none); returns how many. Both TAPs must have
/// the same virtio-net header size, and both fds must be non-blocking.
uint32_t copy_loop(int fd_a, int fd_b, uint64_t slice_ns);

}  // namespace kubewire

#endif
