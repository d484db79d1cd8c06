// ipvs-rules.ts - the iptables rules around IPVS, which use IP sets to mark what is masqueraded, and to filter.
//
// Source: writeIptablesRules in pkg/proxy/ipvs/proxier.go (v1.36).
import type { Family } from '../model/address.js';
import type { NodePlan } from '../plan/plan.js';
import type { IpvsTable } from './ipvs-table.js';
import { isFamily } from './reach.js';

/** IPv6 set names have their own prefix. */
const setName = (name: string, family: Family): string => (family === 'IPv6' ? name.replace('KUBE-', 'KUBE-6-') : name);

const NODE_PORT = (protocol: string): string => `Kubernetes nodeport ${protocol} port`;
const REPORTS: Readonly<Record<string, string>> = {
  'KUBE-LOOP-BACK': 'Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose',
  'KUBE-LOAD-BALANCER': 'Kubernetes service lb portal',
  'KUBE-LOAD-BALANCER-LOCAL': 'Kubernetes service load balancer ip + port with externalTrafficPolicy=local',
  'KUBE-NODE-PORT-LOCAL-TCP': `${NODE_PORT('TCP')} with externalTrafficPolicy=local`,
  'KUBE-NODE-PORT-TCP': `${NODE_PORT('TCP')} for masquerade purpose`,
  'KUBE-NODE-PORT-LOCAL-UDP': `${NODE_PORT('UDP')} with externalTrafficPolicy=local`,
  'KUBE-NODE-PORT-UDP': `${NODE_PORT('UDP')} for masquerade purpose`,
  'KUBE-NODE-PORT-LOCAL-SCTP-HASH':
    "Kubernetes nodeport SCTP port with externalTrafficPolicy=local with type 'hash ip:port'",
  'KUBE-NODE-PORT-SCTP-HASH': "Kubernetes nodeport SCTP port for masquerade purpose with type 'hash ip:port'",
  'KUBE-LOAD-BALANCER-FW': 'Kubernetes service load balancer ip + port for load balancer with sourceRange',
  'KUBE-LOAD-BALANCER-SOURCE-CIDR':
    'Kubernetes service load balancer ip + port + source cidr for packet filter purpose',
  'KUBE-LOAD-BALANCER-SOURCE-IP': 'Kubernetes service load balancer ip + port + source IP for packet filter purpose',
  'KUBE-CLUSTER-IP': 'Kubernetes service cluster ip + port for masquerade purpose',
  'KUBE-EXTERNAL-IP': 'Kubernetes service external ip + port for masquerade and filter purpose',
  'KUBE-EXTERNAL-IP-LOCAL': 'Kubernetes service external ip + port with externalTrafficPolicy=local',
  'KUBE-HEALTH-CHECK-NODE-PORT': 'Kubernetes health check node port',
};

/** What happens to packets that match a set, in the order of the rules. The set must not be empty. */
const BY_SET: readonly { set: string; chain: string; match: string; target: string; protocol?: string }[] = [
  { set: 'KUBE-LOOP-BACK', chain: 'KUBE-POSTROUTING', match: 'dst,dst,src', target: 'MASQUERADE' },
  { set: 'KUBE-LOAD-BALANCER', chain: 'KUBE-SERVICES', match: 'dst,dst', target: 'KUBE-LOAD-BALANCER' },
  { set: 'KUBE-LOAD-BALANCER-LOCAL', chain: 'KUBE-LOAD-BALANCER', match: 'dst,dst', target: 'RETURN' },
  ...['TCP', 'UDP', 'SCTP-HASH'].flatMap((tail) => {
    const protocol = tail.slice(0, tail === 'SCTP-HASH' ? 4 : 3).toLowerCase();
    const common = { chain: 'KUBE-NODE-PORT', match: protocol === 'sctp' ? 'dst,dst' : 'dst', protocol };
    return [
      { set: `KUBE-NODE-PORT-LOCAL-${tail}`, target: 'RETURN', ...common },
      { set: `KUBE-NODE-PORT-${tail}`, target: 'KUBE-MARK-MASQ', ...common },
    ];
  }),
];

const FILTER_BY_SET: typeof BY_SET = [
  {
    set: 'KUBE-LOAD-BALANCER-FW',
    chain: 'KUBE-PROXY-FIREWALL',
    match: 'dst,dst',
    target: 'KUBE-SOURCE-RANGES-FIREWALL',
  },
  {
    set: 'KUBE-LOAD-BALANCER-SOURCE-CIDR',
    chain: 'KUBE-SOURCE-RANGES-FIREWALL',
    match: 'dst,dst,src',
    target: 'RETURN',
  },
  { set: 'KUBE-LOAD-BALANCER-SOURCE-IP', chain: 'KUBE-SOURCE-RANGES-FIREWALL', match: 'dst,dst,src', target: 'RETURN' },
];

/** `-m comment --comment "…" -m set --match-set SET dst,dst` */
const setMatch = (set: string, match: string, family: Family): string =>
  `-m comment --comment "${REPORTS[set]}" -m set --match-set ${setName(set, family)} ${match}`;

/** Masquerading of cluster IP traffic. */
export function clusterMark(plan: NodePlan, family: Family): string {
  const detector = plan.localDetector.find(isFamily(family));
  const rule = (source: string, match: string): string =>
    `-A KUBE-SERVICES ${source}${setMatch('KUBE-CLUSTER-IP', match, family)} -j KUBE-MARK-MASQ`;
  if (plan.config.masqueradeAll) return rule('', 'dst,dst');
  // Without a detector, only traffic that the node sends from a virtual address is masqueraded.
  return detector === undefined ? rule('', 'src,dst') : rule(`! -s ${detector} `, 'dst,dst');
}

/** Masquerading of traffic to external IPs. */
export const externalMark = (family: Family): string =>
  `-A KUBE-SERVICES ${setMatch('KUBE-EXTERNAL-IP', 'dst,dst', family)} -j KUBE-MARK-MASQ`;

export const LOAD_BALANCER_MARK = '-A KUBE-LOAD-BALANCER -j KUBE-MARK-MASQ';
export const SOURCE_RANGES_DROP = '-A KUBE-SOURCE-RANGES-FIREWALL -j DROP';

export const healthAccept = (family: Family): string =>
  `-A KUBE-NODE-PORT ${setMatch('KUBE-HEALTH-CHECK-NODE-PORT', 'dst', family)} -j ACCEPT`;

/** Ends packets to ports of a virtual address that no Service has. */
export function strayReject(family: Family): string {
  const answer = `icmp${family === 'IPv6' ? '6' : ''}-port-unreachable`;
  const match = `-m conntrack --ctstate NEW -m set --match-set ${setName('KUBE-IPVS-IPS', family)} dst`;
  return `-A KUBE-IPVS-FILTER ${match} -j REJECT --reject-with ${answer}`;
}

/** The rule of a set, for sets that have one. */
export function setRule(set: string, family: Family): string {
  const known = [...BY_SET, ...FILTER_BY_SET].find((one) => one.set === set);
  if (!known) throw new Error(`no rule matches set ${set}`);
  const word = known.protocol === undefined ? '' : `-p ${known.protocol} `;
  return `-A ${known.chain} ${word}${setMatch(set, known.match, family)} -j ${known.target}`;
}

function externalAccepts(set: string, family: Family): string[] {
  const rule = `-A KUBE-SERVICES ${setMatch(set, 'dst,dst', family)}`;
  return [
    `${rule} -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT`,
    `${rule} -m addrtype --dst-type LOCAL -j ACCEPT`,
  ];
}

function natRules(plan: NodePlan, table: IpvsTable, family: Family): string[] {
  const has = (set: string): boolean => table.ipsets.has(set);
  const accept = (set: string): string[] =>
    has(set) ? [`-A KUBE-SERVICES -m set --match-set ${setName(set, family)} dst,dst -j ACCEPT`] : [];
  return [
    `-A KUBE-SERVICES -s ${family === 'IPv6' ? '::1/128' : '127.0.0.0/8'} -j RETURN`,
    ...bySet(BY_SET, table, family),
    ...(has('KUBE-CLUSTER-IP') ? [clusterMark(plan, family)] : []),
    ...(has('KUBE-EXTERNAL-IP') ? [externalMark(family), ...externalAccepts('KUBE-EXTERNAL-IP', family)] : []),
    ...(has('KUBE-EXTERNAL-IP-LOCAL') ? externalAccepts('KUBE-EXTERNAL-IP-LOCAL', family) : []),
    '-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT',
    LOAD_BALANCER_MARK,
    ...accept('KUBE-CLUSTER-IP'),
    ...accept('KUBE-LOAD-BALANCER'),
    '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
    '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
    '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
  ];
}

const bySet = (list: typeof BY_SET, table: IpvsTable, family: Family): string[] =>
  list.filter(({ set }) => table.ipsets.has(set)).map(({ set }) => setRule(set, family));

function filterRules(table: IpvsTable, family: Family): string[] {
  const health = setName('KUBE-HEALTH-CHECK-NODE-PORT', family);
  const spared = ['KUBE-LOAD-BALANCER', 'KUBE-CLUSTER-IP', 'KUBE-EXTERNAL-IP', 'KUBE-EXTERNAL-IP-LOCAL'];
  const forwarding = 'kubernetes forwarding';
  return [
    ...bySet(FILTER_BY_SET, table, family),
    SOURCE_RANGES_DROP,
    ...table.closedToNode.map(({ address, port, protocol }) => {
      const server = `--vaddr ${address} --vproto ${protocol.toLowerCase()} --vport ${port}`;
      return `-A KUBE-IPVS-OUT-FILTER -s ${address} -m ipvs ${server} -j DROP`;
    }),
    `-A KUBE-FORWARD -m comment --comment "${forwarding} rules" -m mark --mark 0x4000/0x4000 -j ACCEPT`,
    `-A KUBE-FORWARD -m comment --comment "${forwarding} conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    healthAccept(family),
    ...spared.map((set) => `-A KUBE-IPVS-FILTER -m set --match-set ${setName(set, family)} dst,dst -j RETURN`),
    `-A KUBE-IPVS-FILTER -m set --match-set ${health} dst -j RETURN`,
    strayReject(family),
  ];
}

/** Tables nat and filter of one family, as lines of `iptables -A`. */
export function ipvsRules(plan: NodePlan, table: IpvsTable, family: Family): { nat: string[]; filter: string[] } {
  return { nat: natRules(plan, table, family), filter: filterRules(table, family) };
}
