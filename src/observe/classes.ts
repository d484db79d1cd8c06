// classes.ts - splits the first packets of connections into finitely many classes. Tables treat all of a class alike.
//
// README.md in this folder says why one packet of each class decides for every packet.

import { PortKind, PortKindNames } from '../abi/abi.gen.js';
import type { TableSet } from '../image/table.js';
import { type Family, familyOf, isIPv6, mustAddress, mustCidr, toBigInt } from '../model/address.js';
import { PROTOCOL } from '../wire/headers.js';
import { type Prefix, representatives } from './prefixes.js';
import { Reading } from './reading.js';

export type ClassProtocol = 'TCP' | 'UDP' | 'SCTP' | 'ICMP' | 'OTHER';
export const CLASS_PROTOCOLS: readonly ClassProtocol[] = ['TCP', 'UDP', 'SCTP', 'ICMP', 'OTHER'];

/** The first packet of a connection, as far as tables look at it. */
export interface FirstPacket {
  /** The row in PORT through which it comes. */
  readonly inPort: number;
  readonly source: string;
  readonly destination: string;
  readonly protocol: ClassProtocol;
  /** 0 for ICMP and OTHER. */
  readonly destinationPort: number;
}

interface PacketClass {
  /** Two packets are in the same class exactly if their keys are equal. */
  readonly key: string;
  /** A member. */
  readonly packet: FirstPacket;
  /** The packet's source is someone who sends through that port. */
  readonly natural: boolean;
}

/** Known senders by port: where possible, the example packet of a class is one of theirs. */
type Senders = (inPort: number) => readonly string[];

const FAMILIES: readonly Family[] = ['IPv4', 'IPv6'];

/**
 * Ranges whose packets end before any table is read ([PARSE-8] to [PARSE-10]), with an address of each, and their
 * names.
 */
const SPECIAL: Readonly<Record<Family, readonly (readonly [name: string, cidr: string, address: string])[]>> = {
  IPv4: [
    ['unspecified', '0.0.0.0/32', '0.0.0.0'],
    ['loopback', '127.0.0.0/8', '127.0.0.9'],
    ['multicast', '224.0.0.0/4', '224.0.0.9'],
    ['broadcast', '255.255.255.255/32', '255.255.255.255'],
  ],
  IPv6: [
    ['unspecified', '::/128', '::'],
    ['loopback', '::1/128', '::1'],
    ['link-local', 'fe80::/10', 'fe80::9'],
    ['multicast', 'ff00::/8', 'ff00::9'],
  ],
};

/** ::ffff:0:0/96: no IPv6 packet may have such an address, and its text form is IPv4. */
const MAPPED: Prefix = { first: 0xffff00000000n, last: 0xffffffffffffn };

interface Special {
  readonly name: string;
  readonly range: Prefix;
  readonly address: string;
}

const SPECIALS = Object.fromEntries(
  FAMILIES.map((family) => [
    family,
    SPECIAL[family].map(([name, text, address]): Special => {
      const { address: network, length } = mustCidr(text);
      const first = toBigInt(network);
      const size = 1n << BigInt((family === 'IPv4' ? 32 : 128) - length);
      return { name, range: { first, last: first + size - 1n }, address };
    }),
  ]),
) as unknown as Readonly<Record<Family, readonly Special[]>>;

/** Name of the special range that an address, in canonical text, is in; '' for ordinary addresses. */
function specialName(address: string): string {
  if (isIPv6(address)) {
    if (address === '::') return 'unspecified';
    if (address === '::1') return 'loopback';
    return /^fe[89ab].:/.test(address) ? 'link-local' : /^ff..:/.test(address) ? 'multicast' : '';
  }
  const first = Number.parseInt(address, 10);
  if (first === 127) return 'loopback';
  if (first >= 224 && first < 240) return 'multicast';
  if (address === '255.255.255.255') return 'broadcast';
  return address === '0.0.0.0' ? 'unspecified' : '';
}

const numberOf = (protocol: ClassProtocol): number =>
  protocol === 'ICMP' || protocol === 'OTHER' ? 0 : PROTOCOL[protocol];

/** The packet space of one node's tables: of one set, or of several sets that have the same ports. */
export class PacketSpace {
  readonly #readings: readonly Reading[];
  readonly #senders: Senders;
  readonly #ports: readonly { readonly kind: number }[];
  readonly #otherPort: number;
  readonly #thorough: boolean;
  readonly #destinationKeys = new Map<string, string>();

  /**
   * @param thorough also separates what the rules treat alike but look-ups meet one by one: every frontend's address
   *   behind an unknown port, and the port through which a packet to a Service comes
   */
  constructor(tables: readonly TableSet[], senders: Senders = () => [], thorough = false) {
    const [first] = tables;
    if (!first) throw new RangeError('a packet space is that of at least one set of tables');
    this.#readings = tables.map((one) => new Reading(one));
    this.#senders = senders;
    this.#thorough = thorough;
    this.#ports = first.PORT;
    this.#otherPort = this.#unusedPort();
  }

  // ---- which class a packet is in

  keyOf(packet: FirstPacket): string {
    const { inPort, source, destination, protocol } = packet;
    const kind = this.#ports[inPort]?.kind ?? 0;
    const special = this.#specialKey(kind, source, destination);
    if (special !== null) return special;
    const rows = this.#rowsOf(packet);
    const isService = rows.some((row) => row >= 0);
    const from = isService && this.#isAnyPort(destination, rows) ? '*' : this.#portKey(inPort, destination);
    const to = this.#destinationKey(destination, isService || this.#thorough);
    if (!isService) return `${from} ${to} ${protocol}`;
    const said = this.#readings.map((reading, i) => reading.source(source, rows[i] ?? -1));
    return `${from} ${to} ${protocol} ${rows.join('|')} ${said.join('|')}`;
  }

  /** True if the packet ends before any table is read, whatever else it contains. */
  #specialKey(kind: number, source: string, destination: string): string | null {
    const name = (address: string): string => {
      const found = specialName(address);
      // The node's own packets may have loopback addresses.
      return found === 'loopback' && kind === PortKind.HOST ? '' : found;
    };
    const from = name(source);
    const to = name(destination);
    if (from === '' && to === '') return null;
    const host = kind === PortKind.HOST ? 'HOST' : 'elsewhere';
    return `special ${familyOf(destination)} ${host} ${from}>${to}`;
  }

  /** Kind of the port, and for which tables the route of the destination leads back through it. */
  #portKey(inPort: number, destination: string): string {
    const back = this.#readings.map((reading) => (reading.routePort(destination) === inPort ? '<' : '-'));
    return `${PortKindNames[this.#ports[inPort]?.kind ?? 0] ?? ''}${back.join('')}`;
  }

  /** True if nothing depends on the port through which a packet to these rows came. */
  #isAnyPort(destination: string, rows: readonly number[]): boolean {
    return !this.#thorough && this.#readings.every((reading, i) => reading.servesAnyPort(destination, rows[i] ?? -1));
  }

  /** @param each frontends' own addresses one by one */
  #destinationKey(destination: string, each: boolean): string {
    let said = this.#destinationKeys.get(destination);
    if (said === undefined) {
      said = this.#readings.map((reading) => reading.destination(destination)).join('|');
      this.#destinationKeys.set(destination, said);
    }
    const own = each && this.#readings.some((reading) => reading.hasOwnFrontend(destination));
    return `${own ? destination : familyOf(destination)} ${said}`;
  }

  /** The row of FRONTEND that each of the tables has for the packet; -1 for none. */
  #rowsOf({ destination, protocol, destinationPort }: FirstPacket): number[] {
    const number = numberOf(protocol);
    return this.#readings.map((reading) =>
      number === 0 ? -1 : reading.frontend(destination, destinationPort, number),
    );
  }

  // ---- every class

  /** Every class once. */
  *classes(): Generator<PacketClass> {
    const seen = new Set<string>();
    for (const packet of this.#candidates()) {
      const key = this.keyOf(packet);
      if (seen.has(key)) continue;
      seen.add(key);
      yield { key, packet, natural: this.#senders(packet.inPort).includes(packet.source) };
    }
  }

  *#candidates(): Generator<FirstPacket> {
    for (const family of FAMILIES) {
      yield* this.#specials(family);
      const alike = new Set<string>();
      for (const destination of this.#destinations(family)) {
        yield* this.#towardsServices(family, destination);
        const key = `${this.#destinationKey(destination, this.#thorough)} ${this.#agreement(destination)}`;
        if (alike.has(key)) continue;
        alike.add(key);
        yield* this.#towardsNothing(family, destination);
      }
    }
  }

  /** A port that no frontend has. */
  #unusedPort(): number {
    const used = new Set(this.#readings.flatMap(({ tables }) => tables.FRONTEND.map(({ port_be }) => port_be)));
    let port = 9;
    while (used.has(((port & 0xff) << 8) | (port >> 8))) port++;
    return port;
  }

  *#specials(family: Family): Generator<FirstPacket> {
    const ordinary = family === 'IPv4' ? '203.0.113.9' : '2001:db8:113::9';
    const addresses = [...SPECIALS[family].map(({ address }) => address), ordinary];
    for (const inPort of this.#somePorts([])) {
      for (const source of addresses) {
        for (const destination of addresses) {
          const packet: FirstPacket = {
            inPort,
            source,
            destination,
            protocol: 'UDP',
            destinationPort: this.#otherPort,
          };
          if (this.#specialKey(this.#ports[inPort]?.kind ?? 0, source, destination) !== null) yield packet;
        }
      }
    }
  }

  /** An address from every set that the tables tell apart. Addresses with frontends come one by one. */
  #destinations(family: Family): string[] {
    const isOfFamily = (address: string): boolean => familyOf(address) === family;
    const named = this.#readings.flatMap((reading) => [...reading.frontendAddresses(), ...reading.localAddresses]);
    const prefixes = this.#readings.flatMap((reading) => reading.destinationPrefixes(family));
    const known = this.#somePorts([]).flatMap((port) => this.#senders(port));
    const hosts = named.filter(isOfFamily).map(hostPrefix);
    const ordinary = representatives(family, [...prefixes, ...hosts, ...this.#specialRanges(family)]);
    const found: string[] = [];
    const keys = new Set<string>();
    for (const address of [...new Set([...named, ...known, ...ordinary])].filter(isOfFamily)) {
      if (isMapped(address)) continue;
      // Of two pods that are alike, one is enough: every port is tried, and with it whether a route leads back. Pods
      // for which the tables disagree about the port are not alike.
      const key = `${this.#destinationKey(address, true)} ${this.#agreement(address)}`;
      if (keys.has(key)) continue;
      keys.add(key);
      found.push(address);
    }
    return found;
  }

  /** Whether the tables agree about the port of an address's route, and whether the address is special. */
  #agreement(address: string): string {
    const back = this.#back(address);
    return `${back.map((port) => back.indexOf(port)).join('')} ${specialName(address)}`;
  }

  #specialRanges(family: Family): Prefix[] {
    const ranges = SPECIALS[family].map(({ range }) => range);
    return family === 'IPv6' ? [...ranges, MAPPED] : ranges;
  }

  /** Every class of packets to one address where a Service, or at least a health check, has the port. */
  *#towardsServices(family: Family, destination: string): Generator<FirstPacket> {
    const ports = this.#somePorts(this.#back(destination));
    const uplink = ports.filter((port) => this.#ports[port]?.kind === PortKind.UPLINK);
    for (const { protocol, port } of this.#listensAt(destination)) {
      const packet = { inPort: 0, source: destination, destination, protocol, destinationPort: port };
      const rows = this.#rowsOf(packet);
      const sources = this.#sources(family, rows);
      const isAny = this.#isAnyPort(destination, rows);
      for (const inPort of ports) {
        for (const source of this.#sendersOf(family, inPort)) yield { ...packet, inPort, source };
      }
      for (const inPort of isAny && uplink.length > 0 ? uplink.slice(0, 1) : ports) {
        for (const source of sources) yield { ...packet, inPort, source };
      }
    }
  }

  /** Every class of packets to one address with nothing at the port. The sender does not matter here. */
  *#towardsNothing(family: Family, destination: string): Generator<FirstPacket> {
    for (const protocol of CLASS_PROTOCOLS) {
      const destinationPort = numberOf(protocol) === 0 ? 0 : this.#otherPort;
      for (const inPort of this.#somePorts(this.#back(destination))) {
        const source = this.#sendersOf(family, inPort)[0] ?? OUTSIDE[family];
        yield { inPort, source, destination, protocol, destinationPort };
      }
    }
  }

  #back(destination: string): number[] {
    return this.#readings.map((reading) => reading.routePort(destination));
  }

  #sendersOf(family: Family, inPort: number): string[] {
    return this.#senders(inPort).filter((address) => familyOf(address) === family);
  }

  #listensAt(destination: string): { protocol: 'TCP' | 'UDP' | 'SCTP'; port: number }[] {
    const listens = this.#readings.flatMap((reading) => reading.listensAt(destination));
    return (['TCP', 'UDP', 'SCTP'] as const).flatMap((protocol) => {
      const ports = listens.filter((listen) => listen.protocol === PROTOCOL[protocol]).map(({ port }) => port);
      return [...new Set(ports)].map((port) => ({ protocol, port }));
    });
  }

  /** An address from every set of sources that the rows of a frontend tell apart. */
  #sources(family: Family, rows: readonly number[]): string[] {
    const prefixes = this.#readings.flatMap((reading, i) => reading.sourcePrefixes(family, rows[i] ?? -1));
    const locals = this.#readings.flatMap((reading) => reading.localAddresses);
    const members = this.#readings.flatMap((reading, i) => {
      const row = reading.tables.FRONTEND[rows[i] ?? -1];
      return row ? [...reading.members(row.service)] : [];
    });
    const single = [...new Set([...locals, ...members])].filter((address) => familyOf(address) === family);
    const sets = representatives(family, [...prefixes, ...single.map(hostPrefix), ...this.#specialRanges(family)]);
    const ordinary = sets.filter((address) => !isMapped(address) && specialName(address) === '');
    return [...ordinary, OUTSIDE[family], ...single, ...SPECIALS[family].filter(isLoopback).map((s) => s.address)];
  }

  /** One port of every kind, enough ports to include one outside `back`, and the ports in `back`. */
  #somePorts(back: readonly number[]): number[] {
    const found: number[] = [];
    for (const kind of [PortKind.POD, PortKind.HOST, PortKind.UPLINK]) {
      let others = 0;
      for (let port = 0; port < this.#ports.length && others === 0; port++) {
        if (this.#ports[port]?.kind !== kind || back.includes(port)) continue;
        found.push(port);
        others++;
      }
    }
    return [...found, ...new Set(back.filter((port) => port < this.#ports.length))];
  }
}

const OUTSIDE: Readonly<Record<Family, string>> = { IPv4: '203.0.113.9', IPv6: '2001:db8:113::9' };

function hostPrefix(address: string): Prefix {
  const value = toBigInt(mustAddress(address));
  return { first: value, last: value };
}

const isMapped = (address: string): boolean => /^::ffff:/.test(address);
const isLoopback = ({ name }: Special): boolean => name === 'loopback';
