// wiring.ts - a node's attachment as the real kernel sees it: `ip -batch` lines, and which node has which MAC.
//
// Every port but the node's own is a TAP of the node's namespace; what the kernel sends there, we read. Neighbours are
// permanent and next hops have addresses of their own, so that nothing asks who is where.
import { isIPv6 } from '../../../model/address.js';
import type { Attachment, NodePlan } from '../../../plan/plan.js';
import { macOf } from '../../../topology/attachment.js';

/** Name of the interface that leads out of the node; rules of the CNI name it. */
export const UPLINK = 'eth0';
/** Copies of packets delivered to the node itself leave through this interface. */
export const DELIVERED = 'delivered';

/** Where copies of delivered packets are sent: addresses that are nobody's (RFC 7600, RFC 6666). */
export const DELIVERED_TO = ['192.0.0.8', '100::8'] as const;
const DELIVERED_MAC = macOf('host', 0);

const prefixOf = (address: string): string => `${address}/${isIPv6(address) ? 128 : 32}`;
const addressOf = (cidr: string): string => cidr.split('/')[0] ?? '';
const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

/** A next hop's address on the link, by the id of the node behind it. */
const hopOf = (id: number, v6: boolean): string =>
  v6 ? `fe80::${(id + 1).toString(16)}` : `169.254.${(id + 1) >> 8}.${(id + 1) & 255}`;

/** Name of the TAP of a port; null for the node's own. */
export function interfaceName({ ports }: Attachment, port: number): string | null {
  const kind = ports[port]?.kind;
  return kind === 'HOST' ? null : kind === 'UPLINK' ? UPLINK : `pod${port}`;
}

/** Addresses of the node itself, the primary ones first. */
export function ownAddresses(plan: NodePlan, attachment: Attachment): string[] {
  const local = attachment.routes.filter(({ kind }) => kind === 'LOCAL').map(({ prefix }) => addressOf(prefix));
  const told = plan.localAddresses.map(({ address }) => address);
  return [...new Set([...plan.node.nodeIPs, ...local, ...told])].filter((address) => !isLoopback(address));
}

const neighbour = (address: string, mac: string, name: string): string =>
  `neigh replace ${address} lladdr ${mac} dev ${name} nud permanent`;

function routeLines(plan: NodePlan, attachment: Attachment): string[] {
  const source = (v6: boolean): string => {
    const own = plan.node.nodeIPs.find((address) => isIPv6(address) === v6);
    return own === undefined ? '' : ` src ${own}`;
  };
  return attachment.routes.flatMap(({ kind, prefix, port, nextHop }): string[] => {
    const v6 = isIPv6(prefix);
    if (kind === 'UNREACHABLE' || kind === 'BLACKHOLE') return [`route replace ${kind.toLowerCase()} ${prefix}`];
    const name = interfaceName(attachment, port);
    if (kind !== 'FORWARD' || name === null) return [];
    if (nextHop < 0) {
      return [
        neighbour(addressOf(prefix), attachment.ports[port]?.mac ?? '', name),
        `route replace ${prefix} dev ${name}${source(v6)}`,
      ];
    }
    const hop = hopOf(nextHop, v6);
    return [
      neighbour(hop, macOf('node', nextHop), name),
      `route replace ${prefix} via ${hop} dev ${name} onlink${source(v6)}`,
    ];
  });
}

/** In the node's namespace, once its TAPs are there. */
export function nodeLines(plan: NodePlan, attachment: Attachment): string[] {
  const names = attachment.ports.flatMap((_, port) => interfaceName(attachment, port) ?? []);
  const own = ownAddresses(plan, attachment);
  return [
    ...[...names, DELIVERED].flatMap((name) => [`link set ${name} addrgenmode none`, `link set ${name} up`]),
    ...own.map(
      (address) => `address add ${prefixOf(address)} dev ${UPLINK} noprefixroute${isIPv6(address) ? ' nodad' : ''}`,
    ),
    ...routeLines(plan, attachment),
    ...DELIVERED_TO.flatMap((address) => [
      neighbour(address, DELIVERED_MAC, DELIVERED),
      `route replace ${prefixOf(address)} dev ${DELIVERED}`,
    ]),
  ];
}

/** MAC of a frame's receiver → id of the node that it is for, as nextHop of a FrameOut. */
export function nextHopsByMac({ routes }: Attachment): ReadonlyMap<string, number> {
  return new Map(routes.filter(({ nextHop }) => nextHop >= 0).map(({ nextHop }) => [macOf('node', nextHop), nextHop]));
}

/** A mark bit that kube-proxy does not use. */
const DELIVERED_MARK = '0x40000000';

/**
 * A table that copies what was delivered, and keeps the kernel from answering it: nobody listens here, and its answers
 * (which have the mark of what they answer: fwmark_reflect) would end connections.
 */
export const DELIVERED_TABLE = (['ip', 'ip6'] as const)
  .map(
    (family, i) => `table ${family} kubewire-delivered {
\tchain copy {
\t\ttype filter hook input priority 1000; policy accept;
\t\tdup to ${DELIVERED_TO[i]} device "${DELIVERED}"
\t\tmeta mark set meta mark | ${DELIVERED_MARK}
\t}
\tchain silence {
\t\ttype filter hook output priority -400; policy accept;
\t\tmeta mark & ${DELIVERED_MARK} != 0 drop
\t}
}
`,
  )
  .join('');
