// state.test.ts - what a node remembers goes over to another engine, which then does the same to the byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNativeEngine } from '../../../src/engine/native.js';
import { testHandovers } from '../../support/save-run.js';
import { makeServerRun } from '../../support/server-run.js';

testHandovers({ nodes: 2, clusters: 1, servers: 8 });

test('a state that is cut off, of another capacity or damaged is refused, and nothing crashes', () => {
  const { seed, flowCapacity, events } = makeServerRun(5, 200);
  const first = createNativeEngine({ seed, flowCapacity });
  for (const event of events) {
    if (event.kind === 'load') first.load(event.image, event.nowNs);
    else if (event.kind === 'patch') first.patch(event.patch, event.nowNs);
    else if (event.kind === 'frame') first.process(event.frame, event.nowNs);
  }
  const nowNs = events.at(-1)?.nowNs ?? 0n;
  const state = first.save();
  first.close();
  const refused = /not what an engine of this build has saved/;
  for (const bytes of [0, 8, 100, state.length - 4]) {
    const engine = createNativeEngine({ seed, flowCapacity });
    assert.throws(() => engine.restore(state.subarray(0, bytes), nowNs), refused);
    engine.close();
  }
  const smaller = createNativeEngine({ seed, flowCapacity: 8 });
  assert.throws(() => smaller.restore(state, nowNs), refused);
  smaller.close();
  let taken = 0;
  for (let i = 0; i < 400; i++) {
    const bad = state.slice();
    const at = Math.floor((i / 400) * bad.length);
    bad[at] = (bad[at] ?? 0) ^ (1 << (i % 8));
    const engine = createNativeEngine({ seed, flowCapacity });
    try {
      engine.restore(bad, nowNs);
      taken++;
      for (const event of events) if (event.kind === 'frame') engine.process(event.frame, nowNs);
    } catch (error) {
      assert.match(String(error), refused);
    }
    engine.close();
  }
  assert.ok(taken < 400, 'some bits matter');
});
