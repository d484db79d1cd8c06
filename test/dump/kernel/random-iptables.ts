// random-iptables.ts - random rules of iptables out of every match and target that explain claims to know.
import type { Dice } from '../../support/seed.js';
import { CLIENTS, OWN, PODS, PORTS, SERVICES } from './random-packets.js';

const ADDRESSES = [...CLIENTS, ...PODS, ...SERVICES, ...OWN];
const NETWORKS = ['10.244.0.0/16', '192.168.0.0/24', '10.96.0.0/12', '203.0.113.8/30'];

const not = (dice: Dice): string => (dice.chance(30) ? '! ' : '');
const mark = (dice: Dice): string => dice.pick(['0x4000/0x4000', '0x1/0xff', '0x10', '0x0/0x4000']);
const port = (dice: Dice): string => {
  const one = dice.pick(PORTS);
  return dice.pick([`${one}`, `${one}`, `${one}:${one + 400}`, `:${one}`, `${one}:`]);
};
const ports = (dice: Dice): string => `${dice.pick(PORTS)},${dice.pick([22, 25])},${dice.pick(['8000:9000', '1:100'])}`;

type Maker = (dice: Dice) => string;

/** Matches that any chain may have. */
const MATCHES: readonly Maker[] = [
  (dice) => `${not(dice)}-s ${dice.pick([...ADDRESSES, ...NETWORKS])}`,
  (dice) => `${not(dice)}-d ${dice.pick([...ADDRESSES, ...NETWORKS])}`,
  (dice) => `${not(dice)}-p ${dice.pick(['tcp', 'udp', 'icmp', '47'])}`,
  (dice) => `-p tcp -m tcp ${not(dice)}--dport ${port(dice)}`,
  (dice) => `-p udp -m udp ${not(dice)}--dport ${port(dice)}`,
  (dice) => `-p tcp -m tcp ${not(dice)}--sport ${dice.pick(['1024:30000', '30001:'])}`,
  (dice) => `-p tcp -m tcp ${not(dice)}--syn`,
  () => '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN',
  (dice) => `-p udp -m multiport ${not(dice)}--dports ${ports(dice)}`,
  (dice) => `-p tcp -m multiport ${not(dice)}--ports ${ports(dice)}`,
  (dice) => `-p icmp -m icmp ${not(dice)}--icmp-type ${dice.pick(['8', '8/0', '0', 'echo-request'])}`,
  (dice) => `-m iprange ${not(dice)}--src-range ${dice.pick(['10.244.1.3-10.244.1.4', '192.0.0.0-203.0.113.255'])}`,
  (dice) => `-m iprange ${not(dice)}--dst-range ${dice.pick(['10.244.1.0-10.244.1.4', '10.96.0.20-172.16.5.5'])}`,
  (dice) => `-m mark ${not(dice)}--mark ${mark(dice)}`,
  (dice) => `-m addrtype ${not(dice)}--dst-type ${dice.pick(['LOCAL', 'UNICAST', 'LOCAL,BROADCAST'])}`,
  (dice) => `-m addrtype ${not(dice)}--src-type LOCAL`,
  (dice) =>
    `-m statistic --mode random ${not(dice)}--probability ${dice.pick(['0.33333333349', '0.50000000000', '0.1'])}`,
  (dice) =>
    `-m set ${not(dice)}--match-set ${dice.pick(['pairs dst,dst', 'pairs src,dst', 'nets src', 'nets dst', 'ports dst', 'triples dst,dst,src'])}`,
  (dice) => `-m pkttype ${not(dice)}--pkt-type ${dice.pick(['unicast', 'broadcast'])}`,
  () => '-m comment --comment "says \\"something\\", and -j DROP"',
];

/** Matches that ask for the connection. */
const TRACKED: readonly Maker[] = [
  (dice) =>
    `-m conntrack ${not(dice)}--ctstate ${dice.pick(['NEW', 'RELATED,ESTABLISHED', 'INVALID', 'NEW,UNTRACKED', 'DNAT', 'SNAT', 'SNAT,DNAT', 'RELATED,ESTABLISHED,DNAT'])}`,
  (dice) => `-m state --state ${dice.pick(['NEW', 'RELATED,ESTABLISHED'])}`,
  (dice) => `-m conntrack ${not(dice)}--ctorigdst ${dice.pick([...SERVICES, ...OWN, '10.96.0.0/16'])}`,
  (dice) => `-p tcp -m conntrack ${not(dice)}--ctorigdstport ${dice.pick(PORTS)}`,
  (dice) => `-m conntrack ${not(dice)}--ctstatus ${dice.pick(['SEEN_REPLY', 'CONFIRMED,ASSURED', 'EXPECTED'])}`,
  (dice) => `-m connmark ${not(dice)}--mark ${dice.pick(['0x1/0xff', '0x0', '0x10/0x10'])}`,
];

const IN: Maker = (dice) => `${not(dice)}-i ${dice.pick(['eth0', 'eth1', 'eth+', 'lo'])}`;
const OUT: Maker = (dice) => `${not(dice)}-o ${dice.pick(['eth0', 'eth1', 'eth+', 'lo'])}`;
const INTERFACES: Readonly<Record<string, readonly Maker[]>> = {
  PREROUTING: [IN],
  INPUT: [IN],
  FORWARD: [IN, OUT],
  OUTPUT: [OUT],
  POSTROUTING: [OUT],
};

const MARKS: readonly Maker[] = [
  () => 'MARK --set-xmark 0x4000/0x4000',
  () => 'MARK --set-xmark 0x4000/0x0',
  () => 'MARK --set-xmark 0x1/0xff',
  () => 'MARK --set-xmark 0x0/0xfffffffe',
];
const CONNMARKS: readonly Maker[] = [
  () => 'CONNMARK --set-xmark 0x1/0xff',
  () => 'CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff',
  () => 'CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff',
];

/** Targets of a table, without those that NAT has. */
const TARGETS: Readonly<Record<string, readonly Maker[]>> = {
  raw: [() => 'CT --notrack', () => 'ACCEPT', () => 'DROP', ...MARKS],
  mangle: [() => 'ACCEPT', () => 'DROP', ...MARKS, ...CONNMARKS, () => 'TCPMSS_OR_MARK'],
  filter: [
    () => 'ACCEPT',
    () => 'DROP',
    () => 'REJECT --reject-with icmp-port-unreachable',
    () => 'REJECT --reject-with icmp-host-prohibited',
    ...MARKS,
  ],
  nat: [() => 'ACCEPT', ...MARKS],
};

const DESTINATION: readonly Maker[] = [
  (dice) => `DNAT --to-destination ${dice.pick(PODS)}`,
  (dice) => `-p tcp -j DNAT --to-destination ${dice.pick(PODS)}:${dice.pick(PORTS)}`,
  (dice) => `-p udp -j DNAT --to-destination ${dice.pick(PODS)}:${dice.pick(PORTS)}`,
  (dice) => `-p tcp -j REDIRECT --to-ports ${dice.pick(PORTS)}`,
];
const SOURCE: readonly Maker[] = [
  (dice) => `SNAT --to-source ${dice.pick(['192.168.0.12', '10.244.1.1'])}`,
  () => 'MASQUERADE --random-fully',
  () => 'MASQUERADE',
];
const NAT: Readonly<Record<string, readonly Maker[]>> = {
  PREROUTING: DESTINATION,
  OUTPUT: DESTINATION.slice(0, 3),
  INPUT: [],
  POSTROUTING: SOURCE,
};

const TABLES: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/** A rule has at most one match of a module, and one protocol. */
function matches(dice: Dice, all: readonly Maker[]): string {
  const found: string[] = [];
  for (let i = dice.between(0, 3); i > 0; i--) {
    const next = dice.pick(all)(dice);
    const words = next.split(' ').filter((word) => /^-/.test(word) || word === 'multiport');
    const isTaken = words.some((word) => word !== '-m' && found.join(' ').split(' ').includes(word));
    const module = /-m (\S+)/.exec(next)?.[1];
    if (
      !isTaken &&
      !(module && found.join(' ').includes(`-m ${module} `)) &&
      !(next.includes('-p ') && found.join(' ').includes('-p '))
    )
      found.push(next);
  }
  return found.join(' ');
}

function ruleOf(dice: Dice, table: string, chain: string, chains: readonly string[], nat: readonly Maker[]): string {
  const all = [...MATCHES, ...TRACKED, ...(INTERFACES[chain] ?? [])];
  const said = matches(dice, all);
  const others = chains.filter((name) => name > chain);
  const pick = dice.below(10);
  if (pick < 4 && others.length > 0) return `-A ${chain} ${said} -${dice.chance(20) ? 'g' : 'j'} ${dice.pick(others)}`;
  if (pick < 5 && /^own/.test(chain)) return `-A ${chain} ${said} -j RETURN`;
  if (pick < 6) return `-A ${chain} ${said}`;
  const targets = [...(TARGETS[table] ?? []), ...nat, ...nat];
  const target = dice.pick(targets)(dice).replace('TCPMSS_OR_MARK', 'MARK --set-xmark 0x10/0xffffffff');
  const isProtocol = target.startsWith('-p ');
  return isProtocol
    ? `-A ${chain} ${said.includes('-p ') ? '-m comment --comment "all" -j ACCEPT' : `${said} ${target}`}`
    : `-A ${chain} ${said} -j ${target}`;
}

/** IP sets that the rules name, as `ipset save` prints them. */
export const IPSETS = `create pairs hash:ip,port family inet
add pairs 10.96.0.20,tcp:80
add pairs 10.96.0.21,udp:53
add pairs 192.168.0.11,tcp:30080
create nets hash:net family inet
add nets 10.244.0.0/16
add nets 10.244.1.4/32 nomatch
add nets 203.0.113.0/24
create ports bitmap:port range 0-65535
add ports 80
add ports 8080
create triples hash:ip,port,ip family inet
add triples 10.244.1.3,tcp:8080,10.244.1.3
add triples 10.244.1.4,udp:53,203.0.113.9
`;

/** A random set of rules in the form of iptables-restore. */
export function randomIptables(dice: Dice): string {
  return Object.entries(TABLES)
    .filter(() => dice.chance(80))
    .map(([table, bases]) => {
      const own = Array.from({ length: dice.between(1, 4) }, (_, i) => `own-${table}-${i}`);
      const policies = bases.map(
        (chain) => `:${chain} ${table !== 'nat' && dice.chance(10) ? 'DROP' : 'ACCEPT'} [0:0]`,
      );
      // Chains of NAT are for one hook, because their targets are.
      const hook = dice.pick(['PREROUTING', 'POSTROUTING']);
      const rules = [...bases, ...own].flatMap((chain) => {
        const nat = table === 'nat' ? (NAT[chain] ?? NAT[hook] ?? []) : [];
        const callable = table === 'nat' && bases.includes(chain) && chain !== hook ? [] : own;
        return Array.from({ length: dice.between(0, 5) }, () => ruleOf(dice, table, chain, callable, nat));
      });
      return [`*${table}`, ...policies, ...own.map((chain) => `:${chain} - [0:0]`), ...rules, 'COMMIT', ''].join('\n');
    })
    .join('');
}
