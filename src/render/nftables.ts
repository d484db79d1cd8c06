// nftables.ts - the rules and map elements of a passage in nft notation, with kube-proxy's chain names.
import { familyOf } from '../model/address.js';
import type { PlanServicePort } from '../plan/plan.js';
import { nftablesEndpointChain } from './names.js';
import {
  captureElement,
  choiceRule,
  clusterMasquerade,
  endpointRules,
  externalChain,
  externalRules,
  firewallChain,
  firewallElement,
  firewallRule,
  ipOf,
  masqueradingRules,
  policyChain,
  refusalElement,
  strayRules,
} from './nftables-rules.js';
import { chosenList, detectorOf, isShortCircuit, type RulePassage } from './passage.js';
import { allowedSources } from './reach.js';

/** Maps with more endpoints than this are abbreviated in the text. */
const SHOWN_ELEMENTS = 16;

const tableOf = (passage: RulePassage): string => `${ipOf(familyOf(passage.destination))} kube-proxy`;
const inChain = (passage: RulePassage, chain: string, rule: string): string =>
  `chain ${tableOf(passage)} ${chain}: ${rule}`;
const inMap = (passage: RulePassage, map: string, element: string): string =>
  `map ${tableOf(passage)} ${map}: ${element}`;

/** The frontend as the packet matched it. */
const metFrontend = (passage: RulePassage) => ({
  kind: passage.frontend?.kind ?? 'ClusterIP',
  address: passage.destination,
  port: passage.port,
});

const chainOf = (passage: RulePassage, service: PlanServicePort): string =>
  policyChain(service, passage.list === 'local' ? 'local' : 'cluster');

function clusterMark(passage: RulePassage): string[] {
  if (passage.masquerade !== 'OFF_CLUSTER' && passage.masquerade !== 'MASQUERADE_ALL') return [];
  const all = passage.masquerade === 'MASQUERADE_ALL';
  const rule = clusterMasquerade(familyOf(passage.destination), detectorOf(passage), all);
  return rule === null ? [] : [inChain(passage, 'services', rule)];
}

function throughExternal(passage: RulePassage, service: PlanServicePort): string[] {
  const rules = externalRules(service, detectorOf(passage));
  const met = !service.externalLocal
    ? [rules.masquerade, rules.rest]
    : !isShortCircuit(passage)
      ? [rules.rest]
      : passage.masquerade === 'LOCAL_SOURCE'
        ? rules.own
        : rules.pods;
  return met.map((rule) => inChain(passage, externalChain(service), rule));
}

function capture(passage: RulePassage, service: PlanServicePort): string[] {
  const frontend = metFrontend(passage);
  if (frontend.kind === 'ClusterIP') {
    const element = captureElement(service, frontend, chainOf(passage, service));
    return [...clusterMark(passage), inMap(passage, 'service-ips', element)];
  }
  const map = frontend.kind === 'NodePort' ? 'service-nodeports' : 'service-ips';
  const element = captureElement(service, frontend, externalChain(service));
  return [inMap(passage, map, element), ...throughExternal(passage, service)];
}

function choice(passage: RulePassage, service: PlanServicePort): string[] {
  const { endpoint } = passage;
  if (!endpoint) return [];
  const list = chosenList(passage);
  const choose = inChain(passage, chainOf(passage, service), choiceRule(service, list, list.slice(0, SHOWN_ELEMENTS)));
  if (service.affinitySeconds === 0) return [choose];
  const own = nftablesEndpointChain(service, endpoint);
  return [choose, ...endpointRules(service, endpoint).map((rule) => inChain(passage, own, rule))];
}

function masquerade(passage: RulePassage): string[] {
  if (passage.masquerade === 'KEEP' || passage.masquerade === 'PORT_CLASH') return [];
  const { marked, hairpin } = masqueradingRules(familyOf(passage.destination));
  return [inChain(passage, 'masquerading', passage.masquerade === 'HAIRPIN' ? hairpin : marked)];
}

function refusal(passage: RulePassage, service: PlanServicePort): string[] {
  const map = passage.frontend?.kind === 'NodePort' ? 'no-endpoint-nodeports' : 'no-endpoint-services';
  return [inMap(passage, map, refusalElement(service, metFrontend(passage)))];
}

const firewall = (passage: RulePassage, service: PlanServicePort): string[] => [
  inMap(passage, 'firewall-ips', firewallElement(service, metFrontend(passage))),
  inChain(passage, firewallChain(service), firewallRule(service, allowedSources(passage.plan, service))),
];

function stray(passage: RulePassage): string[] {
  const family = familyOf(passage.destination);
  const ranges = passage.plan.serviceCIDRs.filter((cidr) => familyOf(cidr) === family);
  const { unknownPort, unallocated } = strayRules(family, ranges);
  return [
    inChain(passage, 'cluster-ips-check', passage.outcome === 'UNKNOWN_SERVICE_PORT' ? unknownPort : unallocated),
  ];
}

export function renderNftables(passage: RulePassage): string[] {
  const { service } = passage;
  if (passage.outcome === 'UNKNOWN_SERVICE_PORT' || passage.outcome === 'UNALLOCATED_SERVICE_ADDRESS')
    return stray(passage);
  if (!service) return [];
  if (passage.outcome === 'NO_ENDPOINTS' || passage.outcome === 'NO_LOCAL_ENDPOINTS') return refusal(passage, service);
  if (passage.outcome === 'SOURCE_RANGE') return firewall(passage, service);
  if (passage.outcome !== 'dnat') return [];
  const allowed = passage.frontend?.firewall ? firewall(passage, service).slice(0, 1) : [];
  return [...allowed, ...capture(passage, service), ...choice(passage, service), ...masquerade(passage)];
}
