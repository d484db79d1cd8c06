// hashing.test.ts - the hash of mh against a value of Linux's lib/tests/siphash_kunit.c.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sip13 } from '../../../src/engine/reference/ipvs/hashing.js';

test('the hash of mh is SipHash-1-3', () => {
  assert.equal(sip13(0x03020100, 0x0706050403020100n, 0x0f0e0d0c0b0a0908n), 0x88d38328);
});
