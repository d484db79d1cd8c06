// surroundings.ts - what else on a node breaks Services: settings of the kernel, old connections, rules of other programs.

import { formatEndpoint } from '../../model/address.js';
import type { NodePlan } from '../../plan/plan.js';
import { PROTOCOL } from '../../wire/headers.js';
import type { Connection, NodeDump } from '../rules/node.js';
import type { Statement, Table } from '../rules/ruleset.js';
import { type Finding, finding } from './finding.js';
import { isKubeChain, type Mode } from './modes.js';

interface Setting {
  readonly name: string;
  readonly isWrong: (value: string, all: ReadonlyMap<string, string>) => boolean;
  readonly modes: readonly Mode[];
  readonly severity: Finding['severity'];
  readonly message: string;
  readonly affects: string;
  readonly set: string;
}

const ALL: readonly Mode[] = ['iptables', 'nftables', 'ipvs'];
const is =
  (wrong: string) =>
  (value: string): boolean =>
    value.trim() === wrong;

const SETTINGS: readonly Setting[] = [
  {
    name: 'net.ipv4.ip_forward',
    isWrong: is('0'),
    modes: ALL,
    severity: 'error',
    message: 'the node forwards no IPv4 packets',
    affects: 'every packet to a Service whose endpoint is not the node itself',
    set: '1',
  },
  {
    name: 'net.ipv6.conf.all.forwarding',
    isWrong: is('0'),
    modes: ALL,
    severity: 'warning',
    message: 'the node forwards no IPv6 packets',
    affects: 'IPv6 packets to Services, if the cluster has any',
    set: '1',
  },
  {
    name: 'net.bridge.bridge-nf-call-iptables',
    isWrong: is('0'),
    modes: ['iptables', 'ipvs'],
    severity: 'error',
    message: 'packets between pods on one bridge are not shown to iptables',
    affects: 'pods whose Service chooses a pod on the same node: the answer comes from another address than they asked',
    set: '1',
  },
  {
    name: 'net.ipv4.conf.all.rp_filter',
    isWrong: is('1'),
    modes: ALL,
    severity: 'warning',
    message:
      'packets are dropped that come through another interface than the one that leads back (strict reverse path)',
    affects: 'nodes with several interfaces, and overlays of pods',
    set: '2',
  },
  {
    name: 'net.ipv4.conf.all.route_localnet',
    isWrong: is('0'),
    modes: ['iptables'],
    severity: 'warning',
    message: 'NodePorts do not answer on 127.0.0.1',
    affects: 'programs on the node itself that use a NodePort on loopback',
    set: '1',
  },
  {
    name: 'net.ipv4.vs.conntrack',
    isWrong: is('0'),
    modes: ['ipvs'],
    severity: 'error',
    message: 'IPVS keeps its packets from conntrack, so that masquerading rules do not see them',
    affects: 'clients from outside, and pods that are their own endpoint',
    set: '1',
  },
  {
    name: 'net.netfilter.nf_conntrack_count',
    isWrong: (value, all) =>
      Number(value) >= 0.95 * Number(all.get('net.netfilter.nf_conntrack_max') ?? Number.POSITIVE_INFINITY),
    modes: ALL,
    severity: 'error',
    message: 'the table of connections is full',
    affects: 'every new connection: its packets are dropped',
    set: '',
  },
  {
    name: 'net.ipv4.ip_local_port_range',
    isWrong: (value, all) =>
      Number(value.split(/\s+/)[0]) <= 32_767 && !/30000/.test(all.get('net.ipv4.ip_local_reserved_ports') ?? ''),
    modes: ALL,
    severity: 'warning',
    message: 'the node takes ports of the range of NodePorts for its own connections',
    affects: 'new NodePorts whose number is in use, and connections of the node that a NodePort takes over',
    set: '32768 60999',
  },
];

function settings({ sysctls }: NodeDump, modes: readonly Mode[]): Finding[] {
  return SETTINGS.filter(({ name, isWrong, modes: own }) => {
    const value = sysctls.get(name);
    return value !== undefined && own.some((mode) => modes.includes(mode)) && isWrong(value, sysctls);
  }).map(({ name, severity, message, affects, set }) =>
    finding({
      severity,
      kind: 'setting',
      message: `${name} = ${sysctls.get(name)?.trim()}: ${message}`,
      affects,
      remedy:
        set === '' ? 'Raise net.netfilter.nf_conntrack_max, or find who opens so many.' : `sysctl -w ${name}="${set}"`,
    }),
  );
}

// ---- connections

const wordOf = (protocol: number): string =>
  Object.entries(PROTOCOL).find(([, number]) => number === protocol)?.[0] ?? '';

/** Endpoints by frontend; NodePorts by their port alone. */
function endpointsOf(plan: NodePlan): Map<string, { name: string; endpoints: Set<string> }> {
  const found = new Map<string, { name: string; endpoints: Set<string> }>();
  for (const { address, port, protocol, service } of plan.frontends) {
    const of = plan.services[service];
    if (of)
      found.set(`${protocol} ${address}:${port}`, {
        name: of.name,
        endpoints: new Set(of.allEndpoints.map(({ name }) => name)),
      });
  }
  return found;
}

function isOver({ state }: Connection): boolean {
  return ['TIME_WAIT', 'CLOSE', 'LAST_ACK'].includes(state);
}

function connections(node: NodeDump, plan: NodePlan): Finding[] {
  const frontends = endpointsOf(plan);
  return (node.connections ?? []).flatMap((connection): Finding[] => {
    const { original, reply, protocol, place } = connection;
    const word = wordOf(protocol);
    const known =
      frontends.get(`${word} ${original.destination}:${original.destinationPort}`) ??
      frontends.get(`${word} :${original.destinationPort}`);
    const endpoint = formatEndpoint(reply.source, reply.sourcePort);
    if (!known || isOver(connection) || reply.source === original.destination || known.endpoints.has(endpoint))
      return [];
    return [
      finding({
        severity: 'warning',
        kind: 'stale-connection',
        message: `a ${word} connection to ${known.name} still goes to ${endpoint}, which is none of its endpoints`,
        affects: `${original.source} until the entry expires`,
        place,
        remedy: `conntrack -D -p ${word.toLowerCase()} --orig-dst ${original.destination} --reply-src ${reply.source}`,
      }),
    ];
  });
}

// ---- rules of others

const CONDITIONS: ReadonlySet<Statement['kind']> = new Set(['match', 'unknown match', 'chance']);

/** A masquerade that no condition keeps from packets between pods. */
function masquerades(table: Table): Finding[] {
  return [...table.chains.values()]
    .filter((chain) => chain.base?.hook === 'postrouting' && !isKubeChain(table, chain))
    .flatMap(({ rules }) => rules)
    .filter(({ statements }) => statements.some((one) => one.kind === 'nat' && one.to.kind === 'own'))
    .filter(({ statements }) => !statements.some(({ kind }) => CONDITIONS.has(kind)))
    .map((rule) =>
      finding({
        severity: 'warning',
        kind: 'wide-masquerade',
        message: 'this rule masquerades every packet that leaves',
        affects: 'every connection through the node: nobody sees who it is from',
        rule,
        remedy: 'Limit it to packets that leave the cluster: ! -d with the cluster CIDR, and -o with the interface.',
      }),
    );
}

/** Docker's published ports are looked at before NodePorts where their jump comes first. */
function docker(table: Table, plan: NodePlan | null): Finding[] {
  const ports = new Set(plan?.frontends.filter(({ kind }) => kind === 'NodePort').map(({ port }) => BigInt(port)));
  return (table.chains.get('DOCKER')?.rules ?? [])
    .filter(({ statements }) =>
      statements.some(
        (one) =>
          one.kind === 'match' &&
          one.left.kind === 'field' &&
          one.left.name === 'th dport' &&
          'elements' in one.right &&
          [...ports].some((port) => 'elements' in one.right && one.right.elements.find([port]) !== null),
      ),
    )
    .filter(({ statements }) => statements.some(({ kind }) => kind === 'nat'))
    .map((rule) =>
      finding({
        severity: 'error',
        kind: 'foreign-nat',
        message: 'Docker publishes a port that is a NodePort',
        affects: 'clients of that NodePort on this node: who of the two answers follows from the order of PREROUTING',
        rule,
        remedy: 'Publish another port, or give the Service another nodePort.',
      }),
    );
}

export function surroundingFindings(node: NodeDump, modes: readonly Mode[], plan: NodePlan | null): Finding[] {
  return [
    ...settings(node, modes),
    ...(plan ? connections(node, plan) : []),
    ...node.ruleset.tables.flatMap((table) => [...masquerades(table), ...docker(table, plan)]),
  ];
}
