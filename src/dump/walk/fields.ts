// fields.ts - what a packet has where a rule looks: a value, nothing, or a reason why nobody can say.
import { parseAddress, toBigInt } from '../../model/address.js';
import { PROTOCOL } from '../../wire/headers.js';
import type { Interval } from '../rules/elements.js';
import type { NodeDump, SetPart } from '../rules/node.js';
import { ADDRESS_TYPES, NAT_SHIFT } from '../rules/numbers.js';
import type { Value } from '../rules/values.js';
import { hasPorts, type Packet } from './packet.js';
import { routeOf } from './routes.js';

export interface Unknown {
  /** The sentence's end: "depends on …". */
  readonly unknown: string;
  /** What it surely lies in. */
  readonly within?: Interval;
  /** Of a concatenation: the parts that are known, and null for the others. */
  readonly parts?: readonly (Value | null)[];
}

/** Null = the packet has no such thing, so that no comparison with it holds. */
type Fact = Value | null | Unknown;

export const isUnknown = (fact: Fact): fact is Unknown => fact !== null && typeof fact === 'object';

const EPHEMERAL: Interval = { first: 1024n, last: 65_535n };
const IPV4 = 2n;
const IPV6 = 10n;
const ETHERTYPE = { IPv4: 0x0800n, IPv6: 0x86ddn } as const;

/** Addresses of a node as values, by family; null where no dump has them. */
export interface Here {
  readonly addresses: ReadonlySet<string> | null;
  readonly node: NodeDump;
}

const addressKey = (text: string): string => {
  const address = parseAddress(text);
  return address ? `${address.family} ${toBigInt(address)}` : '';
};

const LOOPBACK = { IPv4: { first: 0x7f000000n, last: 0x7fffffffn }, IPv6: { first: 1n, last: 1n } } as const;
const MULTICAST = {
  IPv4: { first: 0xe0000000n, last: 0xefffffffn },
  IPv6: { first: 0xffn << 120n, last: (1n << 128n) - 1n },
} as const;

const isIn = ({ first, last }: { first: bigint; last: bigint }, value: bigint): boolean =>
  first <= value && value <= last;

/** True, false, or null where nobody said which addresses the node has. */
export function isLocal({ addresses, node }: Here, packet: Packet, value: bigint): boolean | null {
  const { family } = packet;
  if (isIn(LOOPBACK[family], value)) return true;
  if (isIn(MULTICAST[family], value)) return false;
  if (addresses?.has(`${family} ${value}`)) return true;
  const local = node.routes?.some(
    (route) =>
      route.type === 'local' &&
      route.isIPv6 === (family === 'IPv6') &&
      isIn(route.to as { first: bigint; last: bigint }, value),
  );
  return local ? true : addresses === null ? null : false;
}

function addressType(here: Here, packet: Packet, value: bigint, text: string): Fact {
  if (packet.family === 'IPv4' && value === 0xffff_ffffn) return BigInt(ADDRESS_TYPES.broadcast as number);
  if (isIn(MULTICAST[packet.family], value)) return BigInt(ADDRESS_TYPES.multicast as number);
  const local = isLocal(here, packet, value);
  if (local === null) return { unknown: `whether ${text} is an address of this node (--local-address)` };
  if (local) return BigInt(ADDRESS_TYPES.local as number);
  const route = here.node.routes?.find(
    ({ type, to, isIPv6 }) =>
      type === 'broadcast' && isIPv6 === (packet.family === 'IPv6') && to.first === value && to.last === value,
  );
  return BigInt(route ? (ADDRESS_TYPES.broadcast as number) : (ADDRESS_TYPES.unicast as number));
}

/** Whether a route leads on from here: 1 or 0, as the words `exists` and `missing`. */
function leadsOn({ node }: Here, packet: Packet): Fact {
  // What comes back from the loopback device needs no look (nft_fib_can_skip).
  if (packet.own) return 1n;
  const route = routeOf(node, packet);
  if (route === undefined) return { unknown: 'the route to the destination (add ip -j route show table all)' };
  return route?.type === 'unicast' ? 1n : 0n;
}

type Getter = (packet: Packet, here: Here) => Fact;

const onlyFor =
  (family: Packet['family'], get: Getter): Getter =>
  (packet, here) =>
    packet.family === family ? get(packet, here) : null;

const device = (name: string | null, what: string): Fact =>
  name ?? { unknown: `the ${what} interface (${WAYS[what]})` };
const WAYS: Readonly<Record<string, string>> = {
  incoming: '--in-interface',
  outgoing: 'add ip -j addr and ip -j route',
};

const sourcePort: Getter = (packet) =>
  hasPorts(packet.protocol) ? (packet.sourcePort ?? { unknown: 'the source port', within: EPHEMERAL }) : null;
const destinationPort: Getter = (packet) => (hasPorts(packet.protocol) ? packet.destinationPort : null);

/** nft reads ports without asking for the protocol: of one that has none it reads what stands there. */
const anyPort =
  (get: Getter, what: string): Getter =>
  (packet, here) =>
    hasPorts(packet.protocol) ? get(packet, here) : { unknown: what };

const ofProtocol =
  (protocol: number, get: Getter): Getter =>
  (packet, here) =>
    packet.protocol === protocol ? get(packet, here) : null;

const SYN = 2n;
const ACK = 16n;
const DNAT = 32n;
const SNAT = 16n;
const CONFIRMED = 8n;
const SEEN_REPLY = 2n;
const ASSURED = 4n;

const OWN_ADDRESS = "the node's own address";

/** NAT that changes nothing leaves no trace in the connection (nf_nat_setup_info). */
const statusOf: Getter = (packet) => {
  const { original, sourceRewritten, destinationRewritten, state, confirmed } = packet;
  // The node's own packet may have had that address before.
  if (packet.masqueraded && packet.own) return { unknown: OWN_ADDRESS };
  const isMoved = packet.destination !== original.destination || packet.destinationPort !== original.destinationPort;
  const isHidden = packet.masqueraded || packet.source !== original.source || packet.sourcePort !== original.sourcePort;
  return (
    (sourceRewritten && isHidden ? SNAT : 0n) |
    (destinationRewritten && isMoved ? DNAT : 0n) |
    (confirmed ? CONFIRMED : 0n) |
    (state === 2n ? SEEN_REPLY | ASSURED : 0n)
  );
};

const UNTRACKED = 64n;

const INVALID = 1n;

const stateOf = ({ state, lookedUp }: Packet): bigint => (lookedUp || state === UNTRACKED ? state : INVALID);

/** Packets that are not tracked, or not yet, have no connection: nothing about it holds, and neither does its opposite. */
const tracked =
  (get: Getter): Getter =>
  (packet, here) =>
    packet.state === UNTRACKED || !packet.lookedUp ? null : get(packet, here);

const owner =
  (what: string): Getter =>
  ({ own }) =>
    own ? { unknown: `the ${what} of the program that sends` } : null;

const echo: Getter = ({ family, protocol }) =>
  family === 'IPv4' ? (protocol === PROTOCOL.ICMP ? 8n : null) : protocol === PROTOCOL.ICMPV6 ? 128n : null;

const unspoken =
  (what: string): Getter =>
  () => ({ unknown: what });

const source: Getter = (packet) => (packet.masqueraded ? { unknown: OWN_ADDRESS } : packet.source);
const destination: Getter = (packet) => packet.destination;

/** Names of the common model → what the packet has there. */
const FIELDS: Readonly<Record<string, Getter>> = {
  'ip saddr': source,
  'ip daddr': destination,
  'ip4 saddr': onlyFor('IPv4', source),
  'ip4 daddr': onlyFor('IPv4', destination),
  'ip6 saddr': onlyFor('IPv6', source),
  'ip6 daddr': onlyFor('IPv6', destination),
  'ip protocol': onlyFor('IPv4', ({ protocol }) => BigInt(protocol)),
  'ip6 nexthdr': onlyFor('IPv6', ({ protocol }) => BigInt(protocol)),
  'ip version': onlyFor('IPv4', () => 4n),
  'ip6 version': onlyFor('IPv6', () => 6n),
  'ip frag-off': () => 0n,
  'ip hdrlength': onlyFor('IPv4', () => 5n),
  'ip ttl': unspoken('the TTL'),
  'ip6 hoplimit': unspoken('the hop limit'),
  'meta l4proto': ({ protocol }) => BigInt(protocol),
  'meta nfproto': ({ family }) => (family === 'IPv4' ? IPV4 : IPV6),
  'meta protocol': ({ family }) => ETHERTYPE[family],
  'meta mark': ({ mark }) => mark,
  'meta iifname': ({ inInterface }) => device(inInterface, 'incoming'),
  'meta oifname': ({ outInterface }) => device(outInterface, 'outgoing'),
  'meta pkttype': ({ family, destination }) => (isIn(MULTICAST[family], destination) ? 2n : 0n),
  'meta skuid': owner('user'),
  'meta skgid': owner('group'),
  'meta length': unspoken('the length of the packet'),
  'th sport': anyPort(sourcePort, 'the first two bytes after the IP header'),
  'th dport': anyPort(destinationPort, 'the third and fourth byte after the IP header'),
  'tcp sport': ofProtocol(PROTOCOL.TCP, sourcePort),
  'tcp dport': ofProtocol(PROTOCOL.TCP, destinationPort),
  'udp sport': ofProtocol(PROTOCOL.UDP, sourcePort),
  'udp dport': ofProtocol(PROTOCOL.UDP, destinationPort),
  'sctp sport': ofProtocol(PROTOCOL.SCTP, sourcePort),
  'sctp dport': ofProtocol(PROTOCOL.SCTP, destinationPort),
  'tcp flags': ofProtocol(PROTOCOL.TCP, ({ original }) =>
    original.state === 'new' ? SYN : { unknown: 'the TCP flags', within: { first: ACK, last: 63n } },
  ),
  'icmp type': onlyFor('IPv4', echo),
  'icmp code': onlyFor(
    'IPv4',
    ofProtocol(PROTOCOL.ICMP, () => 0n),
  ),
  'icmpv6 type': onlyFor('IPv6', echo),
  'icmpv6 code': onlyFor(
    'IPv6',
    ofProtocol(PROTOCOL.ICMPV6, () => 0n),
  ),
  'ct state': stateOf,
  'ct status': tracked(statusOf),
  /** As iptables asks: a packet without a connection has a state, and no NAT. */
  'ct state or nat': (packet, here) => {
    const state = stateOf(packet);
    const nat = packet.state === UNTRACKED || !packet.lookedUp ? 0n : statusOf(packet, here);
    return typeof nat === 'bigint' ? state | ((nat & (SNAT | DNAT)) << NAT_SHIFT) : nat;
  },
  'ct mark': tracked(({ connectionMark }) => connectionMark),
  'ct direction': tracked(() => 0n),
  'ct original saddr': tracked(({ original }) => original.source),
  'ct original daddr': tracked(({ original }) => original.destination),
  'ct original proto-src': tracked(({ original, protocol }) =>
    hasPorts(protocol) ? (original.sourcePort ?? { unknown: 'the source port', within: EPHEMERAL }) : null,
  ),
  'ct original proto-dst': tracked(({ original, protocol }) => (hasPorts(protocol) ? original.destinationPort : null)),
  'fib saddr type': (packet, here) =>
    packet.masqueraded ? 2n : addressType(here, packet, packet.source, 'the source'),
  'fib daddr type': (packet, here) => addressType(here, packet, packet.destination, 'the destination'),
  'fib daddr oif': (packet, here) => leadsOn(here, packet),
};

const PORT_BITS = 16n;

/** What a dimension of an IP set looks at: an address, protocol and port together, or an interface. */
function setPart(packet: Packet, here: Here, part: SetPart, side: string): Fact {
  const isSource = side === 'source';
  if (part === 'address') return isSource ? (FIELDS['ip saddr']?.(packet, here) ?? null) : packet.destination;
  if (part === 'interface')
    return isSource ? device(packet.inInterface, 'incoming') : device(packet.outInterface, 'outgoing');
  if (part === 'other') return { unknown: 'a part of an IP set that is neither address nor port' };
  const icmp = part === 'port' ? echo(packet, here) : null;
  // IP sets take type and code of ICMP for a port.
  if (icmp !== null) return (BigInt(packet.protocol) << PORT_BITS) | ((icmp as bigint) << 8n);
  const port = (isSource ? sourcePort : destinationPort)(packet, here);
  if (port === null || isUnknown(port)) return port;
  return part === 'bare port' ? port : (BigInt(packet.protocol) << PORT_BITS) | (port as bigint);
}

const IPSET = /^ipset (\S+) (\d+) (source|destination)$/;

export function fieldOf(name: string, packet: Packet, here: Here): Fact {
  const get = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
  if (get) return get(packet, here);
  const [, set = '', index = '', side = ''] = IPSET.exec(name) ?? [];
  if (set === '') return { unknown: name };
  const known = here.node.ipsets.get(set);
  if (!known) return { unknown: `IP set ${set}, which is not in the dumps (ipset save)` };
  if (known.isIPv6 !== null && known.isIPv6 !== (packet.family === 'IPv6')) return null;
  return setPart(packet, here, known.parts[Number(index)] ?? 'other', side);
}

export const localAddresses = (texts: readonly string[]): ReadonlySet<string> => new Set(texts.map(addressKey));
