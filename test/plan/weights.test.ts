// weights.test.ts - the weight of an endpoint, and the scheduler of its virtual server, from annotations to tables.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Scheduler, SchedulerFlag } from '../../src/abi/abi.gen.js';
import { compileTables, STRATEGY_NAMES } from '../../src/compile/strategy.js';
import type { Endpoint, KubeObject } from '../../src/model/objects.js';
import { planNode } from '../../src/plan/planner.js';
import { ATTACHMENT, CONFIG, NODE, on, plan, service, slice } from './sample.js';

const POD_1: Endpoint = { ...on('n1', '10.9.1.1'), targetRef: { kind: 'Pod', name: 'one', namespace: 'shop' } };
const POD_2: Endpoint = { ...on('n2', '10.9.2.1'), targetRef: { kind: 'Pod', name: 'two', namespace: 'shop' } };
const pod = (name: string, weight: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', annotations: { 'kubewire.dev/weight': weight } },
});
const weighted = (weight?: string) => {
  const made = slice('web', [POD_1, POD_2]);
  const annotations = weight === undefined ? {} : { 'kubewire.dev/weight': weight };
  return { ...made, metadata: { ...made.metadata, annotations } };
};
const WEB = service('web', { clusterIP: '10.8.0.1' });

function weights(pods: readonly KubeObject[], ofSlice?: string): (number | undefined)[] {
  const snapshot = { services: [WEB], endpointSlices: [weighted(ofSlice)], nodes: [], pods };
  return planNode(snapshot, NODE, CONFIG).services[0]?.allEndpoints.map((endpoint) => endpoint.weight) ?? [];
}

test('every endpoint has weight 1, unless its pod or its slice says another', () => {
  assert.deepEqual(weights([]), [1, 1]);
  assert.deepEqual(weights([pod('two', '3')]), [1, 3]);
  assert.deepEqual(weights([], '7'), [7, 7]);
  assert.deepEqual(weights([pod('one', '0'), pod('two', '65535')], '7'), [0, 65_535]);
});

test('what is no weight counts as nothing said', () => {
  for (const text of ['', 'heavy', '-1', '1.5', '65536', '1e3'])
    assert.deepEqual(weights([pod('one', text)]), [1, 1], text);
});

function schedulerOf(strategy: string, annotation: string, ipvsScheduler: string): number | undefined {
  const annotated = { ...WEB, metadata: { ...WEB.metadata, annotations: { 'kubewire.dev/scheduler': annotation } } };
  const planned = plan([annotated], [weighted()], { ipvsScheduler, proxyMode: 'ipvs' });
  const tables = compileTables(planned, ATTACHMENT, { strategy, generation: 1, hashSeed: 5 });
  return tables.SERVICE[0]?.scheduler;
}

test('the Service names the scheduler, else --ipvs-scheduler, else it is rr', () => {
  assert.equal(schedulerOf('ipvs', '', ''), Scheduler.RR);
  assert.equal(schedulerOf('ipvs', '', 'wlc'), Scheduler.WLC);
  assert.equal(schedulerOf('ipvs', 'sed', 'wlc'), Scheduler.SED);
  assert.equal(schedulerOf('ipvs', 'no-such', 'wlc'), Scheduler.WLC);
});

test('mh hashes the port, too, as kube-proxy wants it', () => {
  assert.equal(schedulerOf('ipvs', 'mh', ''), Scheduler.MH | SchedulerFlag.PORT);
  assert.equal(schedulerOf('ipvs', 'sh', ''), Scheduler.SH);
});

test('only ipvs has schedulers', () => {
  for (const strategy of STRATEGY_NAMES.filter((name) => name !== 'ipvs')) {
    assert.equal(schedulerOf(strategy, 'wlc', 'wlc'), Scheduler.RANDOM, strategy);
  }
});
