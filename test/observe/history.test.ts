// history.test.ts - a trace in a running lab: session affinity and open connections decide before any rule does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STRATEGY_NAMES } from '../../src/compile/strategy.js';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import type { FlowRecord } from '../../src/observe/conntrack.js';
import { type Memory, openConnections, recall } from '../../src/observe/history.js';
import { because, tellStory } from '../../src/observe/story.js';
import { Tracer } from '../../src/observe/trace.js';
import { on, service, slice } from '../plan/sample.js';
import { world } from './worlds.js';

const WEB = service('web', { type: 'ClusterIP', clusterIP: '10.8.0.1', sessionAffinity: 'ClientIP' }, [
  { name: 'web', port: 80 },
]);
const BEHIND = slice('web', [on('n1', '10.9.1.1'), on('n2', '10.9.2.1'), on('n2', '10.9.2.2')]);
const CLIENT = '10.9.1.50';

const affinity = (endpoint: string, client = CLIENT): Memory => ({
  flows: [],
  affinities: [{ node: 'n1', client, service: 'shop/web:web', endpoint, secondsLeft: 77 }],
});

const flowTo = (endpoint: string, sourcePort: number, state = 'ESTABLISHED'): FlowRecord => ({
  node: 'n1',
  protocol: 6,
  timeout: 99,
  state,
  original: { source: CLIENT, sourcePort, destination: '10.8.0.1', destinationPort: 80 },
  reply: { source: endpoint, sourcePort: 8080, destination: CLIENT, destinationPort: sourcePort },
  icmp: null,
  seenReply: true,
  assured: true,
  dnat: true,
  snat: false,
  service: 'shop/web:web',
  endpoint: `${endpoint}:8080`,
  packets: 3,
  bytes: 200,
  age: 1,
});

async function again(strategy: string, from: string, memory: Memory) {
  const tracer = new Tracer(await world([WEB, BEHIND]), strategy, createReferenceEngine);
  const request = { node: 'n1', from, to: 'svc/web:80' };
  const afresh = tracer.follow(request, 'shop');
  const recalled = recall(afresh, memory);
  return { afresh, recalled, followed: recalled ? tracer.follow(request, 'shop', recalled) : afresh };
}

for (const strategy of STRATEGY_NAMES) {
  test(`a client that ${strategy} remembers meets the endpoint that it had, each of them`, async () => {
    for (const address of ['10.9.1.1', '10.9.2.1', '10.9.2.2']) {
      const { followed, recalled } = await again(strategy, CLIENT, affinity(`${address}:8080`));
      assert.match(recalled?.sentence ?? '', new RegExp(`n1 sends ${CLIENT} to ${address}:8080 again, for 77 seconds`));
      assert.deepEqual(
        followed.result.backends.map((backend) => [backend.address, backend.probability]),
        [[address, 1]],
      );
      assert.match(tellStory(followed.result), /kept .*:8080, where this client was sent before/);
      assert.match(because(followed.result), /goes to the endpoint that this client had before/);
    }
  });
}

test('whom the node does not remember begins afresh, and so does one whose endpoint is gone', async () => {
  const stranger = await again('nftables', CLIENT, affinity('10.9.2.1:8080', '10.9.1.51'));
  assert.equal(stranger.recalled, null);
  const gone = await again('nftables', CLIENT, affinity('10.9.7.7:8080'));
  assert.equal(gone.followed.result.backends.length, 3);
});

test('a packet of a tracked connection goes on where the connection goes, and no rule is asked', async () => {
  const memory = { flows: [flowTo('10.9.2.1', 41_000)], affinities: [] };
  const { followed, recalled } = await again('nftables', `${CLIENT}:41000`, memory);
  assert.match(recalled?.sentence ?? '', /n1 tracks this connection \(ESTABLISHED, 99 s left\): .* 10\.9\.2\.1:8080/);
  const [first] = followed.result.steps;
  assert.deepEqual([first?.reason, first?.after?.destination], ['ESTABLISHED', '10.9.2.1:8080']);
  const ended = await again('nftables', `${CLIENT}:41000`, {
    ...memory,
    flows: [flowTo('10.9.2.1', 41_000, 'TIME_WAIT')],
  });
  assert.equal(ended.recalled, null);
});

test('connections that are open are told beside what a new one meets', async () => {
  const memory = { flows: [flowTo('10.9.2.1', 41_000), flowTo('10.9.1.1', 41_001)], affinities: [] };
  const { afresh, recalled } = await again('nftables', CLIENT, memory);
  assert.equal(recalled, null);
  assert.match(openConnections(afresh, memory) ?? '', /^2 connections .* to 10\.9\.1\.1:8080 and 10\.9\.2\.1:8080/);
  assert.equal(openConnections(afresh, { flows: [], affinities: [] }), null);
});
