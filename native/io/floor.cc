// floor.cc - the floor forwarder: copies frames between two TAPs without looking at them: the baseline for dataplanes.
#include "floor.h"

#include <poll.h>
#include <unistd.h>

#include <memory>

#include "device.h"
#include "loop.h"

namespace kubewire {

namespace {

uint32_t copy_batch(int from, int to, uint8_t* buffer) {
  uint32_t frames = 0;
  for (; frames < Loop::kBatch; frames++) {
    const ssize_t size = read(from, buffer, kFrameBufferBytes);
    if (size <= 0) break;
    // A frame that the other side does not accept is lost, as on a wire.
    (void)!write(to, buffer, static_cast<size_t>(size));
  }
  return frames;
}

}  // namespace

uint32_t copy_loop(int fd_a, int fd_b, uint64_t slice_ns) {
  const auto buffer = std::make_unique<uint8_t[]>(kFrameBufferBytes);
  const uint64_t start = monotonic_ns();
  uint64_t now = start;
  uint32_t total = 0;
  bool busy = false;
  do {
    pollfd both[2] = {{fd_a, POLLIN, 0}, {fd_b, POLLIN, 0}};
    poll(both, 2, busy ? 0 : static_cast<int>((slice_ns - (now - start)) / 1'000'000));
    uint32_t frames = 0;
    if (both[0].revents != 0) frames += copy_batch(fd_a, fd_b, buffer.get());
    if (both[1].revents != 0) frames += copy_batch(fd_b, fd_a, buffer.get());
    busy = frames != 0;
    total += frames;
    now = monotonic_ns();
  } while (now - start < slice_ns);
  return total;
}

}  // namespace kubewire
