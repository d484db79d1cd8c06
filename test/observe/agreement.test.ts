// agreement.test.ts - what trace says of the examples is what check expects of them (src/topology/expectation.ts).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import { loadManifests } from '../../src/manifest/load.js';
import { formatEndpoint, sameFamily } from '../../src/model/address.js';
import { MatrixBuilder } from '../../src/observe/matrix.js';
import { worldFromObjects } from '../../src/observe/objects.js';
import { type TraceResult, Tracer } from '../../src/observe/trace.js';
import type { World } from '../../src/observe/world.js';
import type { ProxyMode } from '../../src/plan/plan.js';
import { planNode } from '../../src/plan/planner.js';
import { nodeView, proxyConfig } from '../../src/topology/attachment.js';
import { balance, balancerOf } from '../../src/topology/balancer.js';
import { expect, type Source } from '../../src/topology/expectation.js';
import { listFrontends } from '../../src/topology/frontends.js';

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url)).replace('/dist/examples/', '/examples/');

const exampleWorld = (): Promise<World> =>
  worldFromObjects(
    loadManifests([`${EXAMPLES}shop`]).objects.map(({ object }) => object),
    { impliedNode: null, config: {} },
  );

/** Every pod, node and client. */
function everybody(world: World): Source[] {
  const { nodes, clients } = world.topology;
  return [
    ...world.pods.map(({ name, node, addresses }) => ({ kind: 'pod' as const, name: `pod/${name}`, node, addresses })),
    ...nodes.map(({ name, addresses }) => ({ kind: 'node' as const, name: `node/${name}`, node: name, addresses })),
    ...clients.map(({ name, addresses }) => ({
      kind: 'client' as const,
      name: `client/${name}`,
      node: null,
      addresses,
    })),
  ];
}

/** Nobody answers what no rule touches: that is a refusal for the client. */
const outcomeOf = ({ verdict }: TraceResult): string =>
  ({ dnat: 'reached', drop: 'dropped', reject: 'refused', none: 'refused', accept: 'accepted' })[verdict];

for (const mode of ['nftables', 'iptables', 'ipvs'] satisfies ProxyMode[]) {
  test(`trace and check agree on the shop under ${mode}`, async () => {
    const world = await exampleWorld();
    const { topology, snapshot } = world;
    const config = proxyConfig(topology, mode);
    const plans = topology.nodes.map((node) => planNode(snapshot, nodeView(node), config));
    const balancer = balancerOf(balance(snapshot, topology.nodes), topology.fabricAddresses);
    const tracer = new Tracer(world, mode, createReferenceEngine);
    let compared = 0;
    for (const from of everybody(world)) {
      for (const to of listFrontends(snapshot.services, topology.nodes)) {
        if (!from.addresses.some((address) => sameFamily(address, to.address))) continue;
        const expected = expect(plans, balancer, from, to);
        const result = tracer.trace({ from: from.name, to: formatEndpoint(to.address, to.port), proto: to.protocol });
        // A trace follows the first packet; that no answer finds its way back is what check knows.
        const astray = expected.why === 'answers go astray';
        const what = `${from.name} to ${to.address}:${to.port}/${to.protocol}`;
        assert.equal(outcomeOf(result), astray ? 'reached' : expected.outcome, what);
        const found = result.backends.map(({ address, port }) => formatEndpoint(address, port));
        if (!astray) assert.deepEqual(found.sort(), [...expected.backends].sort(), what);
        compared++;
      }
    }
    assert.ok(compared > 100);
  });
}

test('the matrix tells the answers that go astray exactly where check expects none', async () => {
  const world = await exampleWorld();
  const { topology, snapshot } = world;
  const config = proxyConfig(topology, 'ipvs');
  const plans = topology.nodes.map((node) => planNode(snapshot, nodeView(node), config));
  const balancer = balancerOf(balance(snapshot, topology.nodes), topology.fabricAddresses);
  const senders = new Map(everybody(world).map((from) => [from.name, from]));
  const rows = new MatrixBuilder(world, ['ipvs'], createReferenceEngine).rows(snapshot.services);
  const frontends = listFrontends(snapshot.services, topology.nodes);
  let astray = 0;
  for (const row of rows) {
    const from = senders.get(row.source);
    const to = frontends.find(
      ({ address, port, protocol }) => address === row.address && port === row.port && protocol === row.protocol,
    );
    if (!from || !to) continue;
    const lost = expect(plans, balancer, from, to).why === 'answers go astray';
    assert.equal(row.results.ipvs?.astray, lost, `${row.source} to ${row.address}:${row.port}/${row.protocol}`);
    if (lost) astray++;
  }
  assert.ok(astray > 0);
});
