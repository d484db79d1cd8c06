// iptables-save.ts - a plan as the whole document that `iptables-save` prints on a node in kube-proxy's iptables mode.
//
// Chains and rules are as pkg/proxy/iptables/proxier.go (v1.36) writes them. `iptables-restore` accepts the document.
import { contains, type Family, hostCidr, mustAddress, parseCidr } from '../model/address.js';
import { nodePortCidrs } from '../plan/frontends.js';
import type { NodePlan, PlanServicePort } from '../plan/plan.js';
import { hostPortChains } from './hostports.js';
import {
  affinityRule,
  captureRule,
  cascadeRule,
  clusterMasquerade,
  endpointRules,
  externalChain,
  externalRules,
  firewallAccept,
  firewallChain,
  firewallDrop,
  firewallEnd,
  healthCheckRule,
  type IptablesRule,
  lineOf,
  loopbackRule,
  MASQUERADE_RULE,
  nodePortsJump,
  policyChain,
  refusalRule,
} from './iptables-rules.js';
import { countMatch, INVALID_DROPPED } from './nfacct.js';
import { allowedSources, healthChecksOf, isFamily, reachesOf, type ServiceReach } from './reach.js';

/** From this many endpoints (over all Service ports), kube-proxy leaves the comments out of the endpoints' rules. */
const LARGE_CLUSTER = 1000;

const jump = (chain: string, to: string, said: string, fresh: boolean): string =>
  `-A ${chain} ${fresh ? '-m conntrack --ctstate NEW ' : ''}-m comment --comment "${said}" -j ${to}`;

const FIREWALL = ['KUBE-PROXY-FIREWALL', 'kubernetes load balancer firewall', true] as const;
const PORTALS = ['KUBE-SERVICES', 'kubernetes service portals', true] as const;
const EXTERNAL = ['KUBE-EXTERNAL-SERVICES', 'kubernetes externally-visible service portals', true] as const;

const FILTER_JUMPS = [
  '-A INPUT -j KUBE-FIREWALL',
  jump('INPUT', ...FIREWALL),
  jump('INPUT', 'KUBE-NODEPORTS', 'kubernetes health check service ports', false),
  jump('INPUT', ...EXTERNAL),
  jump('FORWARD', ...FIREWALL),
  jump('FORWARD', 'KUBE-FORWARD', 'kubernetes forwarding rules', false),
  jump('FORWARD', ...PORTALS),
  jump('FORWARD', ...EXTERNAL),
  '-A OUTPUT -j KUBE-FIREWALL',
  jump('OUTPUT', ...FIREWALL),
  jump('OUTPUT', ...PORTALS),
];

const NAT_JUMPS = [
  jump('PREROUTING', 'KUBE-SERVICES', 'kubernetes service portals', false),
  jump('OUTPUT', 'KUBE-SERVICES', 'kubernetes service portals', false),
  jump('POSTROUTING', 'KUBE-POSTROUTING', 'kubernetes postrouting rules', false),
];

const forwardRules = (counters: boolean): IptablesRule[] =>
  [
    `-m conntrack --ctstate INVALID ${counters ? countMatch(INVALID_DROPPED) : ''}-j DROP`,
    '-m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT',
    '-m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  ].map((text) => ({ table: 'filter', chain: 'KUBE-FORWARD', text }));

const MARK_RULES: readonly IptablesRule[] = [
  { table: 'nat', chain: 'KUBE-MARK-MASQ', text: '-j MARK --set-xmark 0x4000/0x4000' },
  { table: 'nat', chain: 'KUBE-POSTROUTING', text: '-m mark ! --mark 0x4000/0x4000 -j RETURN' },
  { table: 'nat', chain: 'KUBE-POSTROUTING', text: '-j MARK --set-xmark 0x4000/0x0' },
  MASQUERADE_RULE,
];

const LOCALNET_RULE: IptablesRule = {
  table: 'filter',
  chain: 'KUBE-FIREWALL',
  text: '! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
};

// ---- a Service port

/** @param loopback count connections to NodePorts on a loopback address */
function captures(reach: ServiceReach, loopback: boolean): IptablesRule[] {
  const { service, frontends, loadBalancerIPs, internalWorks, externalWorks } = reach;
  const firewall = service.sourceRanges.length > 0 && loadBalancerIPs.length > 0;
  const rules: IptablesRule[] = [];
  for (const frontend of frontends) {
    if (frontend.kind === 'ClusterIP') {
      const chain = policyChain(service, service.internalLocal ? 'local' : 'cluster');
      rules.push(internalWorks ? captureRule(service, frontend, chain) : refusalRule(service, frontend));
      continue;
    }
    const guarded = firewall && frontend.kind === 'LoadBalancer';
    if (service.hasAnyEndpoints) {
      if (loopback && frontend.kind === 'NodePort') rules.push(loopbackRule(service, frontend.port));
      rules.push(captureRule(service, frontend, guarded ? firewallChain(service) : externalChain(service)));
      if (guarded) rules.push(firewallDrop(service, frontend.address));
    }
    if (!externalWorks) rules.push(refusalRule(service, frontend));
  }
  return rules;
}

function externalChainRules(reach: ServiceReach, detector: string | null): IptablesRule[] {
  const { service, external, externalWorks } = reach;
  if (!external || !service.hasAnyEndpoints) return [];
  const { masquerade, pods, own, rest } = externalRules(service, detector);
  return [...(service.externalLocal ? [...pods, ...own] : [masquerade]), ...(externalWorks ? [rest] : [])];
}

function firewallChainRules({ service, loadBalancerIPs }: ServiceReach, plan: NodePlan): IptablesRule[] {
  if (!service.hasAnyEndpoints || service.sourceRanges.length === 0 || loadBalancerIPs.length === 0) return [];
  const sources = allowedSources(plan, service).map((text) => (text.includes('/') ? text : hostCidr(text)));
  return [...sources.map((source) => firewallAccept(service, source)), firewallEnd(service)];
}

function policyChainRules(service: PlanServicePort, list: 'cluster' | 'local', said: boolean): IptablesRule[] {
  const endpoints = list === 'local' ? service.localEndpoints : service.clusterEndpoints;
  const chain = policyChain(service, list);
  return [
    ...(service.affinitySeconds > 0 ? endpoints.map((one) => affinityRule(service, chain, one, said)) : []),
    ...endpoints.map((_, i) => cascadeRule(service, chain, endpoints, i, said)),
  ];
}

/** What all Service ports of a family share. */
interface Manner {
  readonly plan: NodePlan;
  readonly detector: string | null;
  /** The rules of endpoints have comments. */
  readonly said: boolean;
  /** Connections to NodePorts on a loopback address are counted. */
  readonly loopback: boolean;
}

function serviceRules(reach: ServiceReach, { plan, detector, said, loopback }: Manner): IptablesRule[] {
  const { service, internalWorks, reachable } = reach;
  const all = plan.config.masqueradeAll;
  const marks = internalWorks && (all || detector !== null);
  return [
    ...captures(reach, loopback),
    ...(marks ? [clusterMasquerade(service, all ? '' : `! -s ${detector} `)] : []),
    ...externalChainRules(reach, detector),
    ...firewallChainRules(reach, plan),
    ...policyChainRules(service, 'cluster', said),
    ...policyChainRules(service, 'local', said),
    ...reachable.flatMap((endpoint) => Object.values(endpointRules(service, endpoint, said))),
  ];
}

// ---- the document

/** The jump to the NodePorts: after everything else, once, or once per address. */
function nodePortJumps(plan: NodePlan, family: Family): IptablesRule[] {
  if (!nodePortCidrs(plan.node, plan.config, family)) return [nodePortsJump(plan, family, '')];
  return plan.localAddresses
    .filter(({ address, nodePort }) => nodePort && isFamily(family)(address))
    .map(({ address }) => nodePortsJump(plan, family, address));
}

/** Loopback NodePorts work if the flag says so and --nodeport-addresses does not exclude the loopback. */
function guardsLoopback(plan: NodePlan, family: Family): boolean {
  if (family === 'IPv6' || !plan.config.localhostNodePorts) return false;
  const cidrs = nodePortCidrs(plan.node, plan.config, family);
  const loopback = mustAddress('127.0.0.1');
  return cidrs === null || cidrs.map(parseCidr).some((cidr) => cidr !== null && contains(cidr, loopback));
}

function table(name: string, builtin: readonly string[], own: Iterable<string>, rules: readonly string[]): string {
  const chains = [...new Set(own)].sort();
  return [
    `*${name}`,
    ...builtin.map((chain) => `:${chain} ACCEPT [0:0]`),
    ...chains.map((chain) => `:${chain} - [0:0]`),
    ...rules,
    'COMMIT\n',
  ].join('\n');
}

/** Grouped by chain, with chains sorted by name as the kernel lists them. */
function grouped(rules: readonly IptablesRule[]): string[] {
  const byChain = new Map<string, IptablesRule[]>();
  for (const rule of rules) {
    const list = byChain.get(rule.chain);
    if (list) list.push(rule);
    else byChain.set(rule.chain, [rule]);
  }
  return [...byChain].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, list]) => list.map(lineOf));
}

const FILTER_CHAINS = [
  ...['KUBE-EXTERNAL-SERVICES', 'KUBE-FIREWALL', 'KUBE-FORWARD', 'KUBE-NODEPORTS', 'KUBE-PROXY-CANARY'],
  ...['KUBE-PROXY-FIREWALL', 'KUBE-SERVICES'],
];
const NAT_CHAINS = ['KUBE-MARK-MASQ', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-PROXY-CANARY', 'KUBE-SERVICES'];

/**
 * Tables mangle, filter and nat of one family, with the CNI's chains for hostPorts. The plan must have been made for mode
 * iptables.
 * @param counters include kube-proxy's counters, as in its own document; without them any kernel accepts it (nfacct.ts)
 */
export function iptablesSave(plan: NodePlan, family: Family, counters = false): string {
  const reaches = reachesOf(plan, family);
  const said = reaches.reduce((sum, { service }) => sum + service.allEndpoints.length, 0) <= LARGE_CLUSTER;
  const detector = plan.localDetector.find(isFamily(family)) ?? null;
  const loopback = guardsLoopback(plan, family);
  const rules = [
    ...MARK_RULES,
    ...reaches.flatMap((reach) => serviceRules(reach, { plan, detector, said, loopback: counters && loopback })),
    ...healthChecksOf(plan, family).map(({ service, port }) => healthCheckRule(service.name, port)),
    ...nodePortJumps(plan, family),
    ...(loopback ? [LOCALNET_RULE] : []),
    ...forwardRules(counters),
  ];
  const hostPorts = hostPortChains(plan, family);
  const nat = [...rules.filter((rule) => rule.table === 'nat'), ...hostPorts.own];
  const filter = rules.filter((rule) => rule.table === 'filter');
  const everywhere = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
  return [
    table('mangle', everywhere, ['KUBE-PROXY-CANARY'], []),
    table('filter', ['INPUT', 'FORWARD', 'OUTPUT'], FILTER_CHAINS, [...FILTER_JUMPS, ...grouped(filter)]),
    table(
      'nat',
      ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
      [...NAT_CHAINS, ...nat.map((rule) => rule.chain)],
      [...hostPorts.before.map(lineOf), ...NAT_JUMPS, ...hostPorts.after.map(lineOf), ...grouped(nat)],
    ),
  ].join('');
}
