// links.ts - the `ip -batch` lines that connect a machine to its router: veth pair, addresses, neighbours and routes.
//
// As with TAPs, everything that a machine sends goes to its gateway: addresses show the length of their network but have no
// route for it (noprefixroute), and neighbours are permanent, so that nothing asks who has an address.
import { hostCidr, isIPv6, sameFamily } from '../../model/address.js';
import type { Link } from '../host/sandbox.js';

const ANY = (address: string): string => (isIPv6(address) ? '::/0' : '0.0.0.0/0');

export interface Cable {
  /** MAC of the machine's end, eth0. */
  readonly mac: string;
  /** MAC of the router's end. */
  readonly routerMac: string;
  readonly mtu: number;
  readonly links: readonly Link[];
  /** Name of the router's end in its namespace. */
  readonly routerName: string;
}

const addAddress = (name: string, cidr: string): string =>
  `address add ${cidr} dev ${name} noprefixroute${isIPv6(cidr) ? ' nodad' : ''}`;

const neighbour = (name: string, address: string, mac: string): string =>
  `neigh replace ${address} lladdr ${mac} dev ${name} nud permanent`;

/** In the machine's namespace. @param routerPath `/proc/<pid>/fd/<n>` of the router's namespace */
export function machineEnd({ mac, routerMac, mtu, links, routerName }: Cable, routerPath: string): string[] {
  const peer = `peer name ${routerName} address ${routerMac} mtu ${mtu} netns ${routerPath}`;
  return [
    `link add eth0 address ${mac} mtu ${mtu} type veth ${peer}`,
    'link set eth0 up',
    ...links.flatMap(({ cidr, gateway }) => [addAddress('eth0', cidr), neighbour('eth0', gateway, routerMac)]),
    // A machine may have several addresses of a family, and its first is what it sends from.
    ...links
      .filter(({ address }, i) => links.findIndex((link) => sameFamily(link.address, address)) === i)
      .map(({ address, gateway }) => `route add ${ANY(address)} via ${gateway} dev eth0 onlink`),
  ];
}

/**
 * In the router's namespace.
 * @param own addresses that this end of the cable has
 * @param behind CIDRs that are reached through the machine
 * @param source what the router itself sends to the machine from, by family
 */
export function routerEnd(cable: Cable, own: readonly string[], behind: readonly string[], source: readonly string[]) {
  const { mac, links, routerName } = cable;
  const via = (text: string): Link | undefined => links.find(({ address }) => sameFamily(address, text));
  const from = (text: string): string => {
    const address = source.find((one) => sameFamily(one, text));
    return address === undefined ? '' : ` src ${address}`;
  };
  return [
    `link set ${routerName} up`,
    ...own.map((address) => addAddress(routerName, hostCidr(address))),
    ...links.flatMap(({ address }) => [
      neighbour(routerName, address, mac),
      `route add ${hostCidr(address)} dev ${routerName}${from(address)}`,
    ]),
    ...behind.flatMap((cidr) => {
      const next = via(cidr)?.address;
      return next === undefined ? [] : [`route add ${cidr} via ${next} dev ${routerName} onlink`];
    }),
  ];
}

/** Answers unused addresses of a range with host unreachable. */
export const unreachable = (cidr: string): string => `route add unreachable ${cidr}`;

/** A route to a load-balancer address over several next hops, chosen by a hash of addresses and ports. */
export function spreadRoute(address: string, hops: readonly { readonly via: string; readonly name: string }[]): string {
  const head = `route add`;
  const to = hostCidr(address);
  if (hops.length === 0) return `${head} unreachable ${to}`;
  return `${head} ${to} ${hops.map(({ via, name }) => `nexthop via ${via} dev ${name} onlink`).join(' ')}`;
}

export const noSpreadRoute = (address: string): string => `route del ${hostCidr(address)}`;
