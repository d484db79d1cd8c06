// literals.ts - constants of nft rules and sets, by the type of what they are compared with.
import { exactly, type Interval } from '../../rules/elements.js';
import {
  ADDRESS_TYPES,
  addressInterval,
  CT_STATES,
  CT_STATUS,
  ICMP_TYPES,
  ICMPV6_TYPES,
  numberOf,
  PACKET_TYPES,
  PROTOCOLS,
  SERVICES,
  TCP_FLAGS,
} from '../../rules/numbers.js';

type Words = Readonly<Record<string, number>>;

const FAMILIES: Words = { ipv4: 2, ipv6: 10 };
const ETHERTYPES: Words = { ip: 0x0800, arp: 0x0806, ip6: 0x86dd, vlan: 0x8100 };
const DIRECTIONS: Words = { original: 0, reply: 1 };
const SWITCH: Words = { exists: 1, missing: 0, true: 1, false: 0, root: 0 };

/** Words of a data type of nft. */
const TYPES: Readonly<Record<string, Words>> = {
  inet_proto: PROTOCOLS,
  inet_service: SERVICES,
  ct_state: CT_STATES,
  ct_status: CT_STATUS,
  ct_dir: DIRECTIONS,
  tcp_flag: TCP_FLAGS,
  icmp_type: ICMP_TYPES,
  icmpv6_type: ICMPV6_TYPES,
  fib_addrtype: ADDRESS_TYPES,
  pkt_type: PACKET_TYPES,
  nf_proto: FAMILIES,
  ether_type: ETHERTYPES,
};

/** Whether there is one at all: which one is not known of such a field. */
const PRESENCE = 'presence';

/** What is compared with a field of the common model. */
const FIELD_TYPES: Readonly<Record<string, string>> = {
  'meta l4proto': 'inet_proto',
  'ip protocol': 'inet_proto',
  'ip6 nexthdr': 'inet_proto',
  'ct state': 'ct_state',
  'ct status': 'ct_status',
  'ct direction': 'ct_dir',
  'tcp flags': 'tcp_flag',
  'icmp type': 'icmp_type',
  'icmpv6 type': 'icmpv6_type',
  'fib daddr type': 'fib_addrtype',
  'fib saddr type': 'fib_addrtype',
  'fib daddr oif': PRESENCE,
  'meta pkttype': 'pkt_type',
  'meta nfproto': 'nf_proto',
  'meta protocol': 'ether_type',
  'meta iifname': 'ifname',
  'meta oifname': 'ifname',
};

export const typeOfField = (name: string): string =>
  FIELD_TYPES[name] ?? (/ (sport|dport|proto-src|proto-dst)$/.test(name) ? 'inet_service' : '');

/** Types whose values are bits: a bare word asks whether it is among them. */
export const BIT_TYPES: ReadonlySet<string> = new Set(['ct_state', 'ct_status', 'tcp_flag']);

/** A constant; null where it is none that is known. Names of interfaces may end with `*`. */
export function literal(text: string, type: string, quoted: boolean): Interval | null {
  if (quoted && type === PRESENCE) return null;
  if (quoted || type === 'ifname') return exactly(text);
  const address = /[.:]/.test(text) ? addressInterval(text) : null;
  if (address) return address;
  const words = TYPES[type] ?? SWITCH;
  const value = numberOf(text, words);
  if (value !== null) return exactly(value);
  const dash = text.indexOf('-', 1);
  if (dash < 0) return null;
  const [first, last] = [numberOf(text.slice(0, dash), words), numberOf(text.slice(dash + 1), words)];
  return first === null || last === null ? null : { first, last };
}
