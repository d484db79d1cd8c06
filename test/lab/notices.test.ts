// notices.test.ts - what a lab keeps of what it told: the last, each once, within bytes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Notices } from '../../src/lab/notices.js';

test('the last notices stay, each once, within their bytes', () => {
  const notices = new Notices();
  assert.equal(notices.add('pod a guesses'), true);
  assert.equal(notices.add('pod b guesses'), true);
  assert.equal(notices.add('pod b guesses'), false);
  assert.equal(notices.add('pod a guesses'), true);
  assert.deepEqual(notices.kept, ['pod b guesses', 'pod a guesses']);
  for (let i = 0; i < 500; i++) notices.add(`pod ${i} é guesses`);
  assert.equal(notices.kept.at(-1), 'pod 499 é guesses');
  assert.equal(notices.kept.includes('pod a guesses'), false);
  const bytes = Buffer.byteLength(notices.kept.join(''));
  assert.ok(bytes <= 4096 && bytes > 4000, `${bytes} bytes`);
  assert.equal(notices.add('x'.repeat(5000)), false);
});
