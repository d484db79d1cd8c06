// timer.test.ts - a wait may be longer than a timer of Node.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after } from '../../src/model/timer.js';

const LONGEST_MS = 2 ** 31 - 1;

test('a wait of forty days ends after forty days, not at once', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const days = 40 * 86_400_000;
  let calls = 0;
  after(days, () => calls++);
  t.mock.timers.tick(LONGEST_MS);
  assert.equal(calls, 0);
  t.mock.timers.tick(days - LONGEST_MS - 1);
  assert.equal(calls, 0);
  t.mock.timers.tick(1);
  assert.equal(calls, 1);
});

test('a wait that is stopped in its second part calls nobody', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let calls = 0;
  const stop = after(3 * LONGEST_MS, () => calls++, { unref: true });
  t.mock.timers.tick(LONGEST_MS + 5);
  stop();
  t.mock.timers.tick(3 * LONGEST_MS);
  assert.equal(calls, 0);
});
