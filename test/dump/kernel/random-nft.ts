// random-nft.ts - random rulesets of nft: base chains at many priorities, sets, maps, verdict maps, draws, marks, NAT.
import type { Dice } from '../../support/seed.js';
import { CLIENTS, OWN, PODS, PORTS, SERVICES } from './random-packets.js';

const ADDRESSES = [...CLIENTS, ...PODS, ...SERVICES, ...OWN];
const NETWORKS = ['10.244.0.0/16', '192.168.0.0/24', '10.96.0.0-10.96.255.255'];

type Maker = (dice: Dice) => string;

const not = (dice: Dice): string => (dice.chance(30) ? '!= ' : '');
const address = (dice: Dice): string => dice.pick([...ADDRESSES, ...NETWORKS]);
const list = (dice: Dice, make: Maker): string =>
  `{ ${[...new Set(Array.from({ length: dice.between(1, 3) }, () => make(dice)))].join(', ')} }`;
const single = (dice: Dice): string => dice.pick(ADDRESSES);
const port = (dice: Dice): string => `${dice.pick(PORTS)}`;

/** Sets and maps that rules name. */
const SETS = `	set addresses {
		type ipv4_addr
		elements = { 10.96.0.20, 10.244.1.3, 192.168.0.11 }
	}

	set networks {
		type ipv4_addr
		flags interval
		elements = { 10.244.0.0/16, 203.0.113.0-203.0.113.9 }
	}

	set pairs {
		type ipv4_addr . inet_proto . inet_service
		flags interval
		elements = { 10.96.0.20 . tcp . 80-443, 10.244.0.0/16 . udp . 53 }
	}

	map marks {
		type ipv4_addr : mark
		elements = { 10.96.0.20 : 0x1, 10.244.1.3 : 0x2 }
	}

	map targets {
		type inet_proto . inet_service : ipv4_addr . inet_service
		elements = { tcp . 80 : 10.244.1.3 . 8080, udp . 53 : 10.244.1.4 . 53 }
	}
`;

const MATCHES: readonly Maker[] = [
  (dice) => `ip saddr ${not(dice)}${address(dice)}`,
  (dice) => `ip daddr ${not(dice)}${address(dice)}`,
  (dice) => `ip daddr ${not(dice)}${list(dice, single)}`,
  (dice) => `ip saddr ${not(dice)}@${dice.pick(['addresses', 'networks'])}`,
  (dice) => `ip daddr ${not(dice)}@${dice.pick(['addresses', 'networks'])}`,
  (dice) => `ip daddr . meta l4proto . th dport ${not(dice)}@pairs`,
  (dice) => `ip saddr . ip daddr ${not(dice)}{ 203.0.113.9 . 10.96.0.20, 10.244.1.3 . 10.96.0.21 }`,
  (dice) => `tcp dport ${not(dice)}${dice.pick([port(dice), list(dice, port), '80-8080'])}`,
  (dice) => `udp dport ${not(dice)}${dice.pick([port(dice), list(dice, port), '53-80'])}`,
  (dice) => `th dport ${dice.pick(['< 443', '>= 443', '<= 80', '> 80'])}`,
  (dice) => `meta l4proto ${not(dice)}${dice.pick(['tcp', 'udp', 'icmp', '{ tcp, udp }'])}`,
  (dice) => `ip protocol ${not(dice)}${dice.pick(['tcp', 'udp', 'icmp'])}`,
  (dice) =>
    `tcp flags ${dice.pick(['syn', '& (fin | syn | rst | ack) == syn', '!= syn', '== syn', '& (fin | syn) == fin'])}`,
  (dice) =>
    `ct state ${dice.pick(['new', 'established,related', 'invalid', 'new,untracked', '{ new, established }', '!= new', '!= established'])}`,
  (dice) => `ct status ${dice.pick(['dnat', 'snat', 'dnat,snat', 'assured'])}`,
  (dice) => `ct original ip daddr ${not(dice)}${single(dice)}`,
  (dice) => `meta l4proto tcp ct original proto-dst ${port(dice)}`,
  (dice) => `ct mark ${not(dice)}${dice.pick(['0x0', '0x1'])}`,
  (dice) =>
    `meta mark & ${dice.pick(['0x4000', '0xff'])} ${dice.pick(['==', '!='])} ${dice.pick(['0x0', '0x4000', '0x1'])}`,
  (dice) => `meta mark ${not(dice)}${dice.pick(['0x0', '0x1', '0x4000', '{ 0x1, 0x4000 }'])}`,
  (dice) => `fib daddr type ${not(dice)}${dice.pick(['local', 'unicast', '{ local, broadcast }'])}`,
  (dice) => `fib saddr type ${not(dice)}local`,
  (dice) => `icmp type ${not(dice)}${dice.pick(['echo-request', '{ echo-reply, echo-request }'])}`,
  (dice) => `meta pkttype ${not(dice)}host`,
  (dice) => `numgen random mod ${dice.pick(['2 0', '3 < 2', '4 != 1'])}`,
  () => 'counter',
];

const IN: Maker = (dice) => `iifname ${not(dice)}${dice.pick(['"eth0"', '"eth1"', '"eth*"', '{ "eth0", "lo" }'])}`;
/** The kernel asks for it before routing alone. */
const LEADS_ON: Maker = (dice) => `fib daddr oif ${dice.pick(['missing', 'exists'])}`;
const OUT: Maker = (dice) => `oifname ${not(dice)}${dice.pick(['"eth0"', '"eth1"', '"eth*"', '"lo"'])}`;
const INTERFACES: Readonly<Record<string, readonly Maker[]>> = {
  prerouting: [IN, LEADS_ON],
  input: [IN],
  forward: [IN, OUT],
  output: [OUT],
  postrouting: [OUT],
};

const CHANGES: readonly Maker[] = [
  () => 'meta mark set 0x1',
  () => 'meta mark set meta mark | 0x4000',
  () => 'meta mark set meta mark & 0xffffbfff',
  () => 'meta mark set meta mark ^ 0x4000',
  () => 'ct mark set 0x1',
  () => 'ct mark set meta mark',
  () => 'meta mark set ct mark',
  () => 'meta mark set ip daddr map @marks',
  () => 'meta mark set numgen random mod 2 offset 1',
];
const VERDICTS: readonly Maker[] = [() => 'accept', () => 'drop', () => 'accept', () => 'return', () => 'continue'];
const REJECTS: readonly Maker[] = [() => 'reject', () => 'reject with icmp type host-prohibited'];
const DESTINATION: readonly Maker[] = [
  (dice) => `dnat ip to ${dice.pick(PODS)}`,
  (dice) => `meta l4proto tcp dnat ip to ${dice.pick(PODS)}:${dice.pick(PORTS)}`,
  () => 'meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.244.1.3 . 8080, 1 : 10.244.1.4 . 80 }',
  () => 'dnat ip to meta l4proto . th dport map @targets',
  () => 'meta l4proto udp redirect to :53',
];
const SOURCE: readonly Maker[] = [() => 'masquerade', () => 'masquerade fully-random', () => 'snat ip to 192.168.0.12'];

const ofProtocol = (words: string): boolean => /^(tcp|udp|icmp|meta l4proto|ip protocol)/.test(words);

/** A rule of a chain; `more` are what only this kind of chain may do. */
function rule(dice: Dice, hook: string, later: readonly string[], more: readonly Maker[]): string {
  const all = [...MATCHES, ...(INTERFACES[hook] ?? [])];
  const tried = Array.from({ length: dice.between(0, 3) }, () => dice.pick(all)(dice));
  const jumps =
    later.length === 0
      ? []
      : [
          (): string => `${dice.pick(['jump', 'goto'])} ${dice.pick(later)}`,
          (): string => `ct state vmap { new : jump ${dice.pick(later)}, established : accept }`,
          (): string =>
            `ip daddr . meta l4proto . th dport vmap { 10.96.0.20 . tcp . 80 : goto ${dice.pick(later)}, 10.244.1.3 . udp . 53 : drop }`,
          (): string => `numgen random mod 3 vmap { 0 : jump ${dice.pick(later)}, 1 : return }`,
          (): string => `th dport vmap { 53-80 : jump ${dice.pick(later)}, 443 : continue }`,
        ];
  const ends = [...CHANGES.map((make) => make), ...VERDICTS, ...jumps, ...jumps, ...more, ...more];
  const end = dice.chance(85) ? dice.pick(ends)(dice) : 'counter';
  // nft refuses two protocols in a rule.
  const said = tried.filter((match, i) => !ofProtocol(match) || ![...tried.slice(0, i), end].some(ofProtocol));
  return `\t\t${[...said, end].join(' ')}\n`;
}

const FILTER_HOOKS = ['prerouting', 'input', 'forward', 'output', 'postrouting'];

/** Base chains of a table, each with its own chains to jump to. */
function chains(dice: Dice, table: number): string {
  const count = dice.between(2, 4);
  return Array.from({ length: count }, (_, i) => {
    const isNat = dice.chance(35);
    const hook = isNat ? dice.pick(['prerouting', 'postrouting']) : dice.pick(FILTER_HOOKS);
    // No two base chains of a hook have the same priority: nft does not list in which order they came.
    // Chains of NAT come after the connection is looked up.
    const priority = dice.pick([...(isNat ? [] : [-350]), -160, -90, -10, 5, 110, 200]) + table * 4 + i;
    const own = [0, 1].map((n) => `own-${i}-${n}`);
    const more = isNat
      ? hook === 'prerouting'
        ? DESTINATION
        : SOURCE
      : hook === 'prerouting' || hook === 'postrouting'
        ? []
        : REJECTS;
    const untrack = !isNat && priority < -300 && (hook === 'prerouting' || hook === 'output') ? [() => 'notrack'] : [];
    const all = [...more, ...untrack];
    const rules = (later: readonly string[]): string =>
      Array.from({ length: dice.between(1, 5) }, () => rule(dice, hook, later, all)).join('');
    const policy = !isNat && dice.chance(10) ? 'drop' : 'accept';
    const base = `\tchain base-${i} {\n\t\ttype ${isNat ? 'nat' : 'filter'} hook ${hook} priority ${priority}; policy ${policy};\n${rules(own)}\t}\n`;
    const others = [...own].reverse().map((name, n) => `\tchain ${name} {\n${rules(n === 0 ? [] : own.slice(1))}\t}\n`);
    return others.join('') + base;
  }).join('');
}

export function randomNft(dice: Dice): string {
  return Array.from(
    { length: dice.between(1, 3) },
    (_, i) => `table ${i === 1 ? 'inet' : 'ip'} table-${i} {\n${SETS}${chains(dice, i)}}\n`,
  ).join('');
}
