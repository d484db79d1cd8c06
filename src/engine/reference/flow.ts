// flow.ts - flows and where they are kept: found by either tuple, forgotten when expired, limited in number.
import { FlowFlag, type FlowRow, type TcpState } from '../../abi/abi.gen.js';
import { sameBytes } from './bytes.js';
import { type Count, endCount } from './ipvs/counting.js';
import { isEcho, PROTOCOL, type Tuple } from './packet.js';
import { TCP_SECONDS } from './tcp.js';

export type Direction = 'ORIGINAL' | 'REPLY';

/** A tracked connection. What it rewrites is the difference between its two tuples. */
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
  packets: bigint;
  bytes: bigint;
  /** IPVS: what it counts for. */
  count: Count | null;
}

const tupleKey = (t: Tuple): string =>
  `${Buffer.from(t.source).toString('hex')} ${Buffer.from(t.destination).toString('hex')} ${t.protocol} ${t.sourcePort} ${t.destinationPort}`;

export const reverse = (t: Tuple): Tuple => ({
  source: t.destination,
  destination: t.source,
  protocol: t.protocol,
  sourcePort: t.destinationPort,
  destinationPort: t.sourcePort,
});

export const sameTuple = (a: Tuple, b: Tuple): boolean => tupleKey(a) === tupleKey(b);

/** The tuple that a packet of this direction has when it leaves. [NAT-6] */
export const rewritten = (flow: Flow, direction: Direction): Tuple =>
  reverse(direction === 'ORIGINAL' ? flow.reply : flow.original);

const changesEnd = (a: Uint8Array, aPort: number, b: Uint8Array, bPort: number): boolean =>
  aPort !== bPort || !sameBytes(a, b);

export const changesDestination = (from: Tuple, to: Tuple): boolean =>
  changesEnd(from.destination, from.destinationPort, to.destination, to.destinationPort);

export const changesSource = (from: Tuple, to: Tuple): boolean =>
  changesEnd(from.source, from.sourcePort, to.source, to.sourcePort);

const OTHER_SECONDS = 600;

/** Seconds until a flow expires when no other packet comes. */
export function lifetimeSeconds(flow: Flow): number {
  const { protocol } = flow.original;
  if (protocol === PROTOCOL.TCP) return TCP_SECONDS[flow.tcpState];
  if (protocol === PROTOCOL.UDP) return flow.seenReply ? 120 : 30;
  if (protocol === PROTOCOL.SCTP) return flow.seenReply ? 210 : 30;
  return isEcho(flow.original) ? 30 : OTHER_SECONDS;
}

/** Counts a packet and sets the timer anew. */
export function touch(flow: Flow, ipBytes: number, nowNs: bigint): void {
  flow.packets += 1n;
  flow.bytes += BigInt(ipBytes);
  flow.expiresNs = nowNs + BigInt(lifetimeSeconds(flow)) * 1_000_000_000n;
}

export class FlowTable {
  readonly capacity: number;
  readonly #byTuple = new Map<string, Flow>();
  /** In order of creation. */
  readonly #flows = new Set<Flow>();

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Flows now, expired ones that nobody has met included. */
  get size(): number {
    return this.#flows.size;
  }

  /** The flow of a tuple and the direction in which the tuple runs. Forgets the flow when its time has come. */
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
    for (const tuple of [flow.original, flow.reply]) this.#byTuple.delete(tupleKey(tuple));
  }

  /** Enters a flow; when the table is full, the oldest flow that is not assured makes room. False when none can. */
  add(flow: Flow): boolean {
    // [TRACK-8]
    if (this.#flows.size >= this.capacity) {
      const victim = [...this.#flows].find((candidate) => !candidate.assured);
      if (!victim) return false;
      this.remove(victim);
    }
    this.#flows.add(flow);
    for (const tuple of [flow.original, flow.reply]) this.#byTuple.set(tupleKey(tuple), flow);
    return true;
  }

  live(nowNs: bigint): Flow[] {
    return [...this.#flows].filter((flow) => nowNs < flow.expiresNs);
  }
}

/** A flow as it is listed. [TRACK-9] */
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
  };
}
