// tap.h - TAP interfaces: made inside a namespace, read and written with their virtio-net header.
#ifndef KUBEWIRE_IO_TAP_H
#define KUBEWIRE_IO_TAP_H

#include <cstdint>
#include <string>

#include "device.h"
#include "offload.h"
#include "status.h"

namespace kubewire {

struct Tap {
  int fd = -1;
  /// Bytes of virtio-net header in front of every frame; 0 = none (and then no offloads).
  uint32_t header_bytes = 0;
  /// Offload bits that the kernel granted.
  uint32_t offloads = OFFLOAD_NONE;
};

/// Makes a TAP in the calling thread's namespace; it exists as long as its fd. With `offloads` it takes as much as the
/// kernel grants: all; without USO; TSO4 only; checksums only; none.
Status create_tap(const std::string& name, bool offloads, Tap* tap);

enum class TapTrial { POSSIBLE, NOT_OPENED, NOT_SET };

/// Tries whether a TAP can be made here, with system calls only (safe after fork). errno says why not.
TapTrial try_tap();

/// Bytes of headers up to the end of TCP or UDP in a GSO frame (the kernel's hdr_len is only a hint); 0 = malformed.
uint16_t gso_header_length(const Frame& frame);

class TapDevice final : public Device {
 public:
  /// Takes the fd and closes it at the end.
  explicit TapDevice(const Tap& tap) : tap_(tap) {}
  ~TapDevice() override;
  TapDevice(const TapDevice&) = delete;
  TapDevice& operator=(const TapDevice&) = delete;

  int fd() const override { return tap_.fd; }
  ReadResult read(Frame& frame) override;
  /// A frame with more offload than the device has is finished in software: checksum completed, GSO segmented.
  bool write(Frame& frame) override;

 private:
  bool write_raw(const Frame& frame);

  Tap tap_;
};

}  // namespace kubewire

#endif
