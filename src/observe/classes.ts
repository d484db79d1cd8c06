// classes.ts - splits the first packets of connections into finitely many classes, on each of which tables cannot but agree.
//
// README.md beside this file says why one packet of each class decides for every packet.
import { PortKind, PortKindNames } from '../abi/abi.gen.js';
import type { TableSet } from '../image/table.js';
import { type Family, mustAddress, mustCidr, toBigInt } from '../model/address.js';
import { type Prefix, representatives } from './prefixes.js';
import { familyOf, NUMBERS, Reading } from './reading.js';

export type ClassProtocol = 'TCP' | 'UDP' | 'SCTP' | 'ICMP' | 'OTHER';
export const CLASS_PROTOCOLS: readonly ClassProtocol[] = ['TCP', 'UDP', 'SCTP', 'ICMP', 'OTHER'];

/** The first packet of a connection, as far as tables look at it. */
export interface FirstPacket {
  /** Row in PORT through which it comes. */
  readonly inPort: number;
  readonly source: string;
  readonly destination: string;
  readonly protocol: ClassProtocol;
  /** 0 for ICMP and OTHER. */
  readonly destinationPort: number;
}

export interface PacketClass {
  /** Two packets are in the same class exactly if their keys are the same. */
  readonly key: string;
  /** A member. */
  readonly packet: FirstPacket;
  /** The packet's source is somebody who sends through that port. */
  readonly natural: boolean;
}

/** Who is known to send through a port: the first packets of classes are theirs where they can be. */
export type Senders = (inPort: number) => readonly string[];

const FAMILIES: readonly Family[] = ['IPv4', 'IPv6'];

/** Ranges whose packets end before any table is asked (step 4 of the packet path), an address of each, and their names. */
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

/** ::ffff:0:0/96: no IPv6 packet may have such an address, and as text it is IPv4. */
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
  if (address.includes(':')) {
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
  protocol === 'ICMP' || protocol === 'OTHER' ? 0 : NUMBERS[protocol];

/** The packet space of the tables of one node: of one set, or of several that have the same ports. */
export class PacketSpace {
  readonly #readings: readonly Reading[];
  readonly #senders: Senders;
  readonly #ports: readonly { readonly kind: number }[];
  readonly #otherPort: number;
  readonly #destinationKeys = new Map<string, string>();

  constructor(tables: readonly TableSet[], senders: Senders = () => []) {
    const [first] = tables;
    if (!first) throw new RangeError('a packet space is that of at least one set of tables');
    this.#readings = tables.map((one) => new Reading(one));
    this.#senders = senders;
    this.#ports = first.PORT;
    this.#otherPort = this.#unusedPort();
  }

  // ---- which class a packet is in

  keyOf(packet: FirstPacket): string {
    const { inPort, source, destination, protocol } = packet;
    const kind = this.#ports[inPort]?.kind ?? 0;
    const special = this.#specialKey(kind, source, destination);
    if (special !== null) return special;
    const head = `${PortKindNames[kind] ?? ''}${this.#returns(inPort, destination)} ${this.#destinationKey(destination)}`;
    return `${head} ${protocol}${this.#frontendKey(packet)}`;
  }

  /** Ends before any table is asked, whatever else the packet is. */
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

  /** Marks for which tables the route of the destination leads back through the port that the packet came from. */
  #returns(inPort: number, destination: string): string {
    return this.#readings.map((reading) => (reading.routePort(destination) === inPort ? '<' : '-')).join('');
  }

  #destinationKey(destination: string): string {
    const known = this.#destinationKeys.get(destination);
    if (known !== undefined) return known;
    const said = this.#readings.map((reading) => reading.destination(destination)).join('|');
    const own = this.#readings.some((reading) => reading.hasOwnFrontend(destination));
    const key = `${own ? destination : familyOf(destination)} ${said}`;
    this.#destinationKeys.set(destination, key);
    return key;
  }

  #frontendKey({ source, destination, protocol, destinationPort }: FirstPacket): string {
    const number = numberOf(protocol);
    if (number === 0) return '';
    const rows = this.#readings.map((reading) => reading.frontend(destination, destinationPort, number));
    if (rows.every((row) => row < 0)) return '';
    const said = this.#readings.map((reading, i) => reading.source(source, rows[i] ?? -1));
    return ` ${rows.join('|')} ${said.join('|')}`;
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
      for (const destination of this.#destinations(family)) yield* this.#towards(family, destination);
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

  /** An address of every set that the tables tell apart; those with frontends one by one. */
  #destinations(family: Family): string[] {
    const isOfFamily = (address: string): boolean => familyOf(address) === family;
    const named = this.#readings.flatMap((reading) => [...reading.frontendAddresses(), ...reading.localAddresses]);
    const prefixes = this.#readings.flatMap((reading) => reading.destinationPrefixes(family));
    const known = this.#somePorts([]).flatMap((port) => this.#senders(port));
    const ordinary = representatives(family, [...prefixes, ...this.#specialRanges(family)]);
    const found: string[] = [];
    const keys = new Set<string>();
    for (const address of [...new Set([...named, ...known, ...ordinary])].filter(isOfFamily)) {
      if (isMapped(address)) continue;
      // Of two pods that are alike one is enough: whether a route leads back is asked with every port. Not alike are two
      // for which the tables disagree about the port.
      const back = this.#readings.map((reading) => reading.routePort(address));
      const same = back.map((port) => back.indexOf(port)).join('');
      const key = `${this.#destinationKey(address)} ${same} ${specialName(address)}`;
      if (keys.has(key)) continue;
      keys.add(key);
      found.push(address);
    }
    return found;
  }

  #specialRanges(family: Family): Prefix[] {
    const ranges = SPECIALS[family].map(({ range }) => range);
    return family === 'IPv6' ? [...ranges, MAPPED] : ranges;
  }

  /** Every class of packets to one address. */
  *#towards(family: Family, destination: string): Generator<FirstPacket> {
    const back = this.#readings.map((reading) => reading.routePort(destination));
    const ports = this.#somePorts(back);
    for (const { protocol, port } of this.#portsOf(destination)) {
      const number = numberOf(protocol);
      const rows = this.#readings.map((reading) => reading.frontend(destination, port, number));
      const sources = rows.some((row) => row >= 0) ? this.#sources(family, rows) : [];
      for (const inPort of ports) {
        const senders = this.#senders(inPort).filter((address) => familyOf(address) === family);
        const candidates = sources.length > 0 ? [...senders, ...sources] : [senders[0] ?? OUTSIDE[family]];
        for (const source of candidates) {
          yield { inPort, source, destination, protocol, destinationPort: port };
        }
      }
    }
  }

  /** Ports on which something listens at an address, and for each protocol one on which nothing does. */
  #portsOf(destination: string): { protocol: ClassProtocol; port: number }[] {
    const listens = this.#readings.flatMap((reading) => reading.listensAt(destination));
    const named = (['TCP', 'UDP', 'SCTP'] as const).flatMap((protocol) => {
      const ports = listens.filter((listen) => listen.protocol === NUMBERS[protocol]).map(({ port }) => port);
      return [...new Set(ports)].map((port) => ({ protocol, port }));
    });
    const other = CLASS_PROTOCOLS.map((protocol) => ({
      protocol,
      port: numberOf(protocol) === 0 ? 0 : this.#otherPort,
    }));
    return [...named, ...other];
  }

  /** An address of every set of sources that the rows of a frontend tell apart. */
  #sources(family: Family, rows: readonly number[]): string[] {
    const prefixes = this.#readings.flatMap((reading, i) => reading.sourcePrefixes(family, rows[i] ?? -1));
    const locals = this.#readings.flatMap((reading) => reading.localAddresses);
    const members = this.#readings.flatMap((reading, i) => {
      const row = reading.tables.FRONTEND[rows[i] ?? -1];
      return row ? [...reading.members(row.service)] : [];
    });
    const single = [...new Set([...locals, ...members])].filter((address) => familyOf(address) === family);
    const hosts = single.map((address): Prefix => {
      const value = toBigInt(mustAddress(address));
      return { first: value, last: value };
    });
    const sets = representatives(family, [...prefixes, ...hosts, ...this.#specialRanges(family)]);
    const ordinary = sets.filter((address) => !isMapped(address) && specialName(address) === '');
    return [...ordinary, OUTSIDE[family], ...single, ...SPECIALS[family].filter(isLoopback).map((s) => s.address)];
  }

  /** One port of every kind, and enough of them to have one that is none of `back`, and those themselves. */
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

const isMapped = (address: string): boolean => /^::ffff:/.test(address);
const isLoopback = ({ name }: Special): boolean => name === 'loopback';
