// nftables.ts - the rules and map elements of a passage in nft notation, with kube-proxy's chain names.
import type { PlanServicePort } from '../plan/plan.js';
import { nftablesAffinitySet, nftablesChain, nftablesEndpointChain } from './names.js';
import { chosenList, detectorOf, isShortCircuit, type RulePassage } from './passage.js';

/** More endpoints than these in a map are cut short in the text. */
const SHOWN_ELEMENTS = 16;

const MARK = 'meta mark set meta mark | 0x00004000';

const ipOf = (passage: RulePassage): string => (passage.destination.includes(':') ? 'ip6' : 'ip');
const tableOf = (passage: RulePassage): string => `${ipOf(passage)} kube-proxy`;
const inChain = (passage: RulePassage, chain: string, rule: string): string =>
  `chain ${tableOf(passage)} ${chain}: ${rule}`;
const inMap = (passage: RulePassage, map: string, element: string): string =>
  `map ${tableOf(passage)} ${map}: ${element}`;

const addressKey = (passage: RulePassage): string =>
  `${passage.destination} . ${passage.protocol.toLowerCase()} . ${passage.port}`;
const portKey = (passage: RulePassage): string => `${passage.protocol.toLowerCase()} . ${passage.port}`;

const policyChain = (passage: RulePassage, service: PlanServicePort): string =>
  nftablesChain(passage.list === 'local' ? 'local-' : 'service-', service);

function clusterMasquerade(passage: RulePassage): string[] {
  const ip = ipOf(passage);
  const source = passage.masquerade === 'OFF_CLUSTER' ? ` ${ip} saddr != ${detectorOf(passage)}` : '';
  if (passage.masquerade !== 'OFF_CLUSTER' && passage.masquerade !== 'MASQUERADE_ALL') return [];
  const comment =
    source === '' ? 'masquerade all clusterIP traffic' : 'masquerade clusterIP traffic from outside cluster';
  return [inChain(passage, 'services', `${ip} daddr @cluster-ips${source} ${MARK} comment "${comment}"`)];
}

function externalChain(passage: RulePassage, service: PlanServicePort): string[] {
  const chain = nftablesChain('external-', service);
  const target = policyChain(passage, service);
  const rule = (text: string): string => inChain(passage, chain, text);
  if (!service.externalLocal) return [rule(`${MARK} comment "masquerade"`), rule(`goto ${target}`)];
  if (!isShortCircuit(passage)) return [rule(`goto ${target}`)];
  if (passage.masquerade !== 'LOCAL_SOURCE') {
    const pods = `${ipOf(passage)} saddr ${detectorOf(passage)}`;
    return [rule(`${pods} goto ${target} comment "short-circuit pod traffic"`)];
  }
  return [
    rule(`fib saddr type local ${MARK} comment "masquerade local traffic"`),
    rule(`fib saddr type local goto ${target} comment "short-circuit local traffic"`),
  ];
}

function capture(passage: RulePassage, service: PlanServicePort): string[] {
  const kind = passage.frontend?.kind ?? 'ClusterIP';
  if (kind === 'ClusterIP') {
    const target = policyChain(passage, service);
    return [...clusterMasquerade(passage), inMap(passage, 'service-ips', `${addressKey(passage)} : goto ${target}`)];
  }
  const target = nftablesChain('external-', service);
  const element =
    kind === 'NodePort'
      ? inMap(passage, 'service-nodeports', `${portKey(passage)} : goto ${target}`)
      : inMap(passage, 'service-ips', `${addressKey(passage)} : goto ${target}`);
  return [element, ...externalChain(passage, service)];
}

const target = (endpoint: { address: string; port: number }): string => `${endpoint.address} . ${endpoint.port}`;

function choice(passage: RulePassage, service: PlanServicePort): string[] {
  const { endpoint } = passage;
  if (!endpoint) return [];
  const list = chosenList(passage);
  const chain = policyChain(passage, service);
  const ip = ipOf(passage);
  const protocol = passage.protocol.toLowerCase();
  const rest = list.length > SHOWN_ELEMENTS ? `, ... ${list.length - SHOWN_ELEMENTS} more` : '';
  if (service.affinitySeconds === 0) {
    const elements = list.slice(0, SHOWN_ELEMENTS).map((other, i) => `${i} : ${target(other)}`);
    const map = `numgen random mod ${list.length} map { ${elements.join(', ')}${rest} }`;
    return [inChain(passage, chain, `meta l4proto ${protocol} dnat ${ip} to ${map}`)];
  }
  // Only Services with session affinity have a chain an endpoint.
  const jumps = list.slice(0, SHOWN_ELEMENTS).map((other, i) => `${i} : goto ${nftablesEndpointChain(service, other)}`);
  const own = nftablesEndpointChain(service, endpoint);
  const set = nftablesAffinitySet(service, endpoint);
  const to = endpoint.address.includes(':')
    ? `[${endpoint.address}]:${endpoint.port}`
    : `${endpoint.address}:${endpoint.port}`;
  return [
    inChain(passage, chain, `numgen random mod ${list.length} vmap { ${jumps.join(', ')}${rest} }`),
    inChain(passage, own, `update @${set} { ${ip} saddr }`),
    inChain(passage, own, `meta l4proto ${protocol} dnat to ${to}`),
  ];
}

function masquerade(passage: RulePassage): string[] {
  if (passage.masquerade === 'KEEP' || passage.masquerade === 'PORT_CLASH') return [];
  if (passage.masquerade === 'HAIRPIN') {
    const key = `${ipOf(passage)} saddr . ${ipOf(passage)} daddr . meta l4proto . th dport`;
    return [inChain(passage, 'masquerading', `ct status dnat ${key} @hairpin-connections masquerade fully-random`)];
  }
  const rule = 'meta mark & 0x00004000 != 0x00000000 meta mark set meta mark ^ 0x00004000 masquerade fully-random';
  return [inChain(passage, 'masquerading', rule)];
}

function refusal(passage: RulePassage, service: PlanServicePort): string[] {
  const verdict = passage.outcome === 'no-local-endpoints' ? 'drop' : 'goto reject-chain';
  const comment = `comment "${service.name}"`;
  return passage.frontend?.kind === 'NodePort'
    ? [inMap(passage, 'no-endpoint-nodeports', `${portKey(passage)} ${comment} : ${verdict}`)]
    : [inMap(passage, 'no-endpoint-services', `${addressKey(passage)} ${comment} : ${verdict}`)];
}

function firewall(passage: RulePassage, service: PlanServicePort): string[] {
  const chain = nftablesChain('firewall-', service);
  return [
    inMap(passage, 'firewall-ips', `${addressKey(passage)} : goto ${chain}`),
    inChain(passage, chain, `${ipOf(passage)} saddr != { ${service.sourceRanges.join(', ')} } drop`),
  ];
}

function stray(passage: RulePassage): string[] {
  const ip = ipOf(passage);
  if (passage.outcome === 'unknown-port') {
    const comment = 'comment "Reject traffic to invalid ports of ClusterIPs"';
    return [inChain(passage, 'cluster-ips-check', `${ip} daddr @cluster-ips reject ${comment}`)];
  }
  const ranges = passage.plan.serviceCIDRs.filter((cidr) => cidr.includes(':') === (ip === 'ip6')).join(', ');
  const comment = 'comment "Drop traffic to unallocated ClusterIPs"';
  return [inChain(passage, 'cluster-ips-check', `${ip} daddr { ${ranges} } drop ${comment}`)];
}

export function renderNftables(passage: RulePassage): string[] {
  const { service } = passage;
  if (passage.outcome === 'unknown-port' || passage.outcome === 'unallocated') return stray(passage);
  if (!service) return [];
  if (passage.outcome === 'no-endpoints' || passage.outcome === 'no-local-endpoints') return refusal(passage, service);
  if (passage.outcome === 'source-range') return firewall(passage, service);
  if (passage.outcome !== 'dnat') return [];
  const allowed = passage.frontend?.firewall ? firewall(passage, service).slice(0, 1) : [];
  return [...allowed, ...capture(passage, service), ...choice(passage, service), ...masquerade(passage)];
}
