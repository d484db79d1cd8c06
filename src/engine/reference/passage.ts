// passage.ts - one frame on its way through the stages: what it is, what the node knows, and the three ways it can end.
import { type Decision, type NodeRow, PortKind, type PortRow, type Reason, Verdict } from '../../abi/abi.gen.js';
import { NONE } from '../../abi/layout.js';
import type { TableSet } from '../../image/table.js';
import { type FrameIn, NO_OFFLOAD, type Offload, type Outcome } from '../engine.js';
import type { Generator } from '../random.js';
import type { AffinityTable } from './affinity.js';
import type { FlowTable } from './flow.js';
import type { FragmentTable } from './fragment.js';
import type { VirtualServers } from './ipvs/servers.js';

/** State that outlives a frame. */
export interface NodeState {
  readonly flows: FlowTable;
  readonly fragments: FragmentTable;
  readonly affinity: AffinityTable;
  readonly random: Generator;
  readonly servers: VirtualServers;
}

export interface Passage {
  readonly state: NodeState;
  readonly tables: TableSet;
  readonly node: NodeRow;
  /** Row of the port on which the frame arrived. */
  readonly port: PortRow;
  readonly frame: FrameIn;
  readonly offload: Offload;
  readonly nowNs: bigint;
  /** Filled in step by step. It keeps its values if a later step drops the frame. */
  readonly decision: Decision;
}

/** [FRAME-2] */
export const emptyDecision = (inPort: number): Decision => ({
  verdict: Verdict.DROP,
  reason: 0,
  inPort,
  outPort: NONE,
  nextHop: NONE,
  state: 0,
  frontend: NONE,
  service: NONE,
  backend: NONE,
  list: 0,
  masquerade: 0,
  choices: 0,
  flags: 0,
});

/** A stage returns either the input of the next stage or the end of the passage. */
export const isOutcome = (value: object): value is Outcome => 'decision' in value && 'out' in value;

export const fromHost = (passage: Passage): boolean => passage.port.kind === PortKind.HOST;

export function drop(passage: Passage, reason: Reason): Outcome {
  return { decision: { ...passage.decision, verdict: Verdict.DROP, reason }, out: null };
}

/** Sends a reply through the port that the frame came from. */
export function answer(passage: Passage, reason: Reason, bytes: Uint8Array): Outcome {
  const port = passage.frame.port;
  const nextHop = passage.port.target;
  return {
    decision: { ...passage.decision, verdict: Verdict.REPLY, reason, outPort: port, nextHop }, // [FRAME-5] [REPLY-2]
    out: { port, nextHop, bytes, offload: NO_OFFLOAD },
  };
}

export function forward(
  passage: Passage,
  reason: Reason,
  bytes: Uint8Array,
  route: { port: number; nextHop: number },
): Outcome {
  return {
    decision: { ...passage.decision, verdict: Verdict.FORWARD, reason, outPort: route.port, nextHop: route.nextHop },
    out: { port: route.port, nextHop: route.nextHop, bytes, offload: passage.offload },
  };
}
