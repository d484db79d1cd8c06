// prestop.test.ts - how long pods go on serving after they were deleted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preStopMs } from '../../../src/lab/pods/prestop.js';
import type { Pod } from '../../../src/model/objects.js';

const pod = (preStop: object | null, spec: object = {}, metadata: object = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', ...metadata },
  spec: { containers: [{ name: 'quick' }, { name: 'c', ...(preStop ? { lifecycle: { preStop } } : {}) }], ...spec },
});

test('a pod without a hook stops at once, one with a sleep takes its time', () => {
  assert.equal(preStopMs(pod(null)), 0);
  assert.equal(preStopMs(pod({ sleep: { seconds: 5 } })), 5000);
  assert.equal(preStopMs(pod({ exec: { command: ['sleep', '7'] } })), 7000);
  assert.equal(preStopMs(pod({ exec: { command: ['/bin/sh', '-c', 'sleep 7'] } })), 7000);
});

test('other hooks take no time, and none takes longer than the pod has', () => {
  assert.equal(preStopMs(pod({ exec: { command: ['/wait-shutdown'] } })), 0);
  assert.equal(preStopMs(pod({ sleep: { seconds: 50 } })), 30_000);
  assert.equal(preStopMs(pod({ sleep: { seconds: 50 } }, { terminationGracePeriodSeconds: 3 })), 3000);
  assert.equal(preStopMs(pod({ sleep: { seconds: 5 } }, {}, { deletionGracePeriodSeconds: 0 })), 0);
});
