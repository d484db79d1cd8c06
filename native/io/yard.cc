// yard.cc - Yard: makes cables and puts the programs of the fast path at their ends.
#include "yard.h"

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/veth.h>
#include <net/if.h>
#include <unistd.h>

#include "bpf.h"
#include "bpf/program.gen.h"
#include "core/lease.h"
#include "namespace.h"
#include "rtnetlink.h"

namespace kubewire {

namespace {

/// Interfaces in the yard: two for every machine.
constexpr uint32_t kPorts = 16384;

Status remove_interface(const std::string& name) {
  const uint32_t index = if_nametoindex(name.c_str());
  if (index == 0) return {};
  Netlink netlink;
  Request<ifinfomsg> request(RTM_DELLINK, 0);
  request.body.ifi_index = static_cast<int>(index);
  return netlink.ask(request, "remove interface " + name);
}

/// A pair: one end here, called `here`, the other in the namespace `machine`.
Status add_pair(const std::string& here, int machine, const InterfaceConfig& there) {
  Request<ifinfomsg> request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  uint8_t mac[6];
  if (!parse_mac(there.mac, mac)) return Status::failed(EINVAL, "MAC address " + there.mac);
  request.add(IFLA_IFNAME, here.c_str());
  request.add(IFLA_MTU, &there.mtu, sizeof there.mtu);
  rtattr* info = request.open(IFLA_LINKINFO);
  request.add(IFLA_INFO_KIND, "veth");
  rtattr* data = request.open(IFLA_INFO_DATA);
  rtattr* peer = request.open(VETH_INFO_PEER);
  const ifinfomsg header{};
  request.append(&header, sizeof header);
  request.add(IFLA_IFNAME, there.name.c_str());
  request.add(IFLA_ADDRESS, mac, sizeof mac);
  request.add(IFLA_MTU, &there.mtu, sizeof there.mtu);
  request.add(IFLA_NET_NS_FD, &machine, sizeof machine);
  request.close(peer);
  request.close(data);
  request.close(info);
  Netlink netlink;
  return netlink.ask(request, "add interface " + there.name);
}

/// Runs the program for every packet that comes in through an interface of this namespace.
Status attach(uint32_t index, int program) {
  Netlink netlink;
  Request<tcmsg> qdisc(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL);
  qdisc.body.tcm_ifindex = static_cast<int>(index);
  qdisc.body.tcm_parent = TC_H_CLSACT;
  qdisc.body.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
  qdisc.add(TCA_KIND, "clsact");
  Status status = netlink.ask(qdisc, "add qdisc clsact");
  // A TAP that is used again has it already, with its program.
  if (!status.ok()) return status.error == EEXIST ? Status{} : status;
  Request<tcmsg> filter(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL);
  filter.body.tcm_ifindex = static_cast<int>(index);
  filter.body.tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS);
  filter.body.tcm_info = TC_H_MAKE(1u << 16, __builtin_bswap16(ETH_P_ALL));
  filter.add(TCA_KIND, "bpf");
  rtattr* options = filter.open(TCA_OPTIONS);
  const uint32_t direct = TCA_BPF_FLAG_ACT_DIRECT;
  filter.add(TCA_BPF_FD, &program, sizeof program);
  filter.add(TCA_BPF_NAME, "kubewire");
  filter.add(TCA_BPF_FLAGS, &direct, sizeof direct);
  filter.close(options);
  return netlink.ask(filter, "add filter bpf");
}

template <size_t count>
Status load(const uint64_t (&code)[count], const std::vector<int>& maps, int* fd) {
  return load_program(code, count, maps, fd);
}

}  // namespace

Status Yard::open(int ns, uint32_t leases, std::unique_ptr<Yard>* yard) {
  yard->reset(new Yard(ns));
  return (*yard)->load(leases);
}

Yard::~Yard() {
  for (const int fd : {maps_.ways, maps_.leases, ports_, from_machine_, from_engine_}) {
    if (fd >= 0) close(fd);
  }
}

Status Yard::load(uint32_t leases) {
  maps_.count = leases;
  Status status = create_hash(sizeof(kw_way_key), sizeof(kw_way_value), 2 * leases, &maps_.ways);
  if (status.ok()) status = create_array(sizeof(kw_lease), leases, &maps_.leases);
  if (status.ok()) status = create_hash(sizeof(uint32_t), sizeof(uint32_t), kPorts, &ports_);
  const std::vector<int> maps = {maps_.ways, maps_.leases, ports_};
  if (status.ok()) status = kubewire::load(kFromMachine, maps, &from_machine_);
  if (status.ok()) status = kubewire::load(kFromEngine, maps, &from_engine_);
  return status;
}

Status Yard::plug(int machine, const InterfaceConfig& config, const std::string& port, Tap* tap, uint32_t* cable) {
  Status status = in_namespace(machine, [&] { return remove_interface(config.name); });
  if (status.ok()) status = in_namespace(ns_, [&] { return lay(machine, config, port, tap, cable); });
  if (!status.ok() && tap->fd >= 0) {
    close(tap->fd);
    tap->fd = -1;
  }
  return status;
}

Status Yard::lay(int machine, const InterfaceConfig& config, const std::string& port, Tap* tap, uint32_t* cable) {
  InterfaceConfig here;
  here.name = "cable" + std::to_string(++cables_);
  here.up = true;
  Status status = add_pair(here.name, machine, config);
  if (status.ok()) status = create_tap(port, true, tap);
  if (!status.ok()) return status;
  if ((tap->offloads & OFFLOAD_TSO4) == 0) return Status::failed(EOPNOTSUPP, "offloads of a TAP");
  *cable = if_nametoindex(here.name.c_str());
  status = attach(*cable, from_machine_);
  if (status.ok()) status = attach(if_nametoindex(port.c_str()), from_engine_);
  if (status.ok()) status = connect(port, *cable);
  if (status.ok()) status = configure_interface(here);
  here.name = port;
  here.mtu = config.mtu;
  return status.ok() ? configure_interface(here) : status;
}

Status Yard::connect(const std::string& port, uint32_t cable) {
  const uint32_t tap = if_nametoindex(port.c_str());
  const auto [place, fresh] = cable_of_.try_emplace(port, cable);
  if (!fresh) delete_entry(ports_, &place->second);
  place->second = cable;
  Status status = put_entry(ports_, &cable, &tap);
  return status.ok() ? put_entry(ports_, &tap, &cable) : status;
}

}  // namespace kubewire
