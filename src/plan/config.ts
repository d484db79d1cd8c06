// config.ts - kube-proxy's configuration: defaults, some of which depend on the mode, and validation in its words.
//
// Sources: cmd/kube-proxy/app/options.go, pkg/proxy/apis/config/{v1alpha1/defaults.go,validation/validation.go} (v1.36).
import { type Family, familyOf, formatCidr, maskedCidr, parseCidr } from '../model/address.js';
import type { ProxyConfig } from './plan.js';

export const DEFAULT_CONFIG: ProxyConfig = {
  proxyMode: 'nftables',
  clusterCIDR: [],
  detectLocalMode: 'ClusterCIDR',
  masqueradeAll: false,
  nodePortAddresses: [],
  localhostNodePorts: true,
  serviceClusterIPRange: [],
  serviceNodePortRange: '30000-32767',
  ipvsScheduler: 'rr',
  ebpfSelection: 'random',
  maglevTableSize: 16_381,
  conntrackTCPBeLiberal: false,
  conntrackTCPTimeoutEstablished: 86_400,
  conntrackTCPTimeoutCloseWait: 3_600,
  conntrackUDPTimeout: 0,
  conntrackUDPTimeoutStream: 0,
};

/** The kernel's own timeouts (nf_conntrack_proto_tcp.c, nf_conntrack_proto_udp.c), in seconds. */
const KERNEL_TIMEOUTS = { established: 432_000, closeWait: 60, udp: 30, udpStream: 120 } as const;
/** nf_conntrack counts timeouts in 31 bits of ticks; a machine may have a thousand ticks a second. */
const LONGEST_TIMEOUT = 2_147_483;

/** A node's timeouts in seconds: kube-proxy's where it sets any, else the kernel's. */
export const conntrackTimeouts = (config: ProxyConfig): Record<keyof typeof KERNEL_TIMEOUTS, number> => ({
  established: config.conntrackTCPTimeoutEstablished || KERNEL_TIMEOUTS.established,
  closeWait: config.conntrackTCPTimeoutCloseWait || KERNEL_TIMEOUTS.closeWait,
  udp: config.conntrackUDPTimeout || KERNEL_TIMEOUTS.udp,
  udpStream: config.conntrackUDPTimeoutStream || KERNEL_TIMEOUTS.udpStream,
});

/** Allowed lengths of a Maglev ring: Cilium's primes (pkg/maglev), and 65,537 from the paper. */
export const MAGLEV_SIZES: readonly number[] = [
  ...[251, 509, 1021, 2039, 4093, 8191, 16_381, 32_749, 65_521, 65_537, 131_071],
];

/** Kernel names of IPVS schedulers (net/netfilter/ipvs). */
export const IPVS_SCHEDULERS = [
  ...['rr', 'wrr', 'lc', 'wlc', 'fo', 'ovf', 'lblc', 'lblcr', 'dh', 'sh', 'mh', 'sed', 'nq', 'twos'],
] as const;

/** One error in the configuration: the field in kube-proxy's notation, and the message. */
interface ConfigIssue {
  readonly field: string;
  readonly message: string;
}

const invalid = (field: string, value: string, detail: string): ConfigIssue => ({
  field,
  message: `${field}: Invalid value: ${JSON.stringify(value)}: ${detail}`,
});

function cidrIssues(field: string, cidrs: readonly string[]): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const families = new Map<Family, number>();
  for (const text of cidrs) {
    const cidr = parseCidr(text);
    if (!cidr)
      issues.push(invalid(field, text, 'must be a valid CIDR block (e.g. 10.100.0.0/16 or fde4:8dba:82e1::/48)'));
    else families.set(cidr.family, (families.get(cidr.family) ?? 0) + 1);
  }
  if (cidrs.length > 2 || [...families.values()].some((count) => count > 1)) {
    issues.push(invalid(field, cidrs.join(','), 'must be at most one CIDR of each IP family'));
  }
  return issues;
}

function nodePortAddressIssues(addresses: readonly string[]): ConfigIssue[] {
  const field = 'nodePortAddresses';
  if (addresses.includes('primary')) {
    return addresses.length === 1 ? [] : [invalid(field, addresses.join(','), "can't use both 'primary' and CIDRs")];
  }
  return addresses.flatMap((text, i) =>
    parseCidr(text) ? [] : [invalid(`${field}[${i}]`, text, 'must be a valid CIDR')],
  );
}

/** `first-last`, `first+count` or a single port; null when the text is none of these or a port is outside 0..65535. */
export function parsePortRange(text: string): { first: number; last: number } | null {
  const match = /^(\d+)(?:([-+])(\d+))?$/.exec(text.trim());
  if (!match) return null;
  const first = Number(match[1]);
  const second = match[3] === undefined ? first : Number(match[3]);
  const last = match[2] === '+' ? first + second : second;
  return first <= last && last <= 65535 ? { first, last } : null;
}

function timeoutIssues(field: string, seconds: number): ConfigIssue[] {
  const value = `${seconds}s`;
  if (seconds < 0) return [invalid(field, value, 'must be greater than or equal to 0')];
  if (seconds > LONGEST_TIMEOUT) return [invalid(field, value, `must be at most ${LONGEST_TIMEOUT}s`)];
  return Number.isInteger(seconds) ? [] : [invalid(field, value, 'must be whole seconds')];
}

/** Everything that kube-proxy would refuse at start. Empty = valid. */
export function validateConfig(config: ProxyConfig): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  if (!['iptables', 'ipvs', 'nftables'].includes(config.proxyMode)) {
    const words = 'must be iptables, ipvs, nftables or blank';
    issues.push(
      invalid('mode', config.proxyMode, `${words} (blank means the best-available proxy [currently iptables])`),
    );
  }
  if (!['ClusterCIDR', 'NodeCIDR', 'none'].includes(config.detectLocalMode)) {
    issues.push(invalid('detectLocalMode', config.detectLocalMode, 'must be ClusterCIDR, NodeCIDR or none'));
  }
  issues.push(...cidrIssues('clusterCIDR', config.clusterCIDR));
  issues.push(...nodePortAddressIssues(config.nodePortAddresses));
  issues.push(...cidrIssues('serviceClusterIPRange', config.serviceClusterIPRange));
  if (!parsePortRange(config.serviceNodePortRange)) {
    issues.push(
      invalid('serviceNodePortRange', config.serviceNodePortRange, 'must be a port range such as 30000-32767'),
    );
  }
  if (!(IPVS_SCHEDULERS as readonly string[]).includes(config.ipvsScheduler)) {
    issues.push(invalid('ipvs.scheduler', config.ipvsScheduler, `must be one of ${IPVS_SCHEDULERS.join(', ')}`));
  }
  if (!['random', 'maglev'].includes(config.ebpfSelection)) {
    issues.push(invalid('ebpfSelection', config.ebpfSelection, 'must be random or maglev'));
  }
  if (!MAGLEV_SIZES.includes(config.maglevTableSize)) {
    const words = `must be one of ${MAGLEV_SIZES.join(', ')}`;
    issues.push(invalid('maglevTableSize', String(config.maglevTableSize), words));
  }
  issues.push(...timeoutIssues('conntrack.tcpEstablishedTimeout', config.conntrackTCPTimeoutEstablished));
  issues.push(...timeoutIssues('conntrack.tcpCloseWaitTimeout', config.conntrackTCPTimeoutCloseWait));
  issues.push(...timeoutIssues('conntrack.udpTimeout', config.conntrackUDPTimeout));
  issues.push(...timeoutIssues('conntrack.udpStreamTimeout', config.conntrackUDPTimeoutStream));
  return issues;
}

/** CIDRs with their host bits cleared, as canonical text. Invalid ones are left out. */
export function canonicalCidrs(cidrs: readonly string[]): string[] {
  return cidrs.flatMap((text) => {
    const cidr = parseCidr(text.trim());
    return cidr ? [formatCidr(maskedCidr(cidr))] : [];
  });
}

/** The first CIDR of each family: kube-proxy ignores the others. */
export function firstOfFamily(cidrs: readonly string[]): string[] {
  const first = new Map<Family, string>();
  for (const text of canonicalCidrs(cidrs)) {
    const family = familyOf(text);
    if (!first.has(family)) first.set(family, text);
  }
  return [...first.values()];
}
