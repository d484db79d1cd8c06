// shapes.test.ts - rules of programs other than kube-proxy: what is known in them is read, what is not stays unknown.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SHAPES, unknownIn } from './shapes.js';

for (const { name, rules, unknown } of SHAPES) {
  test(`nothing is unknown in ${name} but what its head tells`, () => {
    assert.deepEqual(unknownIn(rules), [...unknown].sort());
  });
}
