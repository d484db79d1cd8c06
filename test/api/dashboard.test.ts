// dashboard.test.ts - metrics at an address of their own, and the dashboard for Grafana, which names only metrics that exist.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COUNTERS } from '../../src/abi/layout.js';
import { createApiServer } from '../../src/api/server.js';
import { testCluster } from '../cluster/fixtures.js';
import { ROOT } from '../native/build.js';

/** A server with a dataplane of zeros and one link. */
async function served(t: { after(end: () => Promise<void>): void }) {
  const cluster = testCluster({});
  const count = { matched: 0, lost: 0, down: 0, overflowed: 0, tooLong: 0, duplicated: 0, reordered: 0, corrupted: 0 };
  const server = await createApiServer(
    cluster,
    { port: 0 },
    {
      dataplane: {
        flows: async () => [],
        counters: () => new Array<bigint>(COUNTERS.cells).fill(0n),
        links: () => [{ name: 'l', active: true, waiting: 0, bytes: 0, ...count }],
        onSync: (listener) => listener(0.01),
      },
      metrics: { host: '127.0.0.1', port: 0 },
    },
  );
  t.after(() => server.close());
  const get = (path: string, init = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.metricsPort}${path}`, init);
  return { server, get };
}

interface Panel {
  readonly targets: readonly { readonly expr: string }[];
}

test('every metric that the dashboard names is served', async (t) => {
  const { get } = await served(t);
  const text = await (await get('/metrics')).text();
  const known = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
  const dashboard = readFileSync(join(ROOT, 'examples/grafana/kubewire.json'), 'utf8');
  const { panels } = JSON.parse(dashboard) as { panels: readonly Panel[] };
  const named = panels.flatMap(({ targets }) =>
    targets.flatMap(({ expr }) =>
      [...expr.matchAll(/\b(kube\w+?)(?:_bucket)?\b(?=[{[)\s]|$)/g)].map(([, name]) => name ?? ''),
    ),
  );
  assert.ok(named.length > 10, `${named.length} names`);
  assert.deepEqual(
    named.filter((name) => !known.has(name)),
    [],
  );
});

test('the address of metrics serves what kube-proxy serves there, and nothing else of the API', async (t) => {
  const { get, server } = await served(t);
  for (const path of ['/metrics', '/healthz', '/livez', '/readyz']) assert.equal((await get(path)).status, 200, path);
  for (const path of ['/api/v1/secrets', '/apis', '/', '/metrics/x']) assert.equal((await get(path)).status, 404, path);
  assert.equal((await get('/metrics', { method: 'POST' })).status, 404);
  const taken = createApiServer(
    testCluster({}),
    { port: 0 },
    { metrics: { host: '127.0.0.1', port: server.metricsPort ?? 0 } },
  );
  await assert.rejects(taken, /metrics cannot be served at 127\.0\.0\.1 port \d+: EADDRINUSE/);
});
