// iptables.ts - the rules of a passage as iptables lines, with kube-proxy's chain names.
import { formatEndpoint } from '../model/address.js';
import type { PlanServicePort } from '../plan/plan.js';
import { iptablesChain, iptablesEndpointChain } from './names.js';
import { chosenList, detectorOf, hostCidr, isShortCircuit, type RulePassage } from './passage.js';

const quote = (text: string): string => `-m comment --comment "${text}"`;

/** `-p tcp -m comment --comment "…" -m tcp --dport 80` */
function portMatch(passage: RulePassage, comment: string): string {
  const protocol = passage.protocol.toLowerCase();
  return `-p ${protocol} ${quote(comment)} -m ${protocol} --dport ${passage.port}`;
}

const ADDRESS_WORDS = {
  ClusterIP: 'cluster IP',
  ExternalIP: 'external IP',
  LoadBalancer: 'loadbalancer IP',
  NodePort: '',
  HealthCheck: '',
} as const;

/** From the top chain to the chain of the policy. */
function capture(passage: RulePassage, service: PlanServicePort): string[] {
  const kind = passage.frontend?.kind ?? 'ClusterIP';
  const policyChain = iptablesChain(passage.list === 'local' ? 'KUBE-SVL-' : 'KUBE-SVC-', service);
  const external = iptablesChain('KUBE-EXT-', service);
  const at = `-d ${hostCidr(passage.destination)}`;
  const match = portMatch(passage, `${service.name} ${ADDRESS_WORDS[kind]}`.trim());
  if (kind === 'ClusterIP') return [`-t nat -A KUBE-SERVICES ${at} ${match} -j ${policyChain}`];
  const lines: string[] = [];
  if (kind === 'NodePort') {
    lines.push(
      `-t nat -A KUBE-SERVICES ${at} ${quote('kubernetes service nodeports; NOTE: this must be the last rule in this chain')} -j KUBE-NODEPORTS`,
      `-t nat -A KUBE-NODEPORTS ${match} -j ${external}`,
    );
  } else if (passage.frontend?.firewall) {
    const firewall = iptablesChain('KUBE-FW-', service);
    lines.push(
      `-t nat -A KUBE-SERVICES ${at} ${match} -j ${firewall}`,
      `-t nat -A ${firewall} -s ${service.sourceRanges.join(',')} ${quote(`${service.name} loadbalancer IP`)} -j ${external}`,
    );
  } else lines.push(`-t nat -A KUBE-SERVICES ${at} ${match} -j ${external}`);
  return [...lines, ...externalChain(passage, service, external, policyChain)];
}

function externalChain(passage: RulePassage, service: PlanServicePort, chain: string, policyChain: string): string[] {
  const rule = (rest: string): string => `-t nat -A ${chain} ${rest}`;
  const to = `${service.name} external destinations`;
  if (!service.externalLocal) {
    return [rule(`${quote(`masquerade traffic for ${to}`)} -j KUBE-MARK-MASQ`), rule(`-j ${policyChain}`)];
  }
  if (!isShortCircuit(passage)) return [rule(`-j ${policyChain}`)];
  if (passage.masquerade !== 'LOCAL_SOURCE') {
    return [rule(`-s ${detectorOf(passage)} ${quote(`pod traffic for ${to}`)} -j ${policyChain}`)];
  }
  return [
    rule(`${quote(`masquerade LOCAL traffic for ${to}`)} -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`),
    rule(`${quote(`route LOCAL traffic for ${to}`)} -m addrtype --src-type LOCAL -j ${policyChain}`),
  ];
}

/** Masquerading of cluster IP traffic stands at the head of the policy chain. */
function clusterMasquerade(passage: RulePassage, service: PlanServicePort): string[] {
  const chain = iptablesChain(passage.list === 'local' ? 'KUBE-SVL-' : 'KUBE-SVC-', service);
  const match = `-d ${hostCidr(passage.destination)} ${portMatch(passage, `${service.name} cluster IP`)}`;
  if (passage.masquerade === 'MASQUERADE_ALL') return [`-t nat -A ${chain} ${match} -j KUBE-MARK-MASQ`];
  if (passage.masquerade !== 'OFF_CLUSTER') return [];
  return [`-t nat -A ${chain} ! -s ${detectorOf(passage)} ${match} -j KUBE-MARK-MASQ`];
}

/** The cascade: endpoint number i of n is taken with probability 1/(n-i) of those that come so far. */
function choice(passage: RulePassage, service: PlanServicePort): string[] {
  const { endpoint } = passage;
  if (!endpoint) return [];
  const list = chosenList(passage);
  const chain = iptablesChain(passage.list === 'local' ? 'KUBE-SVL-' : 'KUBE-SVC-', service);
  const own = iptablesEndpointChain(service, endpoint);
  const target = formatEndpoint(endpoint.address, endpoint.port);
  const left = list.length - list.indexOf(endpoint);
  const statistic = left > 1 ? ` -m statistic --mode random --probability ${(1 / left).toFixed(10)}` : '';
  const lines = [`-t nat -A ${chain} ${quote(`${service.name} -> ${target}`)}${statistic} -j ${own}`];
  if (passage.masquerade === 'HAIRPIN') {
    lines.push(`-t nat -A ${own} -s ${hostCidr(endpoint.address)} ${quote(service.name)} -j KUBE-MARK-MASQ`);
  }
  const protocol = passage.protocol.toLowerCase();
  const recent = service.affinitySeconds > 0 ? ` -m recent --set --name ${own} --mask 255.255.255.255 --rsource` : '';
  return [
    ...lines,
    `-t nat -A ${own} -p ${protocol} ${quote(service.name)}${recent} -m ${protocol} -j DNAT --to-destination ${target}`,
  ];
}

const MASQUERADE_LINE =
  '-t nat -A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully';

/** The line of table filter that ends a packet for which no endpoint can be used. */
function refusal(passage: RulePassage, service: PlanServicePort): string[] {
  const kind = passage.frontend?.kind ?? 'ClusterIP';
  const drop = passage.outcome === 'no-local-endpoints';
  const comment = `${service.name} has no ${drop ? 'local ' : ''}endpoints`;
  const chain = kind === 'ClusterIP' ? 'KUBE-SERVICES' : 'KUBE-EXTERNAL-SERVICES';
  const at = kind === 'NodePort' ? '-m addrtype --dst-type LOCAL' : `-d ${hostCidr(passage.destination)}`;
  const target = drop
    ? 'DROP'
    : `REJECT --reject-with icmp${passage.destination.includes(':') ? '6' : ''}-port-unreachable`;
  return [`-t filter -A ${chain} ${at} ${portMatch(passage, comment)} -j ${target}`];
}

function firewallDrop(passage: RulePassage, service: PlanServicePort): string[] {
  const comment = `${service.name} traffic not accepted by ${iptablesChain('KUBE-FW-', service)}`;
  return [
    `-t filter -A KUBE-PROXY-FIREWALL -d ${hostCidr(passage.destination)} ${portMatch(passage, comment)} -j DROP`,
  ];
}

function healthCheck(passage: RulePassage): string[] {
  const comment = `${passage.frontend?.owner ?? ''} health check node port`;
  return [`-t filter -A KUBE-NODEPORTS ${portMatch(passage, comment)} -j ACCEPT`];
}

export function renderIptables(passage: RulePassage): string[] {
  const { service } = passage;
  if (passage.outcome === 'health-check') return healthCheck(passage);
  if (!service) return [];
  if (passage.outcome === 'no-endpoints' || passage.outcome === 'no-local-endpoints') return refusal(passage, service);
  if (passage.outcome === 'source-range') return firewallDrop(passage, service);
  if (passage.outcome !== 'dnat') return [];
  return [
    ...capture(passage, service),
    ...clusterMasquerade(passage, service),
    ...choice(passage, service),
    ...(passage.masquerade === 'KEEP' || passage.masquerade === 'PORT_CLASH' ? [] : [MASQUERADE_LINE]),
  ];
}
