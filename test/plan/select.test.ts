// select.test.ts - which endpoints a node uses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PlanEndpoint } from '../../src/plan/plan.js';
import { selectEndpoints } from '../../src/plan/select.js';
import { texts } from './sample.js';

const READY = { ready: true, serving: true, terminating: false };
const DRAINING = { ready: false, serving: true, terminating: true };
const DEAD = { ready: false, serving: false, terminating: false };

const endpoint = (address: string, more: Partial<PlanEndpoint> = {}): PlanEndpoint => ({
  ...{ name: `${address}:1`, address, port: 1, local: false, weight: 1, nodeName: '', zoneHints: [], nodeHints: [] },
  ...READY,
  ...more,
});
const CLUSTER = { internalLocal: false, externalLocal: false, externallyAccessible: false };
const INTERNAL_LOCAL = { ...CLUSTER, internalLocal: true };
const EXTERNAL_LOCAL = { ...CLUSTER, externalLocal: true, externallyAccessible: true };

const select = (endpoints: PlanEndpoint[], policy = CLUSTER) => selectEndpoints(endpoints, policy, 'n1', 'east');

test('ready endpoints are used, others are not', () => {
  const { cluster, hasAny } = select([endpoint('a'), endpoint('b', DEAD), endpoint('c', DRAINING)]);
  assert.deepEqual(texts(cluster), ['a:1']);
  assert.equal(hasAny, true);
});

test('without a ready endpoint those that terminate but serve are used', () => {
  assert.deepEqual(texts(select([endpoint('a', DRAINING), endpoint('b', DEAD)]).cluster), ['a:1']);
  assert.equal(select([endpoint('b', DEAD)]).hasAny, false);
});

test('the local list falls back to draining endpoints on its own', () => {
  const endpoints = [endpoint('a'), endpoint('b', { ...DRAINING, local: true })];
  const { cluster, local, reachable } = select(endpoints, EXTERNAL_LOCAL);
  assert.deepEqual([texts(cluster), texts(local), texts(reachable)], [['a:1'], ['b:1'], ['a:1', 'b:1']]);
});

test('policy Local without a local endpoint drops as long as anybody anywhere could answer', () => {
  const { cluster, local, hasAny } = select([endpoint('a')], INTERNAL_LOCAL);
  assert.deepEqual([cluster, local, hasAny], [null, null, true]);
});

test('externalTrafficPolicy means nothing without an external address', () => {
  assert.equal(select([endpoint('a')], { ...CLUSTER, externalLocal: true }).local, null);
});

test('zone hints count when every ready endpoint has one and one is for this zone', () => {
  const east = endpoint('a', { zoneHints: ['east'] });
  const west = endpoint('b', { zoneHints: ['west'] });
  assert.deepEqual(texts(select([east, west]).cluster), ['a:1']);
  assert.deepEqual(texts(select([east, west, endpoint('c')]).cluster), ['a:1', 'b:1', 'c:1']);
  assert.deepEqual(texts(select([west]).cluster), ['b:1']);
  assert.deepEqual(texts(selectEndpoints([east, west], CLUSTER, 'n1', '').cluster), ['a:1', 'b:1']);
});

test('hints of endpoints that are not ready neither count nor are missed', () => {
  const east = endpoint('a', { zoneHints: ['east'] });
  assert.deepEqual(texts(select([east, endpoint('b', { ...DEAD })]).cluster), ['a:1']);
});

test('node hints come before zone hints, and need no zone', () => {
  const here = endpoint('a', { zoneHints: ['west'], nodeHints: ['n1'] });
  const near = endpoint('b', { zoneHints: ['east'], nodeHints: ['n2'] });
  assert.deepEqual(texts(select([here, near]).cluster), ['a:1']);
  assert.deepEqual(texts(selectEndpoints([here, near], CLUSTER, 'n1', '').cluster), ['a:1']);
  assert.deepEqual(texts(selectEndpoints([here, near], CLUSTER, 'n3', 'east').cluster), ['b:1']);
});

test('local lists ignore hints', () => {
  const west = endpoint('a', { zoneHints: ['west'], local: true });
  const east = endpoint('b', { zoneHints: ['east'] });
  const { cluster, local } = select([west, east], EXTERNAL_LOCAL);
  assert.deepEqual([texts(cluster), texts(local)], [['b:1'], ['a:1']]);
});

const anyEndpoint = fc
  .record({
    ...{ local: fc.boolean(), ready: fc.boolean(), serving: fc.boolean(), terminating: fc.boolean() },
    zoneHints: fc.subarray(['east', 'west']),
    nodeHints: fc.subarray(['n1', 'n2']),
  })
  .map((more) => endpoint('x', more));
const anyPolicy = fc.record({
  ...{ internalLocal: fc.boolean(), externalLocal: fc.boolean(), externallyAccessible: fc.boolean() },
});

test('lists are parts of what was given in its order, and hasAny is true whenever a list is not empty', () => {
  fc.assert(
    fc.property(fc.array(anyEndpoint, { maxLength: 6 }), anyPolicy, (endpoints, policy) => {
      const { cluster, local, reachable, hasAny } = select(endpoints, policy);
      for (const list of [cluster ?? [], local ?? [], reachable]) {
        const places = list.map((one) => endpoints.indexOf(one));
        assert.ok(places.every((place, i) => place >= 0 && place > (places[i - 1] ?? -1)));
        if (list.length > 0) assert.equal(hasAny, true);
      }
      assert.ok((local ?? []).every((one) => one.local));
    }),
  );
});
