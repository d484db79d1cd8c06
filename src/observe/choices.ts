// choices.ts - makes an engine choose every endpoint of a list once, however its strategy chooses.
import { EndpointList } from '../abi/abi.gen.js';
import { NONE } from '../abi/layout.js';
import { strategySpec } from '../abi/strategies.js';
import { setSourcePort } from './probe.js';
import { isDrawn, sharesOf } from './shares.js';
import type { Stage, Walker } from './walk.js';

/** Smallest 32-bit draw that selects member i of n: (draw · n) >> 32 = i (native/law/choose.md). */
const uniformDraw = (i: number, n: number): number => Number((BigInt(i) * 2n ** 32n + BigInt(n) - 1n) / BigInt(n));

/** A cascade tries one endpoint after another: it skips i of them and takes the next. */
const cascadeDraws = (i: number): number[] => [...new Array<number>(i).fill(0x7fffffff), 0];

/** Connections to try per endpoint not met so far: needed by strategies that hash. */
const TRIES_PER_ENDPOINT = 24;
const MOST_TRIES = 5_000;

function* scripts(count: number): Generator<readonly number[]> {
  for (let i = 1; i < count; i++) yield [uniformDraw(i, count)];
  for (let i = 1; i < count; i++) yield cascadeDraws(i);
}

/**
 * One stage for every endpoint that the deciding dataplane can choose for packets like this one. The given stage is
 * first.
 * @param anyPort we may choose the source port, so connections from other ports count too
 */
export function everyChoice(walker: Walker, deciding: Stage, anyPort: boolean): Stage[] {
  const { plane, inPort, frame, decision } = deciding;
  const found = new Map<number, Stage>([[decision.backend, deciding]]);
  const count = Math.max(1, decision.choices);
  const take = (stage: Stage): void => {
    const { backend } = stage.decision;
    if (backend !== NONE && !found.has(backend)) found.set(backend, stage);
  };
  for (const draws of scripts(count)) {
    if (found.size === count) break;
    take(walker.step(plane, inPort, frame, draws));
  }
  const tries = anyPort ? Math.min(count * TRIES_PER_ENDPOINT, MOST_TRIES) : 0;
  for (let i = 1; i <= tries && found.size < count; i++) {
    take(walker.step(plane, inPort, setSourcePort(frame, deciding.before.sourcePort + i), []));
  }
  return [...found.values()];
}

/**
 * The stage of a packet that leaves through the deciding dataplane to this endpoint, as the last packet it saw; null
 * when no packet can be made to.
 * @param fits tells whether a stage went to the intended endpoint
 * @param frame like that of the deciding stage
 */
export function chooseOnce(
  walker: Walker,
  { plane, inPort, decision }: Stage,
  frame: Uint8Array,
  fits: (stage: Stage) => boolean,
): Stage | null {
  for (const draws of [[0], ...scripts(Math.max(1, decision.choices))]) {
    const stage = walker.step(plane, inPort, frame, draws);
    if (fits(stage)) return stage;
  }
  return null;
}

/**
 * How often each stage from everyChoice happens, in their order: all equally often, except that a virtual server
 * follows its scheduler and the weights. If no endpoint has weight, all stay equally likely.
 */
export function stageShares(stages: readonly Stage[]): number[] {
  const even = stages.map(() => 1 / stages.length);
  const [first] = stages;
  if (!first || !strategySpec(first.plane.tables.strategy).servers) return even;
  const { tables } = first.plane;
  const service = tables.SERVICE[first.decision.service];
  if (!service || isDrawn(service)) return even;
  const isLocal = first.decision.list === EndpointList.LOCAL;
  const from = isLocal ? service.localFirst : service.clusterFirst;
  const rows = tables.MEMBER.slice(from, from + first.decision.choices).map(({ index }) => index);
  const shares = sharesOf(tables, service, { isLocal, rows });
  const byRow = new Map(rows.map((row, i) => [row, shares[i] ?? 0]));
  return shares.some((share) => share > 0) ? stages.map(({ decision }) => byRow.get(decision.backend) ?? 0) : even;
}
