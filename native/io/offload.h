// offload.h - which work may be left to a device, and doing that work for a device that cannot.
#ifndef KUBEWIRE_IO_OFFLOAD_H
#define KUBEWIRE_IO_OFFLOAD_H

#include <cstdint>
#include <functional>

#include "engine/node.h"

namespace kubewire {

/// Bits as TUN_F_* (linux/if_tun.h).
enum Offload : uint32_t {
  OFFLOAD_NONE = 0,
  OFFLOAD_CHECKSUM = 0x01,
  OFFLOAD_TSO4 = 0x02,
  OFFLOAD_TSO6 = 0x04,
  /// Linux 6.2 and later; older headers lack the names TUN_F_USO4 and TUN_F_USO6.
  OFFLOAD_USO4 = 0x20,
  OFFLOAD_USO6 = 0x40,
};

/// The offloads that a device needs to take this frame as it is.
uint32_t needed_offloads(const Frame& frame);

/// Does in software what the device cannot: completes the checksum, or cuts a GSO frame into segments. `write` gets
/// frames that a device with `offloads` can take, each after kFrameLead free bytes. False if a write failed or the
/// frame is malformed.
bool finish_frame(Frame& frame, uint32_t offloads, const std::function<bool(const Frame&)>& write);

}  // namespace kubewire

#endif
