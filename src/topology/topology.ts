// topology.ts - the emulated network as data: nodes, outside clients, ranges, the load balancer's pool; its validation.
import {
  type Cidr,
  contains,
  type Family,
  formatAddress,
  formatCidr,
  fromBigInt,
  maskedCidr,
  mustAddress,
  mustCidr,
  parseAddress,
  parseCidr,
  toBigInt,
} from '../model/address.js';
import type { Issue } from '../model/issue.js';
import type { Labels, Node } from '../model/objects.js';
import type { ProxyConfig } from '../plan/plan.js';

/** A machine of the cluster. `id` is the number of its dataplane, from 1 (0 is the fabric). */
export interface LabNode {
  readonly name: string;
  readonly id: number;
  /** Primary addresses, at most one per family. */
  readonly addresses: readonly string[];
  /** Pod ranges, at most one per family. */
  readonly podCIDRs: readonly string[];
  readonly labels: Labels;
}

/** A client outside the cluster, attached to the fabric. */
interface LabClient {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** First and last address, inclusive, of one family. */
interface AddressRange {
  readonly first: string;
  readonly last: string;
}

export interface Topology {
  readonly nodes: readonly LabNode[];
  readonly clients: readonly LabClient[];
  /** Nodes of the same cluster that other machines run: the fabric leads to them by its wire. Left out: it has no wire. */
  readonly elsewhere?: readonly LabNode[];
  /** --cluster-cidr */
  readonly clusterCIDRs: readonly string[];
  /** --service-cluster-ip-range */
  readonly serviceCIDRs: readonly string[];
  /** --service-node-port-range, `first-last` */
  readonly nodePortRange: string;
  readonly loadBalancerPool: readonly AddressRange[];
  /** kube-proxy's settings besides the ranges above. What is left out gets the lab's default (attachment.ts). */
  readonly proxy?: Partial<ProxyConfig>;
  /** --max-endpoints-per-slice of the controller; left out: its default, 100. */
  readonly maxEndpointsPerSlice?: number;
  /** Source ports that nodes masquerade with, first and last; left out: all above 1023. */
  readonly masqueradePorts?: readonly [number, number];
  /** --cluster-domain; left out: cluster.local. */
  readonly clusterDomain?: string;
  /** Objects are the state of another cluster (cluster/cluster.ts). Only where no machine makes its own state. */
  readonly recorded?: boolean;
  /** Addresses of the fabric, used as the source of its ICMP errors. */
  readonly fabricAddresses: readonly string[];
  /** Largest IP packet on every link, in bytes. */
  readonly mtu: number;
}

/** The zone of the cluster's names where nothing else is said. */
export const CLUSTER_DOMAIN = 'cluster.local';
/** Node id of the fabric, the router between the nodes and the outside. */
export const FABRIC_ID = 0;
/** The last node address before the load balancer's pool (192.168.0.240) is 192.168.0.239. */
export const MAX_NODES = 200;

const ZONES = ['zone-a', 'zone-b', 'zone-c'] as const;

/** Default prefix length of the network that an address is in: /24 and /64. */
const linkLength = (family: Family): number => (family === 'IPv4' ? 24 : 64);

/** Node number `id` (from 1) of the default lab. */
export function defaultNode(id: number): LabNode {
  const name = `node-${id}`;
  return {
    name,
    id,
    addresses: [`192.168.0.${10 + id}`, `fd00:192:168::${10 + id}`],
    podCIDRs: [`10.244.${id}.0/24`, `fd00:10:244:${id}::/64`],
    labels: {
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
      'topology.kubernetes.io/region': 'lab',
      'topology.kubernetes.io/zone': ZONES[(id - 1) % ZONES.length] ?? 'zone-a',
    },
  };
}

/** A Node object as a machine of the lab. What the object leaves open comes from the default node of that number. */
function nodeOf(object: Node, id: number): LabNode {
  const fallback = defaultNode(id);
  const internal = (object.status?.addresses ?? []).filter((a) => a.type === 'InternalIP').map((a) => a.address);
  const ranges = object.spec?.podCIDRs ?? (object.spec?.podCIDR ? [object.spec.podCIDR] : []);
  const name = object.metadata.name;
  return {
    name,
    id,
    addresses: internal.length > 0 ? internal : fallback.addresses,
    podCIDRs: ranges.length > 0 ? ranges : fallback.podCIDRs,
    labels: { ...fallback.labels, 'kubernetes.io/hostname': name, ...object.metadata.labels },
  };
}

/** What a user can say about the cluster around the machines. */
export type ClusterRanges = Partial<
  Pick<
    Topology,
    | 'clusterCIDRs'
    | 'serviceCIDRs'
    | 'nodePortRange'
    | 'loadBalancerPool'
    | 'proxy'
    | 'maxEndpointsPerSlice'
    | 'masqueradePorts'
    | 'clusterDomain'
    | 'recorded'
  >
>;

export interface TopologyOptions extends ClusterRanges {
  readonly count?: number;
  readonly nodes?: readonly Node[];
}

/** The default lab with `count` nodes, or with the machines that Node objects describe. */
export function createTopology({ count = 3, nodes: described = [], ...ranges }: TopologyOptions = {}): Topology {
  const nodes =
    described.length > 0
      ? described.map((node, i) => nodeOf(node, i + 1))
      : Array.from({ length: count }, (_, i) => defaultNode(i + 1));
  return {
    nodes,
    clients: [{ name: 'outside', addresses: ['203.0.113.10', '2001:db8:113::10'] }],
    clusterCIDRs: clusterRanges(nodes),
    serviceCIDRs: ['10.96.0.0/16', 'fd00:10:96::/112'],
    nodePortRange: '30000-32767',
    loadBalancerPool: [
      { first: '192.168.0.240', last: '192.168.0.250' },
      { first: 'fd00:192:168::f0', last: 'fd00:192:168::fa' },
    ],
    fabricAddresses: ['192.168.0.1', 'fd00:192:168::1'],
    mtu: 1500,
    ...ranges,
  };
}

/** --cluster-cidr: the lab's own ranges if they contain every pod range, else the smallest common range per family. */
function clusterRanges(nodes: readonly LabNode[]): string[] {
  return (['10.244.0.0/16', 'fd00:10:244::/48'] as const).flatMap((text) => {
    let range = mustCidr(text);
    const inside = nodes
      .flatMap((node) => node.podCIDRs)
      .map(parseCidr)
      .filter((c): c is Cidr => c?.family === range.family);
    const [first] = inside;
    if (!first) return [];
    if (!inside.every((cidr) => contains(range, cidr.address))) range = first;
    while (!inside.every((cidr) => contains(range, cidr.address))) range = { ...range, length: range.length - 1 };
    return [formatCidr(maskedCidr(range))];
  });
}

/** The gateway of a range as seen by `own`: its first usable address, or the second if `own` is the first. */
export function gatewayOf(cidr: Cidr, own: string): string {
  const network = toBigInt(maskedCidr(cidr).address);
  const first = formatAddress(fromBigInt(cidr.family, network + 1n));
  return first === own ? formatAddress(fromBigInt(cidr.family, network + 2n)) : first;
}

/** The network of an address that has no range of its own, as CIDR. */
export function linkOf(address: string): Cidr {
  const parsed = mustAddress(address);
  return { family: parsed.family, address: parsed, length: linkLength(parsed.family) };
}

const overlap = (a: Cidr, b: Cidr): boolean =>
  a.family === b.family && (contains(a, b.address) || contains(b, a.address));

function inPool({ loadBalancerPool }: Topology, text: string): boolean {
  const address = parseAddress(text);
  if (!address) return false;
  const value = toBigInt(address);
  return loadBalancerPool.some(({ first, last }) => {
    const low = mustAddress(first);
    return low.family === address.family && toBigInt(low) <= value && value <= toBigInt(mustAddress(last));
  });
}

/** What makes a topology impossible: invalid or duplicate names and addresses, overlapping ranges. Empty = valid. */
export function validateTopology(topology: Topology): Issue[] {
  const issues: Issue[] = [];
  const report = (type: Issue['type'], field: string, value: string, detail: string): void => {
    const word = type === 'FieldValueDuplicate' ? 'Duplicate value' : 'Invalid value';
    const tail = detail === '' ? '' : `: ${detail}`;
    issues.push({ type, field, message: `${field}: ${word}: ${JSON.stringify(value)}${tail}`, detail });
  };
  if (topology.nodes.length > MAX_NODES) {
    report('FieldValueInvalid', 'nodes', String(topology.nodes.length), `must be between 0 and ${MAX_NODES}`);
  }
  if (topology.recorded && topology.nodes.length > 0) {
    report('FieldValueInvalid', 'recorded', 'true', 'a recorded state needs a lab without nodes (--nodes 0)');
  }
  const seen = new Set<string>(topology.fabricAddresses);
  const once = (field: string, value: string): void => {
    if (seen.has(value)) report('FieldValueDuplicate', field, value, '');
    seen.add(value);
  };
  const ranges: { field: string; cidr: Cidr }[] = [];
  const addRange = (field: string, text: string): void => {
    const cidr = parseCidr(text);
    if (!cidr) {
      report('FieldValueInvalid', field, text, 'must be a valid CIDR value');
      return;
    }
    const other = ranges.find((range) => overlap(range.cidr, cidr));
    if (other) report('FieldValueInvalid', field, text, `overlaps ${other.field} (${formatCidr(other.cidr)})`);
    ranges.push({ field, cidr });
  };
  for (const [i, text] of topology.serviceCIDRs.entries()) addRange(`serviceCIDRs[${i}]`, text);
  const check = (field: string, machine: LabNode | LabClient): void => {
    once(`${field}.name`, machine.name);
    for (const [a, address] of machine.addresses.entries()) {
      if (inPool(topology, address)) {
        report('FieldValueInvalid', `${field}.addresses[${a}]`, address, 'belongs to the pool of the load balancer');
      } else if (parseAddress(address)) once(`${field}.addresses[${a}]`, address);
      else report('FieldValueInvalid', `${field}.addresses[${a}]`, address, 'must be a valid IP address');
    }
  };
  for (const [i, node] of topology.nodes.entries()) {
    check(`nodes[${i}]`, node);
    for (const [c, text] of node.podCIDRs.entries()) addRange(`nodes[${i}].podCIDRs[${c}]`, text);
  }
  for (const [i, client] of topology.clients.entries()) check(`clients[${i}]`, client);
  return issues;
}
