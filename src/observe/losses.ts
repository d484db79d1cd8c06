// losses.ts - what a node dropped and rejected: reason, count, the last frame of each, and what to do about it.
import { type LossRow, Reason } from '../abi/abi.gen.js';
import { COUNTERS } from '../abi/layout.js';
import { type ReasonClass, type ReasonSpec, reasonSpec } from '../abi/reasons.js';
import { type PacketTuple, packetText, packetTuple } from './packet.js';

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
