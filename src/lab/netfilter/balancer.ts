// balancer.ts - the load balancer in front of kernel nodes: multipath routes spread its addresses, NAT stands for the connections that it ends.
//
// The hash of a route is over addresses and ports. A change of the nodes may move a connection, as with any such router.
import { type Family, familyOf, sameFamily } from '../../model/address.js';
import type { Attachment, Proxied } from '../../plan/plan.js';
import { FAMILIES } from '../../render/reach.js';
import type { LabNode, Topology } from '../../topology/topology.js';
import { type Namespace, setSysctl } from '../host/host.js';
import { noSpreadRoute, spreadRoute } from './links.js';
import { runIp, runTool } from './tools.js';

/** Includes ports when choosing among several next hops. */
const SPREAD_SYSCTLS = [
  ['net.ipv4.fib_multipath_hash_policy', 1],
  ['net.ipv6.fib_multipath_hash_policy', 1],
] as const;

type Wanted = Pick<Attachment, 'spread' | 'proxied'>;

/** Refuses what no port takes, before the fabric says that there is no route (rules.ts). */
const closedChain = (ip: string, addresses: readonly string[]): string => `\tchain closed {
\t\ttype filter hook prerouting priority filter - 1; policy accept;
\t\t${ip} daddr { ${addresses.join(', ')} } reject with ${ip === 'ip' ? 'icmp' : 'icmpv6'} port-unreachable
\t}
`;

function portRules(ip: string, { address, port, protocol, nodes, nodePort, sourceRanges }: Proxied): string[] {
  const match = `${ip} daddr ${address} ${protocol.toLowerCase()} dport ${port}`;
  const targets = nodes.map((node, i) => `${i} : ${node} . ${nodePort}`);
  return [
    ...(sourceRanges.length > 0 ? [`${match} ${ip} saddr != { ${sourceRanges.join(', ')} } drop`] : []),
    ...(nodes.length > 0
      ? [`${match} dnat ${ip} to numgen random mod ${nodes.length} map { ${targets.join(', ')} }`]
      : []),
  ];
}

/** The table of one family; without ports it is empty. @param own the load balancer's address in the family */
export function proxyTable(family: Family, proxied: readonly Proxied[], own: string | undefined): string {
  const ip = family === 'IPv6' ? 'ip6' : 'ip';
  const ports = proxied.filter(({ address }) => familyOf(address) === family);
  const head = `table ${ip} balancer\ndelete table ${ip} balancer\n`;
  if (ports.length === 0 || own === undefined) return head;
  const rules = ports.flatMap((port) => portRules(ip, port)).map((rule) => `\t\t${rule}\n`);
  const addresses = [...new Set(ports.map(({ address }) => address))];
  return `${head}table ${ip} balancer {
\tchain ports {
\t\ttype nat hook prerouting priority dstnat; policy accept;
${rules.join('')}\t}
${closedChain(ip, addresses)}\tchain own {
\t\ttype nat hook postrouting priority srcnat; policy accept;
\t\tct status dnat snat to ${own}
\t}
}
`;
}

export class KernelBalancer {
  readonly #topology: Topology;
  readonly #fabric: Namespace;
  #wanted: Wanted = { spread: [], proxied: [] };
  /** Load-balancer address → the nodes its route leads to. */
  readonly #spread = new Map<string, string>();
  #tables = '';
  /** Nodes without a cable. */
  readonly #cut = new Set<LabNode>();

  constructor(topology: Topology, fabric: Namespace) {
    this.#topology = topology;
    this.#fabric = fabric;
    for (const [key, value] of SPREAD_SYSCTLS) setSysctl(fabric, key, value);
  }

  /** Nobody is sent to a node while it has no cable. */
  async cut(node: LabNode): Promise<void> {
    this.#cut.add(node);
    await this.load(this.#wanted);
  }

  async mend(node: LabNode): Promise<void> {
    this.#cut.delete(node);
    await this.load(this.#wanted);
  }

  async load(wanted: Wanted): Promise<void> {
    this.#wanted = wanted;
    const dead = new Set([...this.#cut].flatMap(({ addresses }) => addresses));
    const living = (nodes: readonly string[]): string[] => nodes.filter((node) => !dead.has(node));
    await this.#route(new Map(wanted.spread.map(({ address, nodes }) => [address, living(nodes)])));
    const proxied = wanted.proxied.map((port) => ({ ...port, nodes: living(port.nodes) }));
    const own = (family: Family) => this.#topology.fabricAddresses.find((text) => familyOf(text) === family);
    const tables = FAMILIES.map((family) => proxyTable(family, proxied, own(family))).join('');
    if (tables === this.#tables || (proxied.length === 0 && this.#tables === '')) return;
    await runTool(this.#fabric, 'nft', ['-f', '-'], tables);
    this.#tables = tables;
  }

  async #route(now: ReadonlyMap<string, readonly string[]>): Promise<void> {
    const lines: string[] = [];
    for (const [address, members] of this.#spread)
      if (now.get(address)?.join() !== members) lines.push(noSpreadRoute(address));
    for (const [address, nodes] of now)
      if (this.#spread.get(address) !== nodes.join()) lines.push(spreadRoute(address, this.#hops(address, nodes)));
    await runIp(this.#fabric, lines);
    this.#spread.clear();
    for (const [address, nodes] of now) this.#spread.set(address, nodes.join());
  }

  #hops(address: string, nodes: readonly string[]): { via: string; name: string }[] {
    return nodes
      .filter((node) => sameFamily(node, address))
      .flatMap((via) => {
        const owner = this.#topology.nodes.find(({ addresses }) => addresses.includes(via));
        return owner ? [{ via, name: `node${owner.id}` }] : [];
      });
  }
}
