// kill.test.ts - an API that is killed at some moments loses nothing that it acknowledged.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { KilledApi } from '../../support/killed-api.js';

const ROUNDS = 3;
const LONGEST_MS = 400;

const directory = mkdtempSync(join(tmpdir(), 'kubewire-kill-'));
after(() => rmSync(directory, { recursive: true }));

test('what was acknowledged before kill -9 is there after it', async () => {
  const api = new KilledApi(directory, Math.random);
  for (let i = 0; i < ROUNDS; i++) await api.round(50 + Math.random() * LONGEST_MS);
  // A last start compares what the last kill left.
  await api.round(0);
  assert.ok(api.acknowledged > ROUNDS, `${api.acknowledged} writes`);
});
