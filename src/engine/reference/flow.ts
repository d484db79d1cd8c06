// flow.ts - flows and their table: found by either tuple, forgotten when expired, limited in number.
import { FlowFlag, type FlowRow, type TcpState } from '../../abi/abi.gen.js';
import { sameBytes } from '../../wire/bytes.js';
import type { SctpTrack } from './association.js';
import { type Count, endCount } from './ipvs/counting.js';
import type { Direction, Tuple, TupleQuery } from './packet.js';
import type { TcpTrack } from './window.js';

/** A tracked connection. The difference between its two tuples is what gets rewritten. */
export interface Flow {
  readonly original: Tuple;
  readonly reply: Tuple;
  /** Address by which the ORIGINAL direction is routed although it is not rewritten (SPREAD); null = its destination. */
  readonly via: Uint8Array | null;
  readonly serviceId: number;
  readonly backendId: number;
  tcpState: TcpState;
  seenReply: boolean;
  assured: boolean;
  expiresNs: bigint;
  readonly begunNs: bigint;
  packets: bigint;
  bytes: bigint;
  /** State kept by the protocol's tracker; null for other protocols. */
  tcp: TcpTrack | null;
  sctp: SctpTrack | null;
  /** UDP: later packets turn the flow into a stream. */
  streamNs: bigint;
  /** IPVS: the connection count it contributes to. */
  count: Count | null;
}

const queryKey = (query: TupleQuery | null): string => (query ? `${query.type} ${query.code} ${query.isAnswer}` : '');

const tupleKey = (t: Tuple): string =>
  `${Buffer.from(t.source).toString('hex')} ${Buffer.from(t.destination).toString('hex')} ${t.protocol} ${t.sourcePort} ${t.destinationPort} ${queryKey(t.query)}`;

export const reverse = (t: Tuple): Tuple => ({
  source: t.destination,
  destination: t.source,
  protocol: t.protocol,
  sourcePort: t.destinationPort,
  destinationPort: t.sourcePort,
  query: t.query && { ...t.query, isAnswer: !t.query.isAnswer },
});

export const sameTuple = (a: Tuple, b: Tuple): boolean => tupleKey(a) === tupleKey(b);

/** The tuple that a packet in this direction has when it leaves. [NAT-6] */
export const rewritten = (flow: Flow, direction: Direction): Tuple =>
  reverse(direction === 'ORIGINAL' ? flow.reply : flow.original);

const changesEnd = (a: Uint8Array, aPort: number, b: Uint8Array, bPort: number): boolean =>
  aPort !== bPort || !sameBytes(a, b);

export const changesDestination = (from: Tuple, to: Tuple): boolean =>
  changesEnd(from.destination, from.destinationPort, to.destination, to.destinationPort);

export const changesSource = (from: Tuple, to: Tuple): boolean =>
  changesEnd(from.source, from.sourcePort, to.source, to.sourcePort);

export const NS_PER_SECOND = 1_000_000_000n;

/** Counts a packet and restarts the timer. */
export function mark(flow: Flow, ipBytes: number, seconds: number, nowNs: bigint): void {
  flow.packets += 1n;
  flow.bytes += BigInt(ipBytes);
  flow.expiresNs = nowNs + BigInt(seconds) * NS_PER_SECOND;
}

export class FlowTable {
  readonly capacity: number;
  readonly #byTuple = new Map<string, Flow>();
  readonly #flows = new Set<Flow>();
  /** Flows that may be dropped to make room, ordered by when they became eligible. */
  readonly #mayGo = new Set<Flow>();
  #dropped = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Current number of flows, including expired ones that have not been noticed yet. */
  get size(): number {
    return this.#flows.size;
  }

  /** Number of flows dropped to make room so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The flow for a tuple, and the direction of that tuple. Forgets the flow if it has expired. */
  find(tuple: Tuple, nowNs: bigint): { flow: Flow; direction: Direction } | null {
    // [TRACK-1] [TRACK-7]
    const key = tupleKey(tuple);
    const flow = this.#byTuple.get(key);
    if (!flow) return null;
    if (nowNs >= flow.expiresNs) {
      this.remove(flow);
      return null;
    }
    return { flow, direction: tupleKey(flow.original) === key ? 'ORIGINAL' : 'REPLY' };
  }

  remove(flow: Flow): void {
    endCount(flow);
    this.#flows.delete(flow);
    this.#mayGo.delete(flow);
    for (const tuple of [flow.original, flow.reply]) this.#byTuple.delete(tupleKey(tuple));
  }

  /** Adds a flow. A full table drops the flow that has been eligible longest; returns false if there is none. */
  add(flow: Flow): boolean {
    // [TRACK-8]
    if (this.#flows.size >= this.capacity) {
      const [victim] = this.#mayGo;
      if (!victim) return false;
      this.remove(victim);
      this.#dropped += 1;
    }
    this.#flows.add(flow);
    this.#mayGo.add(flow);
    for (const tuple of [flow.original, flow.reply]) this.#byTuple.set(tupleKey(tuple), flow);
    return true;
  }

  /** Marks whether the flow may be dropped to make room. */
  letGo(flow: Flow, mayGo: boolean): void {
    if (mayGo) this.#mayGo.add(flow);
    else this.#mayGo.delete(flow);
  }

  live(nowNs: bigint): Flow[] {
    return [...this.#flows].filter((flow) => nowNs < flow.expiresNs);
  }
}

/** A flow in its listed form. [TRACK-9] */
export function flowRow(flow: Flow, nowNs: bigint): FlowRow {
  const { original, reply } = flow;
  let flags = 0;
  if (flow.seenReply) flags |= FlowFlag.SEEN_REPLY;
  if (flow.assured) flags |= FlowFlag.ASSURED;
  if (changesDestination(original, reverse(reply))) flags |= FlowFlag.DNAT; // [NAT-8]
  if (changesSource(original, reverse(reply))) flags |= FlowFlag.SNAT;
  if (flow.via) flags |= FlowFlag.SPREAD;
  return {
    originalSource: original.source,
    originalDestination: original.destination,
    replySource: reply.source,
    replyDestination: reply.destination,
    originalSourcePort: original.sourcePort,
    originalDestinationPort: original.destinationPort,
    replySourcePort: reply.sourcePort,
    replyDestinationPort: reply.destinationPort,
    protocol: original.protocol,
    tcpState: flow.tcpState,
    flags,
    serviceId: flow.serviceId,
    backendId: flow.backendId,
    remainingMs: Number((flow.expiresNs - nowNs) / 1_000_000n),
    packets: flow.packets,
    bytes: flow.bytes,
    ageMs: (nowNs - flow.begunNs) / 1_000_000n,
    sctpState: flow.sctp?.state ?? 0,
    icmpType: original.query?.type ?? 0,
    icmpCode: original.query?.code ?? 0,
  };
}
