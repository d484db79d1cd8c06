// witness.test.ts - a trace that asks the real kernel: every endpoint is met, affinity or not, and the story says so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import { tellStory } from '../../src/observe/story.js';
import { Tracer } from '../../src/observe/trace.js';
import { askKernel, type WitnessedTrace } from '../../src/observe/witness.js';
import { service, slice, withIngress } from '../plan/sample.js';
import { noKernelDataplane } from '../support/sandbox.js';
import { brief, world } from './worlds.js';

const WEB = withIngress(
  service('web', { type: 'LoadBalancer', clusterIP: '10.8.0.1', loadBalancerSourceRanges: ['203.0.113.0/25'] }, [
    { name: 'web', port: 80, nodePort: 30_080 },
  ]),
  '203.0.113.201',
);
const STICKY = service('sticky', { clusterIP: '10.8.0.2', sessionAffinity: 'ClientIP' }, [{ name: 'web', port: 80 }]);
const EMPTY = service('empty', { clusterIP: '10.8.0.3' }, [{ name: 'web', port: 80 }]);
const ENDPOINTS = ['10.9.1.1', '10.9.2.1', '10.9.2.2'].map((address, i) => ({
  addresses: [address],
  nodeName: i === 0 ? 'n1' : 'n2',
  conditions: { ready: true },
}));

const OBJECTS = [WEB, STICKY, EMPTY, slice('web', ENDPOINTS), slice('sticky', ENDPOINTS)];
const ALL = 'dnat 10.9.1.1:8080 10.9.2.1:8080 10.9.2.2:8080';

for (const mode of ['nftables', 'iptables'] as const) {
  const skip = noKernelDataplane(mode);
  const ask = async (from: string, to: string, node?: string): Promise<WitnessedTrace> => {
    const tracer = new Tracer(await world(OBJECTS), mode, createReferenceEngine);
    return askKernel(tracer.follow({ node, from, to, proto: 'tcp' }, 'shop'), `kernel-${mode}`);
  };

  test(`the kernel meets every endpoint, and the tables say the same (${mode})`, { skip }, async () => {
    for (const [from, to, answer] of [
      ['10.9.1.50', '10.8.0.1:80', ALL],
      ['10.9.1.50', '10.8.0.2:80', ALL],
      ['192.168.7.1', '10.8.0.1:80', ALL.replace(/8080/g, '8080*')],
      ['203.0.113.10', '192.168.7.1:30080', ALL.replace(/8080/g, '8080*')],
      ['10.9.1.1', '10.8.0.1:80', ALL.replace('8080', '8080*')],
      ['10.9.1.50', '10.8.0.3:80', 'reject NO_ENDPOINTS'],
      ['203.0.113.200', '203.0.113.201:80', 'drop SOURCE_RANGE'],
      ['10.9.1.50', '10.9.2.7:80', 'none HOST_UNREACHABLE'],
    ] as const) {
      const result = await ask(from, to, 'n1');
      assert.equal(brief(result), answer, `${from} to ${to}`);
      assert.equal(result.agrees, true);
      const share = result.backends.reduce((sum, { probability }) => sum + probability, 0);
      if (result.verdict === 'dnat') assert.ok(Math.abs(share - 1) < 1e-9, `${share}`);
    }
  });

  test(`behind a load balancer every node is asked (${mode})`, { skip }, async () => {
    const result = await ask('203.0.113.10', '203.0.113.201:80');
    assert.equal(brief(result), ALL.replace(/8080/g, '8080*'));
    assert.ok(result.packets > 150, `${result.packets}`);
  });

  test(`with a source port of the user's there is one connection (${mode})`, { skip }, async () => {
    const result = await ask('10.9.1.50:4711', '10.8.0.1:80', 'n1');
    assert.equal(result.packets, 1);
    assert.equal(result.backends.length, 1);
  });

  test(`the story ends with what the kernel said (${mode})`, { skip }, async () => {
    const result = await ask('10.9.1.50', '10.8.0.1:80', 'n1');
    assert.match(
      tellStory(result),
      new RegExp(`\\d+ connections through the real kernel \\(kernel-${mode}\\) ended as`),
    );
    const other = { ...result, agrees: false, tables: { verdict: 'drop', backends: [] } } as const;
    assert.match(tellStory(other), /ended otherwise: the tables say drop \(/);
  });
}
