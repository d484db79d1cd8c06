// nftables-rules.ts - every rule and map element of a Service port in nftables mode, as nft lists it.
//
// Source of names, comments and order: pkg/proxy/nftables/proxier.go (v1.36).
import { contains, type Family, hostCidr, parseCidr, toBigInt } from '../model/address.js';
import type { PlanEndpoint, PlanFrontendKind, PlanServicePort } from '../plan/plan.js';
import { nftablesAffinitySet, nftablesChain, nftablesEndpointChain } from './names.js';

export const ipOf = (family: Family): string => (family === 'IPv6' ? 'ip6' : 'ip');

const MARK = 'meta mark set meta mark | 0x00004000';

/** The chain of one policy: local- for Local, service- for Cluster. */
export const policyChain = (service: PlanServicePort, list: 'cluster' | 'local'): string =>
  nftablesChain(list === 'local' ? 'local-' : 'service-', service);

export const externalChain = (service: PlanServicePort): string => nftablesChain('external-', service);
export const firewallChain = (service: PlanServicePort): string => nftablesChain('firewall-', service);

/** nft lists a set of one element without its braces. */
const setOf = (elements: readonly string[]): string =>
  elements.length === 1 ? `${elements[0]}` : `{ ${elements.join(', ')} }`;

interface FrontendKey {
  readonly kind: PlanFrontendKind;
  readonly address: string;
  readonly port: number;
}

/** `10.96.0.1 . tcp . 443`; for a NodePort `tcp . 30080`. */
function keyOf({ protocol }: PlanServicePort, { kind, address, port }: FrontendKey): string {
  const key = `${protocol.toLowerCase()} . ${port}`;
  return kind === 'NodePort' ? key : `${address} . ${key}`;
}

/** Element of service-ips or service-nodeports. */
export const captureElement = (service: PlanServicePort, frontend: FrontendKey, chain: string): string =>
  `${keyOf(service, frontend)} : goto ${chain}`;

/** Element of no-endpoint-services or no-endpoint-nodeports. */
export const refusalElement = (service: PlanServicePort, frontend: FrontendKey): string =>
  `${keyOf(service, frontend)} comment "${service.name}" : ${service.hasAnyEndpoints ? 'drop' : 'goto reject-chain'}`;

/** Element of firewall-ips. */
export const firewallElement = (service: PlanServicePort, frontend: FrontendKey): string =>
  captureElement(service, frontend, firewallChain(service));

/** Ranges as nft lists them in a set: sorted by address, without those contained in another. */
function listed(texts: readonly string[]): string[] {
  const ranges = [...new Set(texts)].flatMap((text) => {
    const cidr = parseCidr(text.includes('/') ? text : hostCidr(text));
    return cidr ? [{ text, cidr, start: toBigInt(cidr.address) }] : [];
  });
  const inside = ranges.filter(({ cidr }) =>
    ranges.every(
      (other) => other.cidr === cidr || other.cidr.length > cidr.length || !contains(other.cidr, cidr.address),
    ),
  );
  return inside.sort((a, b) => (a.start < b.start ? -1 : 1)).map(({ text }) => text);
}

/** The only rule of a firewall chain. */
export const firewallRule = (service: PlanServicePort, sources: readonly string[]): string =>
  `${ipOf(service.family)} saddr != ${setOf(listed(sources))} drop`;

/** Masquerading of cluster IP traffic, in chain services. A null detector with `all` means everybody's traffic. */
export function clusterMasquerade(family: Family, detector: string | null, all: boolean): string | null {
  const ip = ipOf(family);
  if (all) return `${ip} daddr @cluster-ips ${MARK} comment "masquerade all clusterIP traffic"`;
  if (detector === null) return null;
  const source = `${ip} saddr != ${detector}`;
  return `${ip} daddr @cluster-ips ${source} ${MARK} comment "masquerade clusterIP traffic from outside cluster"`;
}

/** The rules of an external chain, by purpose. */
export function externalRules(service: PlanServicePort, detector: string | null) {
  const cluster = policyChain(service, 'cluster');
  const pods = `${ipOf(service.family)} saddr ${detector} goto ${cluster} comment "short-circuit pod traffic"`;
  return {
    masquerade: `${MARK} comment "masquerade"`,
    pods: detector === null ? [] : [pods],
    own: [
      `fib saddr type local ${MARK} comment "masquerade local traffic"`,
      `fib saddr type local goto ${cluster} comment "short-circuit local traffic"`,
    ],
    rest: `goto ${policyChain(service, service.externalLocal ? 'local' : 'cluster')}`,
  };
}

/** Sends a client back to its previous endpoint. */
export const affinityRule = (service: PlanServicePort, endpoint: PlanEndpoint): string =>
  `${ipOf(service.family)} saddr @${nftablesAffinitySet(service, endpoint)} goto ${nftablesEndpointChain(service, endpoint)}`;

/** The rule that chooses. Only Services with session affinity have a chain per endpoint. `rest`: what was left out. */
export function choiceRule(
  service: PlanServicePort,
  list: readonly PlanEndpoint[],
  shown: readonly PlanEndpoint[] = list,
): string {
  const rest = list.length > shown.length ? `, ... ${list.length - shown.length} more` : '';
  const draw = `numgen random mod ${list.length}`;
  if (service.affinitySeconds > 0) {
    const jumps = shown.map((one, i) => `${i} : goto ${nftablesEndpointChain(service, one)}`);
    return `${draw} vmap { ${jumps.join(', ')}${rest} }`;
  }
  const targets = shown.map((one, i) => `${i} : ${one.address} . ${one.port}`);
  const rewrite = `meta l4proto ${service.protocol.toLowerCase()} dnat ${ipOf(service.family)} to`;
  return `${rewrite} ${draw} map { ${targets.join(', ')}${rest} }`;
}

/** The rules of an endpoint chain: remember the client, rewrite. */
export const endpointRules = (service: PlanServicePort, endpoint: PlanEndpoint): readonly [string, string] => [
  `update @${nftablesAffinitySet(service, endpoint)} { ${ipOf(service.family)} saddr }`,
  `meta l4proto ${service.protocol.toLowerCase()} dnat to ${endpoint.name}`,
];

/** Chain masquerading. */
export const masqueradingRules = (family: Family): { readonly marked: string; readonly hairpin: string } => {
  const ip = ipOf(family);
  const key = `${ip} saddr . ${ip} daddr . meta l4proto . th dport`;
  return {
    marked: 'meta mark & 0x00004000 != 0x00000000 meta mark set meta mark ^ 0x00004000 masquerade fully-random',
    hairpin: `ct status dnat ${key} @hairpin-connections masquerade fully-random`,
  };
};

/** Chain cluster-ips-check. */
export const strayRules = (family: Family, ranges: readonly string[]) => ({
  unknownPort: `${ipOf(family)} daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"`,
  unallocated: `${ipOf(family)} daddr ${setOf(ranges)} drop comment "Drop traffic to unallocated ClusterIPs"`,
});
