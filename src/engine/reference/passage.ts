// passage.ts - one frame on its way through the stages: what it is, what the node knows, and the three ways in which it can end.
import { type Decision, type NodeRow, PortKind, type PortRow, type Reason, Verdict } from '../../abi/abi.gen.js';
import { NONE } from '../../abi/layout.js';
import type { TableSet } from '../../image/table.js';
import { type FrameIn, NO_OFFLOAD, type Offload, type Outcome } from '../engine.js';
import type { Generator } from '../random.js';
import type { AffinityTable } from './affinity.js';
import type { FlowTable } from './flow.js';
import type { FragmentTable } from './fragment.js';
import type { VirtualServers } from './ipvs/servers.js';

/** What outlives a frame. */
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
  /** Row of the port through which the frame came. */
  readonly port: PortRow;
  readonly frame: FrameIn;
  readonly offload: Offload;
  readonly nowNs: bigint;
  /** Filled as things become known; it stays filled when a later step drops. */
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

/** Stages return either what the next one needs or the end of the route. */
export const isOutcome = (value: object): value is Outcome => 'decision' in value && 'out' in value;

export const fromHost = (passage: Passage): boolean => passage.port.kind === PortKind.HOST;

export function drop(passage: Passage, reason: Reason): Outcome {
  return { decision: { ...passage.decision, verdict: Verdict.DROP, reason }, out: null };
}

/** Answers through the port that the frame came from. */
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
