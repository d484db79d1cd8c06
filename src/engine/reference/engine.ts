// engine.ts - createReferenceEngine: the slow, obvious twin of the native dataplane. It interprets decoded tables by linear search.
import { Reason } from '../../abi/abi.gen.js';
import { COUNTERS } from '../../abi/layout.js';
import { decodeImage } from '../../image/decode.js';
import { applyPatch } from '../../image/patch.js';
import type { TableSet } from '../../image/table.js';
import { Fault } from '../../model/fault.js';
import { bytesOf, drawsOf, frameOf, optionsOf, timeOf } from '../arguments.js';
import { type Engine, type EngineOptions, FLOW_CAPACITY, type FrameIn, NO_OFFLOAD, type Outcome } from '../engine.js';
import { Generator } from '../random.js';
import { AffinityTable } from './affinity.js';
import { checkTables } from './check.js';
import { FlowTable, flowRow } from './flow.js';
import { FragmentTable } from './fragment.js';
import { VirtualServers } from './ipvs/servers.js';
import { emptyDecision, type NodeState, type Passage } from './passage.js';
import { runFrame } from './pipeline.js';
import { flushStale, forgetGoneClients } from './stale.js';

const CAPACITY = { least: 8, most: 1 << 22 } as const;

/** [IMAGE-6] */
function roundCapacity(wanted: number): number {
  let capacity: number = CAPACITY.least;
  while (capacity < wanted && capacity < CAPACITY.most) capacity *= 2;
  return capacity;
}

function emptyState({ flowCapacity = FLOW_CAPACITY, seed }: ReturnType<typeof optionsOf>): NodeState {
  return {
    flows: new FlowTable(roundCapacity(flowCapacity)),
    fragments: new FragmentTable(),
    affinity: new AffinityTable(),
    random: new Generator(seed),
    servers: new VirtualServers(),
  };
}

export function createReferenceEngine(given: EngineOptions): Engine {
  const state = emptyState(optionsOf(given));
  const cells = new Array<bigint>(COUNTERS.cells).fill(0n);
  cells[COUNTERS.flowCapacity] = BigInt(state.flows.capacity);
  let tables: TableSet | null = null;
  let image: Uint8Array | null = null;
  const count = (cell: number, by: number): void => {
    cells[cell] = (cells[cell] ?? 0n) + BigInt(by);
  };
  const publish = (): void => {
    cells[COUNTERS.flows] = BigInt(state.flows.size);
    cells[COUNTERS.flowsDropped] = BigInt(state.flows.dropped);
  };

  const take = (bytes: Uint8Array, nowNs: bigint, written: ReadonlySet<number> | null): void => {
    const next = decodeImage(bytes);
    checkTables(next);
    tables = next;
    image = bytes;
    flushStale(state.flows, next, nowNs, written);
    forgetGoneClients(state.affinity, next);
    state.servers.take(next);
    cells[COUNTERS.generation] = next.generation;
    publish();
  };

  return {
    kind: 'reference',
    load: (image, nowNs) => take(bytesOf(image, 'the image').slice(), timeOf(nowNs), null),
    patch(patch, nowNs) {
      bytesOf(patch, 'the patch');
      timeOf(nowNs);
      if (!image) throw new Fault('IMAGE_REFUSED', 'table patch refused: there are no tables');
      const patched = applyPatch(image, patch);
      take(patched.image, nowNs, patched.services); // [PATCH-6]
    },
    process(given, nowNs) {
      const frame = frameOf(given);
      const outcome = runOne(state, tables, frame, timeOf(nowNs));
      count(outcome.decision.reason, 1); // [FRAME-8]
      count(COUNTERS.receivedFrames, 1);
      count(COUNTERS.receivedBytes, frame.bytes.length);
      if (outcome.out) {
        count(COUNTERS.sentFrames, 1);
        count(COUNTERS.sentBytes, outcome.out.bytes.length);
      }
      publish();
      return outcome;
    },
    scriptRandom: (draws) => state.random.script(drawsOf(draws)),
    flows: (nowNs) => state.flows.live(timeOf(nowNs)).map((flow) => flowRow(flow, nowNs)),
    counters: () => [...cells],
    close() {
      tables = null;
    },
  };
}

function runOne(state: NodeState, tables: TableSet | null, frame: FrameIn, nowNs: bigint): Outcome {
  const port = tables?.PORT[frame.port];
  const node = tables?.NODE[0];
  const decision = emptyDecision(frame.port);
  if (!tables || !port || !node) {
    // [FRAME-1]
    return { decision: { ...decision, reason: Reason.NO_TABLES }, out: null };
  }
  const passage: Passage = {
    state,
    tables,
    node,
    port,
    frame,
    offload: frame.offload ?? NO_OFFLOAD,
    nowNs,
    decision,
  };
  return runFrame(passage);
}
