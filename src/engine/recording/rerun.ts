// rerun.ts - runs a recording again: every frame through engines that start where the nodes stood, with the same tables at
// the same moments. Where an outcome differs from the recorded one, the first such frame is told.
import { ReasonNames, TraceKind, VerdictNames } from '../../abi/abi.gen.js';
import { NONE } from '../../abi/layout.js';
import { compileTables, strategyNamed } from '../../compile/strategy.js';
import { encodeImage } from '../../image/encode.js';
import { Fault } from '../../model/fault.js';
import type { Attachment } from '../../plan/plan.js';
import { planUnder } from '../../plan/planner.js';
import type { Outcome } from '../engine.js';
import { createNativeEngine, type NativeEngine } from '../native.js';
import { RecordedEvent } from './event.js';
import {
  type Entry,
  type Gap,
  type NodeStart,
  openRecording,
  RECORD,
  type RecordingEnd,
  readJson,
  readNode,
  readTables,
} from './format.js';
import { type RecordedPlan, revived } from './plan.js';

/** One side of a difference. */
export interface Ending {
  readonly verdict: string;
  readonly reason: string;
  /** Name of the port through which something left; null: nothing did. */
  readonly port: string | null;
  /** What left. */
  readonly bytes: Uint8Array | null;
}

export interface FirstDifference {
  /** Which frame of the recording, from 1 on. */
  readonly frame: number;
  readonly node: string;
  readonly port: string;
  /** Nanoseconds since 1970. */
  readonly atNs: bigint;
  readonly bytes: Uint8Array;
  readonly recorded: Ending;
  readonly rerun: Ending;
}

export interface Rerun {
  /** Frames that were run. */
  readonly frames: number;
  readonly differences: number;
  readonly first: FirstDifference | null;
  readonly gaps: number;
  /** Records that the gaps lack. */
  readonly missing: number;
  /** False: the recording was cut off, and only what is there was run. */
  readonly whole: boolean;
  /** The first difference under another strategy is where they part ways; what follows differs because of it. */
  readonly strategy: string | null;
}

export interface RerunOptions {
  /** Another strategy than the recorded ones; null or absent: as recorded. */
  readonly strategy?: string | null;
  /** Frames after which it ends. */
  readonly until?: number;
}

interface RunningNode {
  engine: NativeEngine;
  /** Names of its ports. */
  attachment: Attachment | null;
  /** Its tables are those of another strategy. */
  other: boolean;
}

class Rerunner {
  readonly #options: Required<RerunOptions>;
  readonly #names: Readonly<{ [node: number]: string }>;
  readonly #epochNs: bigint;
  readonly #nodes = new Map<number, RunningNode>();
  readonly #plans = new Map<number, RecordedPlan>();
  frames = 0;
  differences = 0;
  first: FirstDifference | null = null;
  gaps = 0;
  missing = 0;
  end: RecordingEnd | null = null;

  constructor(options: Required<RerunOptions>, names: Readonly<{ [node: number]: string }>, epochNs: bigint) {
    this.#options = options;
    this.#names = names;
    this.#epochNs = epochNs;
  }

  take({ kind, payload }: Entry): void {
    if (kind === RECORD.plan) this.#plan(readJson(payload));
    else if (kind === RECORD.node) this.#start(readNode(payload));
    else if (kind === RECORD.tables) this.#tables(payload);
    else if (kind === RECORD.event) this.#event(new RecordedEvent(payload));
    else if (kind === RECORD.gap) this.#gap(readJson(payload));
    else if (kind === RECORD.end) this.end = readJson(payload);
  }

  close(): void {
    for (const { engine } of this.#nodes.values()) engine.close();
    this.#nodes.clear();
  }

  #plan({ node, ...plan }: RecordedPlan & { readonly node: number }): void {
    this.#plans.set(node, plan);
  }

  #gap({ missing }: Gap): void {
    this.gaps++;
    this.missing += missing;
    // Their states come next.
    this.close();
  }

  #start({ node, seed, flowCapacity, atNs, state }: NodeStart): void {
    this.#nodes.get(node)?.engine.close();
    const engine = createNativeEngine({ seed, flowCapacity });
    const running = { engine, attachment: this.#plans.get(node)?.attachment ?? null, other: false };
    this.#nodes.set(node, running);
    if (state.length === 0) return;
    engine.restore(state, atNs);
    this.#switch(node, running, atNs);
  }

  #tables(payload: Uint8Array): void {
    const { node, kind, atNs, bytes } = readTables(payload);
    const running = this.#running(node);
    running.attachment = this.#plans.get(node)?.attachment ?? null;
    if (this.#switch(node, running, atNs)) return;
    if (kind === 'patch') running.engine.patch(bytes, atNs);
    else running.engine.load(bytes, atNs);
  }

  /** Loads tables of the strategy that is asked for. False if they are those that were recorded. */
  #switch(node: number, running: RunningNode, atNs: bigint): boolean {
    const { strategy } = this.#options;
    const recorded = this.#plans.get(node);
    if (strategy === null || !recorded || recorded.strategy === strategy || recorded.attachment.router) {
      running.other = false;
      return false;
    }
    const { plan, attachment, generation, hashSeed } = revived(recorded);
    const under = planUnder(plan, strategyNamed(strategy).mode);
    const tables = compileTables(under, attachment, { strategy, generation: BigInt(generation), hashSeed });
    running.engine.load(encodeImage(tables), atNs);
    running.other = true;
    return true;
  }

  #running(node: number): RunningNode {
    const running = this.#nodes.get(node);
    if (!running) throw new RangeError(`node ${node} is not there`);
    return running;
  }

  #event(event: RecordedEvent): void {
    const { kind, node } = event;
    if (kind === TraceKind.SWEEP) this.#running(node).engine.sweep(event.clockNs, event.places);
    else if (kind === TraceKind.REMOVED) {
      this.#nodes.get(node)?.engine.close();
      this.#nodes.delete(node);
    } else if (kind === TraceKind.FRAME) this.#frame(event);
  }

  #frame(event: RecordedEvent): void {
    const running = this.#running(event.node);
    const { port, before: bytes, offload } = event;
    const outcome = running.engine.process({ port, bytes, offload }, event.clockNs);
    this.frames++;
    if (running.other ? event.looksLike(outcome) : event.equals(outcome)) return;
    this.differences++;
    this.first ??= this.#difference(event, running, outcome);
  }

  #difference(event: RecordedEvent, { attachment }: RunningNode, { decision, out }: Outcome): FirstDifference {
    const port = (number: number): string => attachment?.ports[number]?.name ?? `port ${number}`;
    const ending = (verdict: number, reason: number, through: number, bytes: Uint8Array): Ending => ({
      ...{ verdict: VerdictNames[verdict] ?? String(verdict), reason: ReasonNames[reason] ?? String(reason) },
      ...{ port: through === NONE ? null : port(through), bytes: through === NONE ? null : bytes.slice() },
    });
    return {
      frame: this.frames,
      node: this.#names[event.node] ?? `node ${event.node}`,
      port: port(event.port),
      atNs: event.clockNs + this.#epochNs,
      bytes: event.before.slice(),
      recorded: ending(event.word('verdict'), event.word('reason'), event.outPort, event.after),
      rerun: ending(decision.verdict, decision.reason, out?.port ?? NONE, out?.bytes ?? new Uint8Array()),
    };
  }
}

/**
 * Runs the recording in a file again.
 * Throws Fault USAGE for a file that is no recording, is damaged, or was made by a build with other tables.
 */
export function rerun(path: string, { strategy = null, until = Number.POSITIVE_INFINITY }: RerunOptions = {}): Rerun {
  const options = { strategy, until };
  const { header, records, close } = openRecording(path);
  const runner = new Rerunner(options, header.nodes, BigInt(header.epochNs));
  try {
    for (const record of records) {
      runner.take(record);
      if (runner.frames >= options.until) break;
    }
  } catch (error) {
    if (error instanceof Fault && error.code !== 'IMAGE_REFUSED') throw error;
    throw new Fault('USAGE', `${path}: the recording is damaged: ${(error as Error).message}`, 'Record again.');
  } finally {
    runner.close();
    close();
  }
  const { frames, differences, first, gaps, missing, end } = runner;
  const whole = end !== null || frames >= options.until;
  return { frames, differences, first, gaps, missing, whole, strategy: options.strategy };
}
