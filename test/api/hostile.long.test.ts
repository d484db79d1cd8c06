// hostile.long.test.ts - hostile clients for long: the server is never to blame, and its memory does not grow with requests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testCluster } from '../cluster/fixtures.js';
import { besiege, listAll } from '../support/hostile-clients.js';
import { Dice } from '../support/seed.js';

const ROUNDS = 5;
const REQUESTS = 12_000;
/** What memory may grow by after the first round: objects that clients have left are some of it. */
const MOST_BYTES = 100e6;

test('sixty thousand requests of hostile clients are answered, and memory stays as it is', async () => {
  const cluster = testCluster();
  const dice = new Dice(2);
  await besiege(cluster, REQUESTS, dice);
  const before = process.memoryUsage().rss;
  for (let round = 1; round < ROUNDS; round++) await besiege(cluster, REQUESTS, dice);
  await listAll(cluster);
  const grown = process.memoryUsage().rss - before;
  assert.ok(grown < MOST_BYTES, `${Math.round(grown / 1e6)} MB more`);
});
