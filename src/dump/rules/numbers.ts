// numbers.ts - words of iptables and nft for numbers: protocols, ports, ICMP types, states, flags, types of addresses.
import { type Cidr, type Family, maskedCidr, parseAddress, parseCidr, toBigInt } from '../../model/address.js';
import { exactly, type Interval } from './elements.js';

type Words = Readonly<Record<string, number>>;

/** /etc/protocols, as far as firewalls know it. */
export const PROTOCOLS: Words = {
  ip: 0,
  icmp: 1,
  igmp: 2,
  ipencap: 4,
  ipip: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  icmpv6: 58,
  'ipv6-nonxt': 59,
  ospf: 89,
  pim: 103,
  vrrp: 112,
  l2tp: 115,
  sctp: 132,
  udplite: 136,
};

/** Names of /etc/services that rules are seen with; listings print numbers unless they are asked not to. */
export const SERVICES: Words = {
  'ftp-data': 20,
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  bootps: 67,
  bootpc: 68,
  tftp: 69,
  http: 80,
  kerberos: 88,
  pop3: 110,
  sunrpc: 111,
  ntp: 123,
  'netbios-ns': 137,
  'netbios-dgm': 138,
  'netbios-ssn': 139,
  imap2: 143,
  snmp: 161,
  bgp: 179,
  ldap: 389,
  https: 443,
  'microsoft-ds': 445,
  syslog: 514,
  'dhcpv6-client': 546,
  'dhcpv6-server': 547,
  ipp: 631,
  ldaps: 636,
  imaps: 993,
  pop3s: 995,
  nfs: 2049,
  mysql: 3306,
  postgresql: 5432,
  mdns: 5353,
};

/** IP_CT_*_BIT as the `state` match and nft write them. */
export const CT_STATES: Words = { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 };

/** enum ip_conntrack_status. */
export const CT_STATUS: Words = {
  expected: 1,
  'seen-reply': 2,
  seen_reply: 2,
  assured: 4,
  confirmed: 8,
  snat: 16,
  dnat: 32,
  dying: 512,
};

/** By how much the bits of NAT are moved where they stand beside those of states. */
export const NAT_SHIFT = 8n;

/** States, and NAT beside them. */
export const CT_STATES_OR_NAT: Words = { ...CT_STATES, snat: 16 << 8, dnat: 32 << 8 };

export const TCP_FLAGS: Words = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ecn: 64, ece: 64, cwr: 128 };

/** RTN_* of rtnetlink. */
export const ADDRESS_TYPES: Words = {
  unspec: 0,
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
};

export const PACKET_TYPES: Words = { host: 0, unicast: 0, broadcast: 1, multicast: 2, other: 3 };

export const ICMP_TYPES: Words = {
  'echo-reply': 0,
  pong: 0,
  'destination-unreachable': 3,
  'source-quench': 4,
  redirect: 5,
  'echo-request': 8,
  ping: 8,
  'router-advertisement': 9,
  'router-solicitation': 10,
  'time-exceeded': 11,
  'parameter-problem': 12,
  'timestamp-request': 13,
  'timestamp-reply': 14,
  'info-request': 15,
  'info-reply': 16,
  'address-mask-request': 17,
  'address-mask-reply': 18,
};

export const ICMPV6_TYPES: Words = {
  'destination-unreachable': 1,
  'packet-too-big': 2,
  'time-exceeded': 3,
  'parameter-problem': 4,
  'echo-request': 128,
  'echo-reply': 129,
  'mld-listener-query': 130,
  'mld-listener-report': 131,
  'mld-listener-done': 132,
  'mld-listener-reduction': 132,
  'nd-router-solicit': 133,
  'router-solicitation': 133,
  'nd-router-advert': 134,
  'router-advertisement': 134,
  'nd-neighbor-solicit': 135,
  'neighbour-solicitation': 135,
  'neighbor-solicitation': 135,
  'nd-neighbor-advert': 136,
  'neighbour-advertisement': 136,
  'neighbor-advertisement': 136,
  'nd-redirect': 137,
  redirect: 137,
  'mld2-listener-report': 143,
};

/** A decimal, hexadecimal or octal number as C writes it; null for anything else. */
export function numeral(text: string): bigint | null {
  if (/^0x[0-9a-f]+$/i.test(text) || /^(0|[1-9]\d*)$/.test(text)) return BigInt(text);
  return /^0[0-7]+$/.test(text) ? BigInt(`0o${text.slice(1)}`) : null;
}

/** A number, or a word that stands for one. */
export function numberOf(text: string, words: Words = {}): bigint | null {
  const word = words[text.toLowerCase()];
  return word === undefined ? numeral(text) : BigInt(word);
}

const SIZES: Readonly<Record<Family, number>> = { IPv4: 32, IPv6: 128 };

/** All addresses of a CIDR. */
export function intervalOf(cidr: Cidr): Interval {
  const first = toBigInt(maskedCidr(cidr).address);
  return { first, last: first + (1n << BigInt(SIZES[cidr.family] - cidr.length)) - 1n };
}

/** Length of a mask of ones and then zeros; null for any other. */
function lengthOfMask(mask: bigint, size: number): number | null {
  const text = mask.toString(2).padStart(size, '0');
  return /^1*0*$/.test(text) ? text.replaceAll('0', '').length : null;
}

/** IPv4 within IPv6, which this house takes for IPv4 elsewhere: `::ffff:0.0.0.0/96`. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?$/;
const MAPPED_PREFIX = 0xffffn << 32n;

function mappedInterval(text: string): Interval | null {
  const [, address = '', length = '128'] = MAPPED.exec(text) ?? [];
  const cidr = parseCidr(`${address}/${Number(length) - 96}`);
  if (!cidr) return null;
  const { first, last } = intervalOf(cidr);
  return { first: MAPPED_PREFIX + (first as bigint), last: MAPPED_PREFIX + (last as bigint) };
}

/** `a`, `a/len`, `a/mask`, `a-b` → the addresses; null when it is none of these. Masks with holes have no interval. */
export function addressInterval(text: string): Interval | null {
  if (text.startsWith('::ffff:')) return mappedInterval(text);
  const dash = text.indexOf('-');
  if (dash > 0) {
    const [first, last] = [parseAddress(text.slice(0, dash)), parseAddress(text.slice(dash + 1))];
    return first && last && first.family === last.family ? { first: toBigInt(first), last: toBigInt(last) } : null;
  }
  const slash = text.indexOf('/');
  if (slash < 0) {
    const address = parseAddress(text);
    return address && exactly(toBigInt(address));
  }
  const cidr = parseCidr(text);
  if (cidr) return intervalOf(cidr);
  const [address, mask] = [parseAddress(text.slice(0, slash)), parseAddress(text.slice(slash + 1))];
  if (!address || !mask || address.family !== mask.family) return null;
  const length = lengthOfMask(toBigInt(mask), SIZES[address.family]);
  return length === null ? null : intervalOf({ family: address.family, address, length });
}
