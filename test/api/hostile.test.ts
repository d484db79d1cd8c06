// hostile.test.ts - clients that send nonsense among what is right are refused, and the server is never to blame.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testCluster } from '../cluster/fixtures.js';
import { besiege, listAll } from '../support/hostile-clients.js';
import { Dice } from '../support/seed.js';

test('no request of two dozen hostile clients is the fault of the server, and what they leave can be listed', async () => {
  const cluster = testCluster();
  const codes = await besiege(cluster, 2500, new Dice(1));
  for (const code of [200, 201, 400, 404, 405, 409, 415, 422]) assert.ok(codes.has(code), `never ${code}`);
  await listAll(cluster);
});
