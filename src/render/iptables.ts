// iptables.ts - the rules of a passage as iptables lines, with kube-proxy's chain names.
import { contains, hostCidr, mustAddress, parseCidr } from '../model/address.js';
import type { PlanServicePort } from '../plan/plan.js';
import {
  captureRule,
  cascadeRule,
  clusterMasquerade,
  endpointRules,
  externalChain,
  externalRules,
  firewallAccept,
  firewallChain,
  firewallDrop,
  healthCheckRule,
  type IptablesRule,
  lineOf,
  MASQUERADE_RULE,
  nodePortsJump,
  policyChain,
  refusalRule,
} from './iptables-rules.js';
import { chosenList, detectorOf, isShortCircuit, type RulePassage } from './passage.js';

/** The frontend as the packet matched it. */
const metFrontend = (passage: RulePassage) => ({
  kind: passage.frontend?.kind ?? 'ClusterIP',
  address: passage.destination,
  port: passage.port,
});

/** The range that admitted the packet; the load balancer's address where the node's own allowance did. */
function acceptedSource(passage: RulePassage, service: PlanServicePort): string {
  const source = mustAddress(passage.source);
  const range = service.sourceRanges.find((text) => {
    const cidr = parseCidr(text);
    return cidr !== null && contains(cidr, source);
  });
  return range ?? hostCidr(passage.source);
}

/** The rules from the top chain to the chain of the policy. */
function capture(passage: RulePassage, service: PlanServicePort): IptablesRule[] {
  const frontend = metFrontend(passage);
  const external = externalChain(service);
  if (frontend.kind === 'ClusterIP') {
    return [captureRule(service, frontend, policyChain(service, passage.list === 'local' ? 'local' : 'cluster'))];
  }
  const rules: IptablesRule[] = [];
  if (frontend.kind === 'NodePort') {
    rules.push(
      nodePortsJump(passage.plan, service.family, passage.destination),
      captureRule(service, frontend, external),
    );
  } else if (passage.frontend?.firewall) {
    rules.push(
      captureRule(service, frontend, firewallChain(service)),
      firewallAccept(service, acceptedSource(passage, service)),
    );
  } else rules.push(captureRule(service, frontend, external));
  return [...rules, ...throughExternal(passage, service)];
}

function throughExternal(passage: RulePassage, service: PlanServicePort): IptablesRule[] {
  const rules = externalRules(service, detectorOf(passage));
  if (!service.externalLocal) return [rules.masquerade, rules.rest];
  if (!isShortCircuit(passage)) return [rules.rest];
  return passage.masquerade === 'LOCAL_SOURCE' ? rules.own : rules.pods;
}

/** Masquerading of cluster IP traffic comes first in the policy chain. */
function clusterMark(passage: RulePassage, service: PlanServicePort): IptablesRule[] {
  if (passage.masquerade === 'MASQUERADE_ALL') return [clusterMasquerade(service, '')];
  if (passage.masquerade !== 'OFF_CLUSTER') return [];
  return [clusterMasquerade(service, `! -s ${detectorOf(passage)} `)];
}

function choice(passage: RulePassage, service: PlanServicePort): IptablesRule[] {
  const { endpoint } = passage;
  if (!endpoint) return [];
  const list = chosenList(passage);
  const chain = policyChain(service, passage.list === 'local' ? 'local' : 'cluster');
  const { hairpin, rewrite } = endpointRules(service, endpoint);
  const loops = passage.masquerade === 'HAIRPIN' ? [hairpin] : [];
  return [cascadeRule(service, chain, list, list.indexOf(endpoint)), ...loops, rewrite];
}

function rulesOf(passage: RulePassage): IptablesRule[] {
  const { service } = passage;
  if (passage.outcome === 'HEALTH_CHECK') return [healthCheckRule(passage.frontend?.owner ?? '', passage.port)];
  if (!service) return [];
  if (passage.outcome === 'NO_ENDPOINTS' || passage.outcome === 'NO_LOCAL_ENDPOINTS') {
    return [refusalRule(service, metFrontend(passage))];
  }
  if (passage.outcome === 'SOURCE_RANGE') return [firewallDrop(service, passage.destination)];
  if (passage.outcome !== 'dnat') return [];
  return [
    ...capture(passage, service),
    ...clusterMark(passage, service),
    ...choice(passage, service),
    ...(passage.masquerade === 'KEEP' || passage.masquerade === 'PORT_CLASH' ? [] : [MASQUERADE_RULE]),
  ];
}

export const renderIptables = (passage: RulePassage): string[] =>
  rulesOf(passage).map((rule) => `-t ${rule.table} ${lineOf(rule)}`);
