// behaviour.test.ts - applications that are slow, flaky or busy: how long a request takes, which fail, and who waits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Behaviour } from '../../../src/lab/pods/behaviour.js';
import { mannersOf, PLAIN } from '../../../src/topology/manners.js';

const manners = (texts: Record<string, string>) =>
  mannersOf({
    annotations: Object.fromEntries(Object.entries(texts).map(([name, text]) => [`kubewire.dev/${name}`, text])),
  });

test('annotations are read, and what cannot be read counts as not said', () => {
  assert.deepEqual(manners({ latency: '1.5s', 'failure-rate': '25%', cpu: '20ms' }), {
    ...{ latencyMs: 1500, failureRate: 0.25, workMs: 20, busy: 0 },
  });
  assert.deepEqual(manners({ cpu: '250m', latency: 'slow' }), { ...PLAIN, busy: 0.25 });
  assert.equal(new Behaviour(PLAIN).isPlain, true);
});

test('a slow one answers after its latency, a flaky one fails as often as chance says', async () => {
  const draws = [0.1, 0.3, 0.2, 0.9];
  const behaviour = new Behaviour({ ...PLAIN, latencyMs: 30, failureRate: 0.25 }, () => draws.shift() ?? 0);
  const begun = performance.now();
  assert.deepEqual(await Promise.all([1, 2, 3, 4].map(() => behaviour.serve())), [false, true, false, true]);
  assert.ok(performance.now() - begun >= 29);
});

test('requests of a busy one wait for each other, and nobody waits when it is busy no more', async () => {
  const behaviour = new Behaviour({ ...PLAIN, workMs: 30 });
  const begun = performance.now();
  await Promise.all([behaviour.serve(), behaviour.serve(), behaviour.serve()]);
  assert.ok(performance.now() - begun >= 89, 'one after the other');
  const waiting = behaviour.serve();
  behaviour.change(PLAIN);
  assert.equal(await waiting, true);
  assert.equal(behaviour.isPlain, true);
});
