// twins.ts - runs the same events on two engines and finds the first difference; makes a failing run as short as it can.
import { isDeepStrictEqual } from 'node:util';
import type { FlowRow } from '../../src/abi/abi.gen.js';
import type { Engine, FrameIn, Outcome } from '../../src/engine/engine.js';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import { encodeImage } from '../../src/image/encode.js';
import { FrameSource } from './random-frames.js';
import { randomSpec } from './random-tables.js';
import { Dice } from './seed.js';
import { type FrontendSpec, makeTables, type TablesSpec } from './tables.js';

export type Event =
  | { readonly kind: 'load'; readonly image: Uint8Array; readonly text: () => string; readonly nowNs: bigint }
  | { readonly kind: 'patch'; readonly patch: Uint8Array; readonly text: () => string; readonly nowNs: bigint }
  | { readonly kind: 'frame'; readonly frame: FrameIn; readonly nowNs: bigint }
  | { readonly kind: 'flows'; readonly nowNs: bigint };

export interface Run {
  readonly seed: number;
  readonly flowCapacity: number;
  readonly events: readonly Event[];
}

const SECOND = 1_000_000_000n;
const STEPS = [
  1n,
  1_000n,
  1_000_000n,
  SECOND,
  11n * SECOND,
  31n * SECOND,
  121n * SECOND,
  700n * SECOND,
  90_000n * SECOND,
];

/** A whole life of one node: images, frames, time. The reference runs along, so that later frames answer earlier ones. */
export function makeRun(seed: number, frames: number): Run {
  const dice = new Dice(seed);
  const flowCapacity = dice.pick([8, 64, 4096]);
  const engine = createReferenceEngine({ seed, flowCapacity });
  const source = new FrameSource(dice);
  const isRouter = seed % 7 === 3;
  const events: Event[] = [];
  let nowNs = BigInt(dice.below(1000)) * SECOND;
  let generation = 1n;
  const load = (): void => {
    const spec = randomSpec(dice, generation++, isRouter);
    const image = encodeImage(makeTables(spec));
    events.push({ kind: 'load', image, text: () => jsonText(spec), nowNs });
    source.aimAt(frontendsOf(spec));
    engine.load(image, nowNs);
  };
  if (dice.chance(97)) load();
  for (let i = 0; i < frames; i++) {
    nowNs += dice.chance(90) ? BigInt(dice.below(5_000_000)) : dice.pick(STEPS);
    if (dice.chance(1)) load();
    const frame = source.next();
    events.push({ kind: 'frame', frame, nowNs });
    source.saw(engine.process(frame, nowNs));
    if (dice.chance(1)) events.push({ kind: 'flows', nowNs });
  }
  events.push({ kind: 'flows', nowNs });
  return { seed, flowCapacity, events };
}

/** JSON with 64-bit numbers as text. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each));

function frontendsOf(spec: TablesSpec): FrontendSpec[] {
  const health = (spec.healthChecks ?? []).map((check) => ({ kind: 'HEALTH_CHECK' as const, ...check }));
  return [...(spec.services ?? []).flatMap((service) => service.frontends), ...health];
}

const flowText = (row: FlowRow): string =>
  Object.entries(row)
    .map(([name, value]) => `${name}=${value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value}`)
    .join(' ');

const flowsText = (engine: Engine, nowNs: bigint): string => engine.flows(nowNs).map(flowText).sort().join('\n');

function sameOutcome(a: Outcome, b: Outcome): boolean {
  if (!isDeepStrictEqual({ ...a.decision }, { ...b.decision })) return false;
  if (!a.out || !b.out) return a.out === b.out;
  const { bytes: aBytes, ...aRest } = a.out;
  const { bytes: bBytes, ...bRest } = b.out;
  return Buffer.compare(aBytes, bBytes) === 0 && isDeepStrictEqual(aRest, bRest);
}

interface Difference {
  /** Index of the event at which they differ. */
  readonly at: number;
  readonly first: string;
  readonly second: string;
}

function outcomeText(outcome: Outcome): string {
  const out = outcome.out;
  const frame = out ? { ...out, bytes: Buffer.from(out.bytes).toString('hex') } : null;
  return JSON.stringify({ decision: outcome.decision, out: frame }, null, 1);
}

/** Runs both engines over the events. Null when they agree in everything. */
export function compare(
  makeFirst: () => Engine,
  makeSecond: () => Engine,
  events: readonly Event[],
): Difference | null {
  const [first, second] = [makeFirst(), makeSecond()];
  try {
    for (const [at, event] of events.entries()) {
      if (event.kind === 'load') {
        for (const engine of [first, second]) engine.load(event.image, event.nowNs);
      } else if (event.kind === 'patch') {
        for (const engine of [first, second]) engine.patch(event.patch, event.nowNs);
      } else if (event.kind === 'frame') {
        const outcomes = [first, second].map((engine) => engine.process(event.frame, event.nowNs));
        const [a, b] = outcomes as [Outcome, Outcome];
        if (!sameOutcome(a, b)) return { at, first: outcomeText(a), second: outcomeText(b) };
      } else {
        const [a, b] = [flowsText(first, event.nowNs), flowsText(second, event.nowNs)];
        if (a !== b) return { at, first: a, second: b };
      }
    }
    const [a, b] = [first.counters().join(' '), second.counters().join(' ')];
    return a === b ? null : { at: events.length, first: `counters ${a}`, second: `counters ${b}` };
  } finally {
    first.close();
    second.close();
  }
}

/** Removes events as long as the two still differ somewhere: halves first, then single ones. */
export function minimise(events: readonly Event[], differs: (events: readonly Event[]) => Difference | null): Event[] {
  const firstDifference = differs(events);
  let kept = events.slice(0, (firstDifference?.at ?? events.length) + 1);
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = kept.length - size; at >= 0; at -= size) {
      const shorter = [...kept.slice(0, at), ...kept.slice(at + size)];
      const difference = differs(shorter);
      if (difference) kept = shorter.slice(0, difference.at + 1);
    }
  }
  return kept;
}

/** An event as a line of a failure report. */
export function eventText(event: Event): string {
  const time = `t=${event.nowNs}`;
  if (event.kind === 'flows') return `${time} flows`;
  if (event.kind === 'load' || event.kind === 'patch') return `${time} ${event.kind} ${event.text()}`;
  const { port, bytes, offload } = event.frame;
  const said = offload && (offload.needsChecksum || offload.gsoType) ? ` offload=${JSON.stringify(offload)}` : '';
  return `${time} port=${port}${said} ${Buffer.from(bytes).toString('hex')}`;
}
