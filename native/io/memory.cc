// memory.cc - MemoryDevice: a device over vectors, for tests and for frames that come from JavaScript.
#include "memory.h"

#include <cstring>

namespace kubewire {

ReadResult MemoryDevice::read(Frame& frame) {
  if (incoming.empty()) return ReadResult::EMPTY;
  StoredFrame& next = incoming.front();
  uint8_t* data = frame.data;
  const uint32_t capacity = frame.capacity;
  const uint32_t port = frame.port;
  frame = next.meta;
  frame.data = data;
  frame.capacity = capacity;
  frame.port = port;
  frame.length = next.bytes.size() < capacity ? static_cast<uint32_t>(next.bytes.size()) : capacity;
  memcpy(data, next.bytes.data(), frame.length);
  incoming.pop_front();
  return ReadResult::FRAME;
}

bool MemoryDevice::write(Frame& frame) {
  return finish_frame(frame, offloads_, [this](const Frame& finished) {
    outgoing.push_back({finished, std::vector<uint8_t>(finished.data, finished.data + finished.length)});
    return true;
  });
}

}  // namespace kubewire
