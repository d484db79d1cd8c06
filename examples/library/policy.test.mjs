// policy.test.mjs - a property of a policy, for every client: externalTrafficPolicy Local keeps the client's address.
//
//     node --test examples/library/policy.test.mjs
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createWorld, STRATEGIES, trace } from 'kubewire';

/** A Service with an endpoint on each of the first two of the three nodes that the default lab has. */
const objects = (externalTrafficPolicy) => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { type: 'NodePort', externalTrafficPolicy, selector: { app: 'web' }, ports: [{ port: 80, nodePort: 30080 }] },
  },
  ...[1, 2].map((n) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `web-${n}`, labels: { app: 'web' } },
    spec: { nodeName: `node-${n}`, containers: [{ name: 'web', image: 'web', ports: [{ containerPort: 80 }] }] },
  })),
];

/** Public addresses: what a client on the internet may have. */
const client = fc.tuple(fc.integer({ min: 11, max: 99 }), fc.nat(255), fc.nat(255), fc.integer({ min: 1, max: 254 }));
const node = fc.constantFrom('192.168.0.11', '192.168.0.12', '192.168.0.13');
/** Not ipvs: its policy Local falls back to all endpoints where a node has none. */
const strategy = fc.constantFrom(...STRATEGIES.map(({ name }) => name).filter((name) => name !== 'ipvs'));

test('policy Local never hides the client, and drops on a node without an endpoint', async () => {
  const world = await createWorld(objects('Local'));
  const rule = fc.asyncProperty(client, node, strategy, async (from, to, strategy) => {
    const result = await trace(world, { from: from.join('.'), to: `${to}:30080` }, { strategy });
    assert.equal(result.masquerade, false);
    assert.equal(result.verdict, to === '192.168.0.13' ? 'drop' : 'dnat');
  });
  await fc.assert(rule, { numRuns: 50 });
});

test('policy Cluster answers on every node, and hides the client', async () => {
  const world = await createWorld(objects('Cluster'));
  const rule = fc.asyncProperty(client, node, strategy, async (from, to, strategy) => {
    const { verdict, masquerade } = await trace(world, { from: from.join('.'), to: `${to}:30080` }, { strategy });
    assert.deepEqual({ verdict, masquerade }, { verdict: 'dnat', masquerade: true });
  });
  await fc.assert(rule, { numRuns: 50 });
});
