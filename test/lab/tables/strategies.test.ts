// strategies.test.ts - whose strategy a node has, and what may be written about it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STRATEGY_ANNOTATION, strategyIssues, strategyOn } from '../../../src/lab/tables/strategies.js';
import type { KubeObject } from '../../../src/model/objects.js';

const node = (own?: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node-1', ...(own === undefined ? {} : { annotations: { [STRATEGY_ANNOTATION]: own } }) },
});
const lab = (spec: object): KubeObject => ({
  apiVersion: 'kubewire.dev/v1alpha1',
  kind: 'Lab',
  metadata: { name: 'default' },
  spec: { topology: { nodes: [{ name: 'node-1' }] }, ...spec },
});

const messages = (object: KubeObject, before?: KubeObject): string[] =>
  strategyIssues(object, before, ['nftables', 'ipvs']).map(({ message }) => message);

test("a node has the lab's strategy unless it has its own", () => {
  assert.equal(strategyOn({ strategy: 'nftables' }, node()), 'nftables');
  assert.equal(strategyOn({ strategy: 'nftables' }, node('ipvs')), 'ipvs');
  assert.equal(strategyOn({ strategy: 'nftables' }, undefined), 'nftables');
});

test('names that are none are refused with the list, on the lab and on a node', () => {
  assert.deepEqual(messages(node()), []);
  assert.deepEqual(messages(node('ipvs')), []);
  assert.deepEqual(messages(node('')), [
    `metadata.annotations[${STRATEGY_ANNOTATION}]: Unsupported value: "": supported values: "nftables", "ipvs"`,
  ]);
  const before = lab({ strategy: 'nftables', shards: 1 });
  assert.deepEqual(messages(lab({ strategy: 'ipvs', shards: 1 }), before), []);
  assert.deepEqual(messages(lab({ strategy: 'magic', shards: 1 }), before), [
    'spec.strategy: Unsupported value: "magic": supported values: "nftables", "ipvs"',
  ]);
});

test('nodes of the lab can be switched off, and no others', () => {
  const before = lab({ strategy: 'nftables' });
  assert.deepEqual(messages(lab({ strategy: 'nftables', stopped: ['node-1'] }), before), []);
  assert.deepEqual(messages(lab({ strategy: 'nftables', stopped: ['node-1', 'node-9'] }), before), [
    'spec.stopped[1]: Unsupported value: "node-9": supported values: "node-1"',
  ]);
});

test('nothing else of a running lab can be changed', () => {
  const before = lab({ strategy: 'nftables', shards: 1 });
  assert.deepEqual(messages(lab({ strategy: 'nftables', shards: 2 }), before), [
    'spec: Forbidden: only spec.strategy and spec.stopped can be changed while the lab runs',
  ]);
  assert.equal(messages({ ...lab({}), spec: undefined }, before).length, 2);
});

test('a delay of a node that is no duration is refused', () => {
  const late = (text: string): string[] =>
    messages({ ...node(), metadata: { name: 'node-1', annotations: { 'kubewire.dev/sync-delay': text } } });
  assert.deepEqual(late('1m30s'), []);
  for (const text of ['soon', '-1s', '2h', ''])
    assert.deepEqual(late(text), [
      `metadata.annotations[kubewire.dev/sync-delay]: Invalid value: "${text}": must be a duration from 0s to 1h, such as 2s`,
    ]);
});
