// fuzz.long.test.ts - the fuzz targets of the dataplane, at length.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from '../fuzz/fuzz.js';
import { fuzzerMissing, TARGETS } from './build.js';

const SECONDS = 60;
const skip = fuzzerMissing();

for (const target of TARGETS) {
  test(`fuzz target ${target} runs ${SECONDS} s without a finding`, { skip }, async (t) => {
    const result = await fuzz(target, SECONDS);
    assert.equal(result.status, 0, result.output);
    t.diagnostic(result.summary);
  });
}
