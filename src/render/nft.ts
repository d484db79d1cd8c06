// nft.ts - a plan as the whole document that `nft list ruleset` prints on a node in kube-proxy's nftables mode.
//
// Sets, maps, chains and rules are as pkg/proxy/nftables/proxier.go (v1.36) makes them. `nft -f` accepts the document.
import type { Family } from '../model/address.js';
import { nodePortCidrs } from '../plan/frontends.js';
import type { NodePlan, PlanServicePort } from '../plan/plan.js';
import { hostPortTable } from './hostports.js';
import { nftablesAffinitySet, nftablesEndpointChain } from './names.js';
import {
  affinityRule,
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
import { allowedSources, FAMILIES, isFamily, reachesOf, type ServiceReach } from './reach.js';

const NEW = 'ct state new jump';

const BASE_CHAINS: readonly { name: string; hook: string; rules: readonly string[] }[] = [
  {
    name: 'filter-prerouting-pre-dnat',
    hook: 'filter hook prerouting priority dstnat - 10',
    rules: ['firewall-check'],
  },
  { name: 'filter-output-pre-dnat', hook: 'filter hook output priority -110', rules: ['firewall-check'] },
  {
    name: 'filter-input',
    hook: 'filter hook input priority filter',
    rules: ['nodeport-endpoints-check', 'service-endpoints-check'],
  },
  {
    name: 'filter-forward',
    hook: 'filter hook forward priority filter',
    rules: ['service-endpoints-check', 'cluster-ips-check'],
  },
  {
    name: 'filter-output',
    hook: 'filter hook output priority filter',
    rules: ['service-endpoints-check', 'cluster-ips-check'],
  },
  { name: 'nat-prerouting', hook: 'nat hook prerouting priority dstnat', rules: ['services'] },
  { name: 'nat-output', hook: 'nat hook output priority -100', rules: ['services'] },
  { name: 'nat-postrouting', hook: 'nat hook postrouting priority srcnat', rules: ['masquerading'] },
];

// ---- blocks of text

const block = (head: string, lines: readonly string[]): string =>
  `\t${head} {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`;

const chain = (name: string, rules: readonly string[]): string => block(`chain ${name}`, rules);

/** A set or map. nft writes one element per line. */
function container(kind: 'set' | 'map', name: string, type: string, note: string, elements: readonly string[]): string {
  const lines = [`type ${type}`, `comment "${note}"`];
  if (elements.length > 0) lines.push(`elements = { ${elements.join(',\n\t\t\t     ')} }`);
  return block(`${kind} ${name}`, lines);
}

/** Seconds as nft writes them: `3h`, `1m30s`. */
function duration(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const;
  let left = seconds;
  return units
    .map(([unit, size]) => {
      const count = Math.floor(left / size);
      left -= count * size;
      return count > 0 ? `${count}${unit}` : '';
    })
    .join('');
}

// ---- maps

interface Elements {
  readonly services: string[];
  readonly nodePorts: string[];
  readonly noServices: string[];
  readonly noNodePorts: string[];
  readonly firewall: string[];
}

function collect(elements: Elements, { service, frontends, internalWorks, externalWorks }: ServiceReach): void {
  for (const frontend of frontends) {
    const isNodePort = frontend.kind === 'NodePort';
    const works = frontend.kind === 'ClusterIP' ? internalWorks : externalWorks;
    const target =
      frontend.kind === 'ClusterIP'
        ? policyChain(service, service.internalLocal ? 'local' : 'cluster')
        : externalChain(service);
    // The external chain exists as long as there are endpoints anywhere: it sends pods and the node itself to them.
    if (frontend.kind === 'ClusterIP' ? works : service.hasAnyEndpoints) {
      (isNodePort ? elements.nodePorts : elements.services).push(captureElement(service, frontend, target));
    }
    if (!works) (isNodePort ? elements.noNodePorts : elements.noServices).push(refusalElement(service, frontend));
    if (frontend.firewall) elements.firewall.push(firewallElement(service, frontend));
  }
}

function hairpins(reaches: readonly ServiceReach[]): string[] {
  const found = reaches.flatMap(({ service, reachable }) =>
    reachable
      .filter(({ local }) => local)
      .map(({ address, port }) => `${address} . ${address} . ${service.protocol.toLowerCase()} . ${port}`),
  );
  return [...new Set(found)];
}

function containers(plan: NodePlan, family: Family, reaches: readonly ServiceReach[]): string[] {
  const address = family === 'IPv6' ? 'ipv6_addr' : 'ipv4_addr';
  const services = `${address} . inet_proto . inet_service : verdict`;
  const ports = 'inet_proto . inet_service : verdict';
  const elements: Elements = { services: [], nodePorts: [], noServices: [], noNodePorts: [], firewall: [] };
  for (const reach of reaches) collect(elements, reach);
  const clusterIPs = [...new Set(reaches.map(({ service }) => service.clusterIP))];
  const open = plan.localAddresses.filter((local) => local.nodePort && isFamily(family)(local.address));
  const reject = 'vmap to drop or reject packets to';
  return [
    container(
      'set',
      'hairpin-connections',
      `${address} . ${address} . inet_proto . inet_service`,
      'service hairpin connections',
      hairpins(reaches),
    ),
    container('set', 'cluster-ips', address, 'Active ClusterIPs', clusterIPs),
    ...(nodePortCidrs(plan.node, plan.config, family)
      ? [
          container(
            'set',
            'nodeport-ips',
            address,
            'IPs that accept NodePort traffic',
            open.map((local) => local.address),
          ),
        ]
      : []),
    container('map', 'no-endpoint-services', services, `${reject} services with no endpoints`, elements.noServices),
    container(
      'map',
      'no-endpoint-nodeports',
      ports,
      `${reject} service nodeports with no endpoints`,
      elements.noNodePorts,
    ),
    container(
      'map',
      'firewall-ips',
      services,
      'destinations that are subject to LoadBalancerSourceRanges',
      elements.firewall,
    ),
    container('map', 'service-ips', services, 'ClusterIP, ExternalIP and LoadBalancer IP traffic', elements.services),
    container('map', 'service-nodeports', ports, 'NodePort traffic', elements.nodePorts),
  ];
}

// ---- chains that every node has

function commonChains(plan: NodePlan, family: Family): string[] {
  const ip = ipOf(family);
  const key = `${ip} daddr . meta l4proto . th dport vmap`;
  const notLoopback = family === 'IPv6' ? 'ip6 daddr != ::1' : 'ip daddr != 127.0.0.0/8';
  const some = nodePortCidrs(plan.node, plan.config, family) !== null;
  const toNode = some ? `${ip} daddr @nodeport-ips` : notLoopback;
  const nodePorts = 'meta l4proto . th dport vmap';
  const detector = plan.localDetector.find(isFamily(family)) ?? null;
  const mark = clusterMasquerade(family, detector, plan.config.masqueradeAll);
  const ranges = plan.serviceCIDRs.filter(isFamily(family));
  const { unknownPort, unallocated } = strayRules(family, ranges);
  return [
    ...BASE_CHAINS.map(({ name, hook, rules }) => {
      const jump = hook.startsWith('nat') ? 'jump' : NEW;
      return chain(name, [`type ${hook}; policy accept;`, ...rules.map((target) => `${jump} ${target}`)]);
    }),
    chain('nodeport-endpoints-check', [`${toNode} ${nodePorts} @no-endpoint-nodeports`]),
    chain('service-endpoints-check', [`${key} @no-endpoint-services`]),
    chain('firewall-check', [`${key} @firewall-ips`]),
    chain('services', [
      ...(mark === null ? [] : [mark]),
      `${key} @service-ips`,
      `${some ? '' : 'fib daddr type local '}${toNode} ${nodePorts} @service-nodeports`,
    ]),
    chain('masquerading', Object.values(masqueradingRules(family))),
    chain('cluster-ips-check', ranges.length > 0 ? [unknownPort, unallocated] : [unknownPort]),
    chain('reject-chain', ['comment "helper for @no-endpoint-services / @no-endpoint-nodeports"', 'reject']),
  ];
}

// ---- a Service port

function policyRules(service: PlanServicePort, list: 'cluster' | 'local'): string[] {
  const endpoints = list === 'local' ? service.localEndpoints : service.clusterEndpoints;
  if (endpoints.length === 0) return [];
  const back = service.affinitySeconds > 0 ? endpoints.map((endpoint) => affinityRule(service, endpoint)) : [];
  return [chain(policyChain(service, list), [...back, choiceRule(service, endpoints)])];
}

function serviceBlocks(reach: ServiceReach, plan: NodePlan): { sets: string[]; chains: string[] } {
  const { service, external, externalWorks, reachable, loadBalancerIPs } = reach;
  const sticky = service.affinitySeconds > 0 ? reachable : [];
  const address = service.family === 'IPv6' ? 'ipv6_addr' : 'ipv4_addr';
  const sets = sticky.map((endpoint) =>
    block(`set ${nftablesAffinitySet(service, endpoint)}`, [
      `type ${address}`,
      'size 65535',
      'flags dynamic,timeout',
      `timeout ${duration(service.affinitySeconds)}`,
    ]),
  );
  const chains = [...policyRules(service, 'cluster'), ...policyRules(service, 'local')];
  if (external && service.hasAnyEndpoints) {
    const detector = plan.localDetector.find(isFamily(service.family)) ?? null;
    const { masquerade, pods, own, rest } = externalRules(service, detector);
    const first = service.externalLocal ? [...pods, ...own] : [masquerade];
    chains.push(chain(externalChain(service), externalWorks ? [...first, rest] : first));
  }
  if (service.sourceRanges.length > 0 && loadBalancerIPs.length > 0) {
    chains.push(chain(firewallChain(service), [firewallRule(service, allowedSources(plan, service))]));
  }
  for (const one of sticky) chains.push(chain(nftablesEndpointChain(service, one), endpointRules(service, one)));
  return { sets, chains };
}

/** Table kube-proxy of one family. The plan must have been made for mode nftables. */
export function nftTable(plan: NodePlan, family: Family): string {
  const reaches = reachesOf(plan, family);
  const blocks = reaches.map((reach) => serviceBlocks(reach, plan));
  const parts = [
    ...containers(plan, family, reaches),
    ...blocks.flatMap(({ sets }) => sets),
    ...commonChains(plan, family),
    ...blocks.flatMap(({ chains }) => chains),
  ];
  return `table ${ipOf(family)} kube-proxy {\n\tcomment "rules for kube-proxy"\n${parts.join('\n')}}\n`;
}

/** The tables of both families, or only those of the given ones; with those of the CNI where pods have a hostPort. */
export const nftRuleset = (plan: NodePlan, families: readonly Family[] = FAMILIES): string =>
  [nftTable, hostPortTable].flatMap((table) => families.map((family) => table(plan, family))).join('');
