// losses.ts - what a node dropped and rejected: reason, count, the last frame of each, and what to do about it.
import { type LossRow, Reason } from '../abi/abi.gen.js';
import { COUNTERS } from '../abi/layout.js';
import { type ReasonClass, type ReasonSpec, reasonSpec } from '../abi/reasons.js';
import { formatBytes, formatEndpoint } from '../model/address.js';
import { ETHERNET_BYTES } from '../wire/headers.js';
import type { FlowTuple } from './conntrack.js';

/** The last frame with a given reason. */
interface LossExample {
  /** Seconds since it came. */
  readonly secondsAgo: number;
  /** Name of the port through which it arrived: `pod/shop/web-1`, `uplink` … */
  readonly from: string;
  /** `TCP 10.244.1.2:40000 → 10.96.0.9:81`, as far as its headers can be read. */
  readonly packet: string;
  /** The same as values; null if it is no IP packet. */
  readonly tuple: PacketTuple | null;
  /** Length of the whole frame, bytes. */
  readonly bytes: number;
  /** Its first bytes, in hexadecimal. */
  readonly head: string;
}

/** Both ends of an IP packet. Ports are 0 where the protocol has none. */
interface PacketTuple extends FlowTuple {
  /** IP protocol number. */
  readonly protocol: number;
}

/** All frames of one reason on one node. */
export interface LossRecord {
  readonly node: string;
  /** A name of Reason: also the name of the counter, and the word in a trace. */
  readonly reason: string;
  readonly class: ReasonClass;
  readonly count: number;
  /** What happened to the sender's packets, and why. */
  readonly sentence: string;
  /** What to do about it; '' where nothing is wrong. */
  readonly remedy: string;
  /** Null when no such frame was kept. */
  readonly example: LossExample | null;
}

const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6', 132: 'SCTP' };
const ETHERTYPES: Readonly<Record<number, string>> = { 2054: 'ARP', 2048: 'IPv4', 34525: 'IPv6' };
const WITH_PORTS = new Set([6, 17, 132]);

/** The ends of an IP packet; its ports if the first bytes contain them. Extension headers are not walked. */
function ipTuple(view: DataView, v6: boolean): PacketTuple {
  const first = view.getUint8(ETHERNET_BYTES);
  const protocol = view.getUint8(ETHERNET_BYTES + (v6 ? 6 : 9));
  const address = (at: number): string => {
    const raw = new Uint8Array(view.buffer, view.byteOffset + at, v6 ? 16 : 4);
    return v6 ? formatBytes(raw.slice()) : raw.join('.');
  };
  const [source, destination] = v6
    ? [address(ETHERNET_BYTES + 8), address(ETHERNET_BYTES + 24)]
    : [address(ETHERNET_BYTES + 12), address(ETHERNET_BYTES + 16)];
  const at = ETHERNET_BYTES + (v6 ? 40 : (first & 15) * 4);
  const isLater = !v6 && (view.getUint16(ETHERNET_BYTES + 6) & 0x1fff) !== 0;
  if (isLater || !WITH_PORTS.has(protocol) || view.byteLength < at + 4) {
    return { protocol, source, destination, sourcePort: 0, destinationPort: 0 };
  }
  return { protocol, source, destination, sourcePort: view.getUint16(at), destinationPort: view.getUint16(at + 2) };
}

const viewOf = (head: Uint8Array): DataView => new DataView(head.buffer, head.byteOffset, head.byteLength);

/** The tuple in a frame's first bytes; null if it is no IP packet, or cut off before its addresses. */
function packetTuple(head: Uint8Array): PacketTuple | null {
  if (head.length < ETHERNET_BYTES) return null;
  const type = viewOf(head).getUint16(12);
  if (type === 0x0800 && head.length >= ETHERNET_BYTES + 20) return ipTuple(viewOf(head), false);
  if (type === 0x86dd && head.length >= ETHERNET_BYTES + 40) return ipTuple(viewOf(head), true);
  return null;
}

/** The packet in a frame's first bytes, in a few words. */
export function packetText(head: Uint8Array): string {
  const tuple = packetTuple(head);
  if (tuple) {
    const { protocol, source, destination, sourcePort, destinationPort } = tuple;
    const name = PROTOCOLS[protocol] ?? `protocol ${protocol}`;
    if (sourcePort === 0 && destinationPort === 0) return `${name} ${source} → ${destination}`;
    return `${name} ${formatEndpoint(source, sourcePort)} → ${formatEndpoint(destination, destinationPort)}`;
  }
  if (head.length < ETHERNET_BYTES) return `${head.length} bytes`;
  const type = viewOf(head).getUint16(12);
  return ETHERTYPES[type] ?? `EtherType 0x${type.toString(16).padStart(4, '0')}`;
}

/** Reasons for which frames were dropped or rejected, with how many. `counters`: cells as in COUNTERS. */
export function refusals(counters: readonly bigint[]): { spec: ReasonSpec; count: number }[] {
  return counters.slice(0, COUNTERS.reasons).flatMap((cell, reason) => {
    const spec = reasonSpec(reason);
    const refuses = spec?.class === 'drop' || spec?.class === 'reject';
    return cell > 0n && refuses ? [{ spec, count: Number(cell) }] : [];
  });
}

/**
 * Reasons of class drop and reject for which a node has counted frames, the most frequent first.
 * @param counters cells as in COUNTERS
 * @param rows the last frames; `nowNs` is on their clock
 * @param portName name of a port of the node; undefined for one that is gone
 */
export function lossRecords(
  node: string,
  counters: readonly bigint[],
  rows: readonly LossRow[],
  nowNs: bigint,
  portName: (port: number) => string | undefined,
): LossRecord[] {
  const examples = new Map(rows.map((row) => [row.reason, row]));
  const found = refusals(counters).map(({ spec, count }): LossRecord => {
    const row = examples.get(spec.number);
    const head = row?.head.subarray(0, row.kept);
    const example = row &&
      head && {
        secondsAgo: Number((nowNs - row.atNs) / 1_000_000n) / 1000,
        from: portName(row.port) ?? `port ${row.port}`,
        packet: packetText(head),
        tuple: packetTuple(head),
        bytes: row.length,
        head: Buffer.from(head).toString('hex'),
      };
    const { name, sentence, remedy = '' } = spec;
    return { node, reason: name, class: spec.class, count, sentence, remedy, example: example ?? null };
  });
  return found.sort((a, b) => b.count - a.count);
}

/** How full a node's connection table is, and what that has cost so far. */
export interface TableRoom {
  readonly node: string;
  /** Connections tracked now, and how many fit. */
  readonly flows: number;
  readonly capacity: number;
  /** Connections that were not assured and were evicted to make room for new ones (early drop). */
  readonly madeRoom: number;
  /** Packets of new connections that found no room. */
  readonly turnedAway: number;
}

/** @param counters cells as in COUNTERS */
export function tableRoom(node: string, counters: readonly bigint[]): TableRoom {
  const cell = (index: number): number => Number(counters[index] ?? 0n);
  return {
    node,
    flows: cell(COUNTERS.flows),
    capacity: cell(COUNTERS.flowCapacity),
    madeRoom: cell(COUNTERS.flowsDropped),
    turnedAway: cell(Reason.FLOW_TABLE_FULL),
  };
}

/** A table fuller than this is reported before anything is lost. */
const CROWDED = 0.9;
const few = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** What a user should know about a full table, in one sentence; null while there is room and nothing was lost. */
export function pressureText({ node, flows, capacity, madeRoom, turnedAway }: TableRoom): string | null {
  if (madeRoom === 0 && turnedAway === 0 && flows < capacity * CROWDED) return null;
  const room = `${node} tracks ${flows} of at most ${capacity} connections`;
  const early = `${few(madeRoom, 'that was', 'that were')} not assured made room (early drop)`;
  const lost = few(turnedAway, 'packet of a new one found none', 'packets of new ones found none');
  return [room, ...(madeRoom > 0 ? [early] : []), ...(turnedAway > 0 ? [lost] : [])].join('; ');
}
