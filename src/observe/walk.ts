// walk.ts - takes a packet through the dataplanes it meets, one stage each, until it is delivered or stopped.
import { type Decision, FrontendKindNames, ReasonNames, Verdict } from '../abi/abi.gen.js';
import { NONE } from '../abi/layout.js';
import { reasonSpec } from '../abi/reasons.js';
import type { FrameOut } from '../engine/engine.js';
import type { Dataplane, Fleet } from './fleet.js';
import { readTuple, type Tuple } from './probe.js';

/** A decision, with the tables whose rows it names and the packet as it came. */
export interface Judged {
  readonly plane: Pick<Dataplane, 'plan' | 'tables'>;
  readonly decision: Pick<Decision, 'reason' | 'frontend' | 'service' | 'backend' | 'list' | 'masquerade'>;
  readonly before: Tuple;
}

/** What one dataplane did with the packet. */
export interface Stage {
  readonly plane: Dataplane;
  readonly inPort: number;
  /** The frame as it arrived. */
  readonly frame: Uint8Array;
  readonly decision: Decision;
  readonly out: FrameOut | null;
  readonly before: Tuple;
  /** The frame as it left; null when it did not leave, or when an answer left instead. */
  readonly after: Tuple | null;
}

/** More dataplanes than this in a row mean a routing loop. */
const MAX_STAGES = 8;

/** Longer than any flow or affinity lives (24 h), so every packet is the first of a connection. */
const BETWEEN_PACKETS_NS = 2n * 86_400n * 1_000_000_000n;

/** Time is a 64-bit number of nanoseconds. Half of it is enough for all the choices of one packet. */
const HALF_OF_TIME_NS = 1n << 63n;

/** Takes packets through a fleet. Time passes between any two, so that none finds traces of another. */
export class Walker {
  readonly fleet: Fleet;
  #now = 0n;

  constructor(fleet: Fleet) {
    this.fleet = fleet;
  }

  /** True when so many packets were taken through that the next ones need a new fleet. */
  get isSpent(): boolean {
    return this.#now > HALF_OF_TIME_NS;
  }

  /**
   * The complete way of one packet.
   * @param draws 32-bit random numbers that every dataplane uses first
   * @param soon send right after the previous packet, so that its flows and affinities are found
   */
  walk(plane: Dataplane, inPort: number, frame: Uint8Array, draws: readonly number[], soon = false): Stage[] {
    if (!soon) this.#now += BETWEEN_PACKETS_NS;
    const stages: Stage[] = [];
    let here: Dataplane | null = plane;
    let port = inPort;
    let bytes = frame;
    while (here && stages.length < MAX_STAGES) {
      const stage = this.#step(here, port, bytes, draws);
      stages.push(stage);
      const { out } = stage;
      if (!out || stage.decision.verdict !== Verdict.FORWARD || out.nextHop === NONE) break;
      const next = this.fleet.node(out.nextHop);
      port = next ? uplinkTo(next, here.id) : -1;
      here = port < 0 ? null : next;
      bytes = out.bytes;
    }
    return stages;
  }

  /** What a single dataplane does with a packet. */
  step(plane: Dataplane, inPort: number, frame: Uint8Array, draws: readonly number[]): Stage {
    this.#now += BETWEEN_PACKETS_NS;
    return this.#step(plane, inPort, frame, draws);
  }

  #step(plane: Dataplane, inPort: number, frame: Uint8Array, draws: readonly number[]): Stage {
    plane.engine.scriptRandom(draws);
    const { decision, out } = plane.engine.process({ port: inPort, bytes: frame }, this.#now);
    const forwarded = decision.verdict === Verdict.FORWARD && out !== null;
    return {
      plane,
      inPort,
      frame,
      decision,
      out,
      before: readTuple(frame),
      after: forwarded ? readTuple(out.bytes) : null,
    };
  }
}

/** The port through which frames from a peer arrive: the peer's own uplink on the fabric, the only uplink on a node. */
export function uplinkTo(plane: Dataplane, peer: number): number {
  const { ports } = plane.attachment;
  const own = ports.findIndex((port) => port.kind === 'UPLINK' && port.peer === peer);
  return own >= 0 ? own : ports.findIndex((port) => port.kind === 'UPLINK');
}

/** No Service rule decided: the packet went its way, or found none. */
export const isUntouched = (decision: Decision): boolean =>
  decision.frontend === NONE && reasonSpec(decision.reason)?.cause === 'route';

/**
 * The stage whose rules decided: the first node where a Service rule touched the packet, else the last stage.
 * @param asked only the rules of the first node are in question: what the network beyond the nodes does is no answer
 */
export function decidingIndex(stages: readonly Stage[], asked: boolean): number {
  const found = stages.findIndex(({ plane, decision }) => plane.isNode && !isUntouched(decision));
  if (found >= 0) return found;
  const last = stages.length - 1;
  return asked && stages[0]?.plane.isNode && !stages[last]?.plane.isNode ? 0 : last;
}

export const reasonName = (decision: Decision): string => ReasonNames[decision.reason] ?? String(decision.reason);

/** The kind (`CLUSTER_IP` …) of the row that matched; null when none did. */
export function frontendKindName(stage: Pick<Judged, 'plane' | 'decision'>): string | null {
  const row = stage.plane.tables.FRONTEND[stage.decision.frontend];
  return row ? (FrontendKindNames[row.kind] ?? null) : null;
}
