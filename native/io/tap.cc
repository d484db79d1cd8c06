// tap.cc - TAP interfaces: made inside a namespace, read and written with their virtio-net header.
#include "tap.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstring>

#include "virtio.h"

namespace kubewire {

namespace {

/// The 12-byte form of the header just adds num_buffers, which means nothing on a TAP.
constexpr int kHeaderBytes = sizeof(VirtioHeader);

constexpr uint32_t kTso = OFFLOAD_CHECKSUM | OFFLOAD_TSO4 | OFFLOAD_TSO6;
/// In the order in which they are asked for. USO4 and USO6 are granted together or not at all.
constexpr uint32_t kOffloadSteps[] = {kTso | OFFLOAD_USO4 | OFFLOAD_USO6, kTso, OFFLOAD_CHECKSUM | OFFLOAD_TSO4,
                                      OFFLOAD_CHECKSUM, OFFLOAD_NONE};

Status set_up_offloads(Tap* tap) {
  int bytes = kHeaderBytes;
  if (ioctl(tap->fd, TUNSETVNETHDRSZ, &bytes) != 0) return Status::failed("TUNSETVNETHDRSZ");
  tap->header_bytes = kHeaderBytes;
  for (const uint32_t offloads : kOffloadSteps) {
    tap->offloads = offloads;
    if (ioctl(tap->fd, TUNSETOFFLOAD, static_cast<unsigned long>(offloads)) == 0) return {};
  }
  return Status::failed("TUNSETOFFLOAD");
}

}  // namespace

Status create_tap(const std::string& name, bool offloads, Tap* tap) {
  *tap = {};
  if (name.empty() || name.size() >= IFNAMSIZ) return Status::failed(EINVAL, "interface name " + name);
  tap->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tap->fd < 0) return Status::failed("open /dev/net/tun");
  ifreq request{};
  memcpy(request.ifr_name, name.data(), name.size());
  // IFF_NAPI is left out on purpose: it moves delivery out of our write into a softirq, which costs more than it saves.
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | (offloads ? IFF_VNET_HDR : 0));
  Status status = ioctl(tap->fd, TUNSETIFF, &request) == 0 ? Status{} : Status::failed("TUNSETIFF " + name);
  if (status.ok() && offloads) status = set_up_offloads(tap);
  if (!status.ok()) {
    close(tap->fd);
    tap->fd = -1;
  }
  return status;
}

TapTrial try_tap() {
  const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return TapTrial::NOT_OPENED;
  ifreq request{};
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI);
  const int result = ioctl(fd, TUNSETIFF, &request);
  const int error = errno;
  close(fd);
  errno = error;
  return result == 0 ? TapTrial::POSSIBLE : TapTrial::NOT_SET;
}

uint16_t gso_header_length(const Frame& frame) {
  const uint32_t l4 = frame.checksum_start;
  const bool udp = gso_kind(frame.gso_type) == GSO_UDP_L4;
  if (l4 < 14 + 20 || l4 + (udp ? 8 : 20) > frame.length) return 0;
  const uint32_t header = udp ? 8 : (frame.data[l4 + 12] >> 4) * 4u;
  return header >= 8 && l4 + header <= frame.length ? static_cast<uint16_t>(l4 + header) : uint16_t{0};
}

TapDevice::~TapDevice() {
  // Deleting an interface makes the kernel wait for all readers of its tables: some 25 ms in which no frame would move.
  // So it stays, without carrier, until its namespace is deleted; the kernel deletes many namespaces at once.
  ioctl(tap_.fd, TUNSETPERSIST, 1UL);
  close(tap_.fd);
}

ReadResult TapDevice::read(Frame& frame) {
  uint8_t* start = frame.data - tap_.header_bytes;
  const ssize_t size = ::read(tap_.fd, start, frame.capacity + tap_.header_bytes);
  if (size < 0) return errno == EAGAIN || errno == EINTR ? ReadResult::EMPTY : ReadResult::GONE;
  VirtioHeader header{};
  if (static_cast<size_t>(size) < tap_.header_bytes) return ReadResult::EMPTY;
  if (tap_.header_bytes != 0) memcpy(&header, start, sizeof header);
  frame.length = static_cast<uint32_t>(size) - tap_.header_bytes;
  frame.needs_checksum = (header.flags & kVirtioNeedsChecksum) != 0;
  frame.gso_type = header.gso_type;
  frame.gso_size = header.gso_size;
  frame.checksum_start = header.checksum_start;
  frame.checksum_offset = header.checksum_offset;
  frame.header_length = header.gso_type == GSO_NONE ? uint16_t{0} : gso_header_length(frame);
  return ReadResult::FRAME;
}

bool TapDevice::write_raw(const Frame& frame) {
  uint8_t* start = frame.data - tap_.header_bytes;
  if (tap_.header_bytes != 0) {
    VirtioHeader header{};
    if (frame.needs_checksum) {
      header.flags = kVirtioNeedsChecksum;
      header.checksum_start = frame.checksum_start;
      header.checksum_offset = frame.checksum_offset;
    }
    header.gso_type = frame.gso_type;
    header.gso_size = frame.gso_size;
    header.header_length = frame.header_length;
    memcpy(start, &header, sizeof header);
  }
  const size_t size = frame.length + tap_.header_bytes;
  return ::write(tap_.fd, start, size) == static_cast<ssize_t>(size);
}

bool TapDevice::write(Frame& frame) {
  if ((needed_offloads(frame) & ~tap_.offloads) == 0) return write_raw(frame);
  return finish_frame(frame, tap_.offloads, [this](const Frame& finished) { return write_raw(finished); });
}

}  // namespace kubewire
