// yard.h - Yard: the namespace where the node side of every cable lies, with the BPF programs of the fast path
// (native/bpf/README.md).
//
//     machine: eth0 ═══ cable (veth) ═══ yard ── TAP ── engine
#ifndef KUBEWIRE_IO_YARD_H
#define KUBEWIRE_IO_YARD_H

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "fastpath.h"
#include "netlink.h"
#include "status.h"
#include "tap.h"

namespace kubewire {

class Yard {
 public:
  /// Loads programs and maps, for `leases` lent connections. The namespace stays the caller's.
  static Status open(int ns, uint32_t leases, std::unique_ptr<Yard>* yard);
  ~Yard();
  Yard(const Yard&) = delete;
  Yard& operator=(const Yard&) = delete;

  /// Gives a machine, a namespace, an interface (name, MAC and MTU of `config`) whose frames come to a TAP, which is
  /// called `port` here. An interface of that name that it still has is removed. `cable` becomes the number of the
  /// cable's end in the yard.
  Status plug(int machine, const InterfaceConfig& config, const std::string& port, Tap* tap, uint32_t* cable);

  LendingMaps maps() const { return maps_; }

 private:
  explicit Yard(int ns) : ns_(ns) {}
  Status load(uint32_t leases);
  Status lay(int machine, const InterfaceConfig& config, const std::string& port, Tap* tap, uint32_t* cable);
  Status connect(const std::string& port, uint32_t cable);

  const int ns_;
  LendingMaps maps_;
  int ports_ = -1, from_machine_ = -1, from_engine_ = -1;
  uint32_t cables_ = 0;
  /// Of every TAP, the cable that it belongs to.
  std::map<std::string, uint32_t> cable_of_;
};

}  // namespace kubewire

#endif
