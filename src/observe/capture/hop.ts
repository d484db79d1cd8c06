// hop.ts - a frame at one node with everything that a reader wants to know: names, verdict, Service, rule.
import { DecisionFlag, FlowStateNames, ReasonNames, type TraceRow, Verdict, VerdictNames } from '../../abi/abi.gen.js';
import { NONE } from '../../abi/layout.js';
import type { TracedFrame } from '../../engine/tracering.js';
import { formatBytes, formatEndpoint } from '../../model/address.js';
import { rendererOf } from '../../render/index.js';
import { swap16 } from '../../wire/bytes.js';
import type { FlowRecord } from '../conntrack.js';
import type { Dataplane } from '../fleet.js';
import { type PacketTuple, packetTuple } from '../packet.js';
import { passageOf } from '../steps.js';

/** A dataplane of the lab, with what is in force on it. */
export interface TracedPlane extends Pick<Dataplane, 'name' | 'plan' | 'attachment' | 'tables'> {
  readonly strategy: string;
}

/** What a Service did with a connection. */
interface Handling {
  /** `namespace/name:port` */
  readonly service: string;
  /** The node that rewrote it; another one sees only what that made of it. */
  readonly by: string;
  /** `address:port`, or the address of a node behind a load balancer; null if none was chosen. */
  readonly endpoint: string | null;
  /** In the notation of the strategy; null if it is not known, because the connection is older than the capture. */
  readonly rule: string | null;
}

export interface Hop {
  readonly node: string;
  readonly atNs: bigint;
  /** Names of the ports through which it came and left. */
  readonly in: string;
  readonly out: string | null;
  readonly verdict: string;
  readonly reason: string;
  /** NEW, ESTABLISHED … */
  readonly state: string;
  readonly generation: string;
  readonly handling: Handling | null;
  readonly before: PacketTuple | null;
  readonly after: PacketTuple | null;
  readonly frame: TracedFrame;
}

/** The same for both directions of a connection. */
export function connectionKey({ protocol, ...tuple }: PacketTuple): string {
  const ends = [`${tuple.source} ${tuple.sourcePort}`, `${tuple.destination} ${tuple.destinationPort}`];
  return `${protocol} ${ends.sort().join(' ')}`;
}

const nameIn = (names: Readonly<Record<number, string>>, number: number): string => names[number] ?? String(number);

/** Connections whose handling is remembered; the oldest are forgotten first. */
const MOST_CONNECTIONS = 100_000;

/** Puts names to what shards tell, and remembers which Service has handled which connection. */
export class Namer {
  readonly #planeOf: (node: number) => TracedPlane | undefined;
  readonly #connections = new Map<string, Handling>();
  readonly #rules = new Map<string, string | null>();

  constructor(planeOf: (node: number) => TracedPlane | undefined) {
    this.#planeOf = planeOf;
  }

  /** Connections that are older than the capture. */
  learn(flows: readonly FlowRecord[]): void {
    for (const { node, service, endpoint, protocol, original, reply } of flows) {
      if (service === null) continue;
      const handling = { by: node, service, endpoint, rule: null };
      for (const tuple of [original, reply]) this.#remember({ protocol, ...tuple }, handling);
    }
  }

  name(frame: TracedFrame): Hop {
    const { row } = frame;
    const plane = this.#planeOf(row.node);
    const port = (number: number): string => plane?.attachment.ports[number]?.name ?? `port ${number}`;
    const before = packetTuple(frame.before);
    const after = frame.after && packetTuple(frame.after);
    return {
      node: plane?.name ?? `node ${row.node}`,
      atNs: row.atNs,
      in: port(row.inPort),
      out: row.outPort === NONE ? null : port(row.outPort),
      verdict: nameIn(VerdictNames, row.lostTo === 0 ? row.verdict : Verdict.DROP),
      reason: nameIn(ReasonNames, row.lostTo || row.reason),
      state: nameIn(FlowStateNames, row.state),
      generation: String(row.generation),
      handling: before && this.#handling(row, plane, before, after),
      before,
      after,
      frame,
    };
  }

  #handling(
    row: TraceRow,
    plane: TracedPlane | undefined,
    before: PacketTuple,
    after: PacketTuple | null,
  ): Handling | null {
    const known = this.#connections.get(connectionKey(before));
    const own = plane && row.generation === plane.tables.generation ? this.#decided(row, plane, before) : null;
    if (!own) {
      // Another node has rewritten it, or will.
      if (known && after) this.#remember(after, known);
      return known ?? null;
    }
    for (const tuple of [before, after]) if (tuple) this.#remember(tuple, own);
    return own;
  }

  /** What this very decision did by a Service; null if none took part. */
  #decided(row: TraceRow, plane: TracedPlane, before: PacketTuple): Handling | null {
    const service = plane.tables.names.services[row.service];
    if (row.service === NONE || service === undefined) return null;
    const backend = plane.tables.BACKEND[row.backend];
    const port = backend ? swap16(backend.port_be) : 0;
    const address = backend ? formatBytes(backend.address) : null;
    const endpoint = address && port !== 0 ? formatEndpoint(address, port) : address;
    return { by: plane.name, service, endpoint, rule: this.#rule(row, plane, before) };
  }

  #rule(row: TraceRow, plane: TracedPlane, before: PacketTuple): string | null {
    const { node, generation, frontend, backend, reason, list, masquerade } = row;
    const key = [node, generation, frontend, backend, reason, list, masquerade].join(' ');
    const known = this.#rules.get(key);
    if (known !== undefined) return known;
    if (this.#rules.size >= MOST_CONNECTIONS) this.#rules.clear();
    const protocol = { 6: 'TCP', 17: 'UDP', 132: 'SCTP' }[before.protocol] ?? 'ICMP';
    const rules = rendererOf(plane.strategy)(passageOf({ plane, decision: row, before }, protocol));
    const rule = rules.join(' | ') || null;
    this.#rules.set(key, rule);
    return rule;
  }

  #remember(tuple: PacketTuple, handling: Handling): void {
    const key = connectionKey(tuple);
    this.#connections.delete(key);
    this.#connections.set(key, handling);
    if (this.#connections.size <= MOST_CONNECTIONS) return;
    const [oldest] = this.#connections.keys();
    if (oldest !== undefined) this.#connections.delete(oldest);
  }
}

/** What happened at one of the two stages of a node, as the comment of a packet. */
export function commentOf(hop: Hop, stage: 'in' | 'out'): string {
  const { node, verdict, reason, state, generation, handling, frame } = hop;
  const port = stage === 'in' ? hop.in : (hop.out ?? '');
  const rewritten = [
    (frame.row.flags & DecisionFlag.DNAT) !== 0 ? 'dnat' : '',
    (frame.row.flags & DecisionFlag.SNAT) !== 0 ? 'snat' : '',
  ].filter((word) => word !== '');
  return [
    ...[`node=${node}`, `stage=${stage}`, `port=${port}`, `verdict=${verdict}`, `reason=${reason}`, `state=${state}`],
    ...(handling ? [`service=${handling.service}`, `endpoint=${handling.endpoint ?? '-'}`] : []),
    `nat=${rewritten.join(',') || '-'}`,
    `generation=${generation}`,
    ...(handling?.rule && handling.by === node ? [`rule=${handling.rule}`] : []),
  ].join(' ');
}
