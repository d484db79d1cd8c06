// rates.test.ts - growth between two looks is divided by the time; what is new or began anew counts whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ratesBetween } from '../../src/observe/rates.js';

test('rates are growth by seconds, and never negative', () => {
  const before = new Map([
    ['a', { packets: 100, bytes: 5 }],
    ['gone', { packets: 1, bytes: 1 }],
    ['anew', { packets: 50, bytes: 50 }],
  ]);
  const now = new Map([
    ['a', { packets: 300, bytes: 5 }],
    ['anew', { packets: 10, bytes: 60 }],
    ['new', { packets: 7, bytes: 8 }],
  ]);
  assert.deepEqual(ratesBetween(before, now, 2), [
    { name: 'a', rates: { packets: 100, bytes: 0 } },
    { name: 'anew', rates: { packets: 5, bytes: 5 } },
    { name: 'new', rates: { packets: 3.5, bytes: 4 } },
  ]);
  assert.deepEqual(ratesBetween(before, now, 0)[0]?.rates, { packets: 0, bytes: 0 });
});
