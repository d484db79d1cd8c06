// planted.test.ts - one rule that is different among thousands is found, whatever it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontendFlag, FrontendKind, LocalAddressFlag, ServiceFlag } from '../../src/abi/abi.gen.js';
import { NONE } from '../../src/abi/layout.js';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import type { TableSet } from '../../src/image/table.js';
import type { EndpointSlice, KubeObject } from '../../src/model/objects.js';
import { PacketSpace } from '../../src/observe/classes.js';
import { compareSides, type Side } from '../../src/observe/compare.js';
import { engineFactory } from '../../src/observe/engines.js';
import { type Dataplane, Fleet } from '../../src/observe/fleet.js';
import { Judge, sameOutcome } from '../../src/observe/judge.js';
import { worldFromObjects } from '../../src/observe/objects.js';
import { manyServices } from '../support/many-services.js';

const CONFIG = { impliedNode: null, config: { serviceClusterIPRange: ['10.96.0.0/16'] } };

/** How many classes of packets the tables treat unlike those that were changed. */
function differing(a: TableSet, b: TableSet): number {
  const judges = [a, b].map((tables) => {
    const plane = { tables, isNode: true } as unknown as Dataplane;
    return new Judge(plane, createReferenceEngine);
  });
  let count = 0;
  for (const { packet } of new PacketSpace([a, b]).classes()) {
    const [x, y] = judges.map((judge) => judge.judge(packet));
    if (x && y && !sameOutcome(x, y)) count++;
  }
  return count;
}

async function tablesOf(strategy: string): Promise<TableSet> {
  const world = await worldFromObjects(manyServices(31), CONFIG);
  const plane = new Fleet(world, strategy, createReferenceEngine).node(1);
  assert.ok(plane);
  return plane.tables;
}

/** Changes of one row, by what they break. */
const PLANTS: Readonly<Record<string, (tables: TableSet) => void>> = {
  'a frontend that leads to another Service': ({ FRONTEND }) => {
    const row = FRONTEND.at(-1);
    if (row) row.service = 3;
  },
  'a missing frontend': ({ FRONTEND }) => {
    const row = FRONTEND.find(({ kind }) => kind === FrontendKind.NODE_PORT);
    if (row) row.port_be = 1;
  },
  'another endpoint in a list': ({ MEMBER }) => {
    const [first, second] = MEMBER;
    if (first && second) first.index = second.index;
  },
  'a port of an endpoint': ({ BACKEND }) => {
    const row = BACKEND.at(-1);
    if (row) row.port_be ^= 1;
  },
  'an endpoint that is said to be on the node': ({ BACKEND }) => {
    const row = BACKEND.find(({ flags }) => flags === 0);
    if (row) row.flags = 1;
  },
  'a policy': ({ SERVICE, FRONTEND }) => {
    const outside = FRONTEND.find(({ kind }) => kind === FrontendKind.LOAD_BALANCER);
    const row = SERVICE[outside?.service ?? NONE];
    if (row) row.flags ^= ServiceFlag.EXTERNAL_LOCAL;
  },
  'a firewall': ({ FRONTEND }) => {
    const row = FRONTEND.find(({ kind }) => kind === FrontendKind.LOAD_BALANCER);
    if (row) row.flags |= FrontendFlag.FIREWALL;
  },
  'an address that is not known to be virtual': ({ CLUSTER_IP_SLOT }) => {
    const row = CLUSTER_IP_SLOT.find(({ index }) => index === 7);
    if (row) row.index = 8;
  },
  'a detector that is a bit too wide': ({ CIDR }) => {
    const row = CIDR[0];
    if (row) row.prefixLength -= 1;
  },
  'a Service range that is a bit too narrow': ({ CIDR }) => {
    const row = CIDR.find(({ kind }) => kind === 2);
    if (row) row.prefixLength += 1;
  },
  'NodePorts on an address': ({ LOCAL_ADDRESS }) => {
    const row = LOCAL_ADDRESS[0];
    if (row) row.flags ^= LocalAddressFlag.NODE_PORT;
  },
  'a flag of the mode': ({ NODE }) => {
    const row = NODE[0];
    if (row) row.serviceFlags ^= 32;
  },
  'a route': ({ ROUTE }) => {
    const row = ROUTE.find(({ prefixLength, kind }) => prefixLength === 128 && kind === 1);
    if (row) row.kind = 4;
  },
};

for (const [what, plant] of Object.entries(PLANTS)) {
  test(`found: ${what}`, async () => {
    const tables = await tablesOf('nftables');
    const changed = structuredClone(tables);
    plant(changed);
    assert.notDeepEqual(changed, tables, 'something was planted');
    assert.equal(differing(tables, tables), 0);
    assert.ok(differing(tables, changed) > 0);
  });
}

test('one endpoint that is not ready any more is found among 5,000 Services', async (t) => {
  const createEngine = await engineFactory('native').catch(() => null);
  if (!createEngine) return t.skip('needs the native engine: npm run build:native');
  const before = manyServices(5_000);
  const after = before.map((object): KubeObject => {
    if (object.metadata.name !== 's3210-1') return object;
    const [first, ...others] = (object as EndpointSlice).endpoints ?? [];
    const endpoints = [{ ...first, conditions: { ready: false, serving: false } }, ...others];
    return { ...object, endpoints } as KubeObject;
  });
  const side = async (label: string, objects: readonly KubeObject[]): Promise<Side> => ({
    label,
    world: await worldFromObjects(objects, CONFIG),
    strategy: 'nftables',
    createEngine,
  });
  const sides = [await side('before', before), await side('after', after)] as const;
  const started = performance.now();
  const result = await compareSides(sides, { nodes: ['node-1'], all: true, exact: false });
  const seconds = (performance.now() - started) / 1000;
  t.diagnostic(`${result.classes} classes of packets in ${seconds.toFixed(1)} s`);
  assert.deepEqual([...new Set(result.groups.map(({ kind }) => kind))], ['other endpoints']);
  const services = result.groups.flatMap(({ classes }) => classes.map(({ outcomes }) => outcomes[0].service));
  assert.deepEqual([...new Set(services)], ['many/s3210:http']);
});
