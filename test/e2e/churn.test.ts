// churn.test.ts - pods deleted and re-created under running traffic: no request fails, connections to the living go on.
// Takes turns: whole labs and real clients.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { sendRequest } from '../../src/lab/check/client.js';
import type { Sandbox } from '../../src/lab/host/sandbox.js';
import { loadManifests } from '../../src/manifest/load.js';
import type { Pod, Service } from '../../src/model/objects.js';
import { createTopology } from '../../src/topology/topology.js';
import { Conversation } from '../support/conversation.js';
import { labUnavailable, shop } from './harness.js';

const isWeb = (pod: Pod): boolean => pod.metadata.labels?.app === 'web' && !pod.metadata.deletionTimestamp;

describe('pods that come and go', { skip: labUnavailable() ?? false }, () => {
  let emulator: Emulator;
  const reports: string[] = [];
  const pods = (): readonly Pod[] => emulator.cluster.store.list<Pod>('Pod', 'shop').filter(isWeb);
  const service = (): Service => emulator.cluster.store.get<Service>('Service', 'shop', 'web') as Service;

  before(async () => {
    emulator = await startEmulator({
      name: 'churn',
      topology: createTopology(),
      strategy: 'nftables',
      shards: 2,
      offloads: true,
      seed: 7,
      socketPath: null,
      clock: () => new Date(),
      report: (message) => reports.push(message),
    });
    const { refused } = emulator.cluster.apply(loadManifests([shop]).objects.map(({ object }) => object));
    assert.deepEqual(refused, []);
    await emulator.settled();
  });
  after(() => emulator?.close());

  test('no request fails while every pod of a Service is replaced, and the Service keeps its addresses', async () => {
    const before = { spec: service().spec, names: pods().map((pod) => pod.metadata.name), ips: addressesOf(pods()) };
    const [four = '', six = ''] = service().spec.clusterIPs ?? [];
    const outside = emulator.machine('client/outside') as Sandbox;
    const node = emulator.machine('node/node-1') as Sandbox;
    const failures: unknown[] = [];
    const answeredBy = new Set<string>();
    let running = true;
    let requests = 0;
    const ask = async (sandbox: Sandbox, address: string): Promise<void> => {
      while (running) {
        const result = await sendRequest(sandbox, { address, port: 80, protocol: 'TCP' }, 10_000);
        requests++;
        if (result.answer) answeredBy.add(result.answer.pod);
        else failures.push(result);
      }
    };
    const lanes = [ask(outside, '192.168.0.240'), ask(outside, 'fd00:192:168::f0'), ask(node, four), ask(node, six)];
    for (const name of before.names) {
      await pause(300);
      emulator.cluster.store.delete('Pod', 'shop', name);
      await emulator.settled();
    }
    await pause(300);
    running = false;
    await Promise.all(lanes);
    assert.deepEqual(failures, []);
    assert.ok(requests > 100, `${requests} requests`);
    const names = pods().map((pod) => pod.metadata.name);
    assert.equal(names.length, 3);
    for (const name of names) assert.ok(answeredBy.has(name), `${name} answered`);
    assert.deepEqual(
      names.filter((name) => before.names.includes(name)),
      [],
      'all pods are new',
    );
    assert.deepEqual(
      addressesOf(pods()).filter((ip) => before.ips.includes(ip)),
      [],
      'no address is reused at once',
    );
    assert.deepEqual(service().spec.clusterIPs, before.spec.clusterIPs);
    assert.deepEqual(reports, []);
  });

  test('a connection to a living pod survives table swaps, one to a pod that ends is closed', async () => {
    const outside = emulator.machine('client/outside') as Sandbox;
    const target = { address: '192.168.0.240', port: 80, protocol: 'TCP' } as const;
    const talks = Array.from({ length: 12 }, () => new Conversation(outside, target));
    const first = await Promise.all(talks.map((talk) => talk.ask('hello')));
    assert.ok(first.every((pod) => pod !== null));
    const victim = first[0] ?? '';
    assert.ok(
      first.some((pod) => pod !== victim),
      'more than one pod answers',
    );
    emulator.cluster.store.delete('Pod', 'shop', victim);
    await emulator.settled();
    for (const [i, talk] of talks.entries()) {
      const now: string | null = await (first[i] === victim ? null : talk.ask('still there?'));
      assert.equal(now, first[i] === victim ? null : first[i]);
      if (first[i] === victim) assert.ok(talk.socket.destroyed || talk.socket.readableEnded, 'the end was seen');
      talk.socket.destroy();
    }
  });

  test('scaling to nothing refuses at once, and back again reaches the new pods', async () => {
    const { store } = emulator.cluster;
    const outside = emulator.machine('client/outside') as Sandbox;
    const target = { address: '192.168.0.240', port: 80, protocol: 'TCP' } as const;
    const scale = async (replicas: number): Promise<void> => {
      const deployment = store.get('Deployment', 'shop', 'web');
      assert.ok(deployment);
      store.update({ ...deployment, spec: { ...(deployment.spec as object), replicas } });
      await emulator.settled();
    };
    await scale(0);
    assert.equal((await sendRequest(outside, target, 10_000)).outcome, 'refused');
    await scale(2);
    assert.equal((await sendRequest(outside, target, 10_000)).outcome, 'answered');
  });
});

const addressesOf = (pods: readonly Pod[]): string[] =>
  pods.flatMap((pod) => (pod.status?.podIPs ?? []).map(({ ip }) => ip));
