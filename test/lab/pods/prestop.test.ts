// prestop.test.ts - what deleted pods do before they stop, and how long that may take.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graceMs, preStop } from '../../../src/lab/pods/prestop.js';
import type { Pod } from '../../../src/model/objects.js';

const pod = (hook: object | null, spec: object = {}, metadata: object = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', ...metadata },
  spec: { containers: [{ name: 'quick' }, { name: 'c', ...(hook ? { lifecycle: { preStop: hook } } : {}) }], ...spec },
});

/** What a pod did, and for how long it meant to wait. Its programs cannot be started. */
async function done(subject: Pod, pauses = true): Promise<string[]> {
  const seen: string[] = [];
  const run = (argv: readonly string[]) => {
    seen.push(argv.join(' '));
    return Promise.reject(new Error('no such luck'));
  };
  await preStop(subject, {
    place: () => ({ sockets: {} as never, address: '', run }),
    failed: ({ name }, problem) => seen.push(`${name}: ${problem}`),
    pause: (ms) => {
      seen.push(`${ms} ms`);
      return pauses ? Promise.resolve() : new Promise(() => undefined);
    },
  });
  return seen;
}

test('a pod without a hook stops at once, one with a sleep takes its time, but no more than it has', async () => {
  assert.deepEqual(await done(pod(null)), []);
  assert.deepEqual(await done(pod({ sleep: { seconds: 5 } })), ['5000 ms']);
  assert.deepEqual(await done(pod({ sleep: { seconds: 50 } })), ['30000 ms']);
  assert.deepEqual(await done(pod({ sleep: { seconds: 50 } }, { terminationGracePeriodSeconds: 3 })), ['3000 ms']);
  assert.deepEqual(await done(pod({ sleep: { seconds: 5 } }, {}, { deletionGracePeriodSeconds: 0 })), []);
});

test('a program is really run, and a hook that fails is told', async () => {
  const exec = { command: ['/bye', 'now'] };
  assert.deepEqual(await done(pod({ exec }), false), ['30000 ms', '/bye now', 'c: no such luck']);
});

test('what a deletion says counts, then the spec, then the default', () => {
  assert.equal(graceMs(pod(null)), 30_000);
  assert.equal(graceMs(pod(null, { terminationGracePeriodSeconds: 3 })), 3000);
  assert.equal(graceMs(pod(null, { terminationGracePeriodSeconds: 3 }, { deletionGracePeriodSeconds: 1 })), 1000);
});
