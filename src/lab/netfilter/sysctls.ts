// sysctls.ts - the sysctls that turn a namespace into a router of the emulated network.
import { conntrackTimeouts } from '../../plan/config.js';
import type { ProxyConfig } from '../../plan/plan.js';

export const ROUTER_SYSCTLS = [
  ['net.ipv4.ip_forward', 1],
  ['net.ipv6.conf.all.forwarding', 1],
  // Otherwise a pod whose Service leads back to it would be redirected to a shorter path that does not exist.
  ['net.ipv4.conf.all.send_redirects', 0],
  ['net.ipv4.conf.default.send_redirects', 0],
  // By default a peer is told once a second at most that something is unreachable, and all peers a thousand times; ours
  // tells every time. Limits hold for the types in a mask, which for IPv6 is a list: of no error then, but of type 0.
  ['net.ipv4.icmp_ratelimit', 0],
  ['net.ipv4.icmp_ratemask', 0],
  ['net.ipv6.icmp.ratelimit', 0],
  ['net.ipv6.icmp.ratemask', 0],
  // The load balancer may choose the node that asked; by default the kernel drops packets from its own address.
  ['net.ipv4.conf.all.accept_local', 1],
] as const;

/** The kernel counts packets and bytes of a connection only if told to. */
export const COUNTING_SYSCTLS = [['net.netfilter.nf_conntrack_acct', 1]] as const;

/** The connection-tracking settings that kube-proxy makes. */
export function conntrackSysctls(config: ProxyConfig): readonly (readonly [key: string, value: number])[] {
  const { established, closeWait, udp, udpStream } = conntrackTimeouts(config);
  return [
    ['net.netfilter.nf_conntrack_tcp_timeout_established', established],
    ['net.netfilter.nf_conntrack_tcp_timeout_close_wait', closeWait],
    ['net.netfilter.nf_conntrack_udp_timeout', udp],
    ['net.netfilter.nf_conntrack_udp_timeout_stream', udpStream],
    ['net.netfilter.nf_conntrack_tcp_be_liberal', config.conntrackTCPBeLiberal ? 1 : 0],
  ];
}
