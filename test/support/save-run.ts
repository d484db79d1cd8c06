// save-run.ts - random lives that an engine leads to the end alone, or hands over to another halfway.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STRATEGY_NAMES } from '../../src/compile/strategy.js';
import { createNativeEngine, type NativeEngine } from '../../src/engine/native.js';
import { makePatchRun } from './patch-run.js';
import { makeServerRun } from './server-run.js';
import { type Event, jsonText, makeRun, type Run } from './twins.js';

const shown = (value: unknown): string =>
  jsonText(value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value);

/** What an event brings about, as text. */
function outcomeOf(engine: NativeEngine, event: Event): string {
  if (event.kind === 'load') engine.load(event.image, event.nowNs);
  else if (event.kind === 'patch') engine.patch(event.patch, event.nowNs);
  else if (event.kind === 'frame') {
    const { decision, out } = engine.process(event.frame, event.nowNs);
    return shown({ decision, out: out && { ...out, bytes: shown(out.bytes) } });
  } else {
    // A node sweeps now and then; where it goes on sweeping is part of its state.
    engine.sweep(event.nowNs, 7);
    return engine.flows(event.nowNs).map(flowText).sort().join('\n');
  }
  return '';
}

const flowText = (row: object): string => Object.values(row).map(shown).join(' ');

/** Two engines, of which the second takes over at event `at`, agree on everything from then on. */
function assertHandsOver({ seed, flowCapacity, events }: Run, at: number): void {
  const first = createNativeEngine({ seed, flowCapacity });
  const second = createNativeEngine({ seed: seed + 1, flowCapacity });
  for (const event of events.slice(0, at)) outcomeOf(first, event);
  const state = first.save();
  if (state.length > 0) {
    second.restore(state, events[at]?.nowNs ?? 0n);
    for (const [i, event] of events.slice(at).entries()) {
      assert.equal(outcomeOf(second, event), outcomeOf(first, event), `seed ${seed}, event ${at + i}`);
    }
    assert.deepEqual(second.save().length, first.save().length);
  }
  first.close();
  second.close();
}

/** How many lives of each kind; clusters are for each strategy. */
interface Lives {
  readonly nodes: number;
  readonly clusters: number;
  readonly servers: number;
}

const GOES_ON = 'an engine that takes over halfway goes on as the first would have';

export function testHandovers({ nodes, clusters, servers }: Lives): void {
  test(`${GOES_ON}: ${nodes} random nodes`, () => {
    for (let seed = 1; seed <= nodes; seed++) assertHandsOver(makeRun(seed, 400), 200);
  });
  test(`${GOES_ON}: ${clusters} clusters of each strategy that change under traffic`, () => {
    for (const strategy of STRATEGY_NAMES) {
      for (let seed = 1; seed <= clusters; seed++) assertHandsOver(makePatchRun(seed, 150, strategy), 80 + seed * 7);
    }
  });
  test(`${GOES_ON}: ${servers} lives of virtual servers`, () => {
    for (let seed = 1; seed <= servers; seed++) assertHandsOver(makeServerRun(seed, 200), 60 + seed * 3);
  });
}
