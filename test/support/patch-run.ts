// patch-run.ts - runs over random clusters that change Service by Service, under traffic: every step a patch where there is one.
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import { encodeImage } from '../../src/image/encode.js';
import type { TableSet } from '../../src/image/table.js';
import { ChangingCluster } from './changing-cluster.js';
import { ATTACHMENT, frontendSpec, randomConfig, VIEW } from './cluster-run.js';
import { LiveNode } from './live-node.js';
import { FrameSource } from './random-frames.js';
import { Dice } from './seed.js';
import { type Event, jsonText, type Run } from './twins.js';

const FRAMES_PER_STEP = 10;

/** What happens, and what the tables are then. They change with the next step. */
interface Step {
  readonly event: Event;
  readonly tables: TableSet;
  /** Made whole from the same cluster, and the event that would bring them into force; null when they stay. */
  readonly anew: { readonly tables: TableSet; readonly event: Event } | null;
}

/** The reference runs along, so that later frames answer earlier ones. */
export function* patchSteps(seed: number, frames: number, strategy: string): Generator<Step> {
  const dice = new Dice(seed);
  const engine = createReferenceEngine({ seed, flowCapacity: 1024 });
  const source = new FrameSource(dice);
  const cluster = new ChangingCluster(dice);
  const around = { view: VIEW, config: randomConfig(dice, strategy), strategy, attachment: ATTACHMENT };
  const node = new LiveNode(cluster.snapshot, { ...around, hashSeed: dice.bits() });
  let nowNs = 1_000_000_000n;
  const loaded = (image: Uint8Array): Event => ({ kind: 'load', image, nowNs, text: () => textOf(cluster) });
  const step = (event: Event): Step => {
    if (event.kind === 'patch') engine.patch(event.patch, nowNs);
    else if (event.kind === 'load') engine.load(event.image, nowNs);
    const anew = node.anew();
    source.aimAt(node.tables.FRONTEND.map(frontendSpec));
    return { event, tables: node.tables, anew: { tables: anew, event: loaded(encodeImage(anew)) } };
  };
  const textOf = ({ snapshot }: ChangingCluster): string => `${strategy} ${jsonText(snapshot)}`;
  yield step(loaded(node.image));
  for (let i = 1; i <= frames; i++) {
    nowNs += BigInt(dice.below(500_000_000));
    if (i % FRAMES_PER_STEP === 0) {
      node.follows(cluster.change());
      const { patch } = node;
      const text = (): string => `${Buffer.from(patch ?? []).toString('hex')} ${textOf(cluster)}`;
      yield step(patch ? { kind: 'patch', patch, nowNs, text } : loaded(node.image));
    }
    const frame = source.next();
    yield { event: { kind: 'frame', frame, nowNs }, tables: node.tables, anew: null };
    source.saw(engine.process(frame, nowNs));
  }
  yield { event: { kind: 'flows', nowNs }, tables: node.tables, anew: null };
}

export function makePatchRun(seed: number, frames: number, strategy: string): Run {
  const events = [...patchSteps(seed, frames, strategy)].map(({ event }) => event);
  return { seed, flowCapacity: 1024, events };
}
