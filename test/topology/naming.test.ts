// naming.test.ts - one grammar of names: namespaces, domains, beginnings, and what is said when a name means nothing or too much.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../../src/model/fault.js';
import { findNamed, type Named, nodeNamed, serviceNamed, splitKind } from '../../src/topology/naming.js';

const PODS: readonly Named[] = [
  { namespace: 'shop', name: 'web-6d5f-x2x7q' },
  { namespace: 'shop', name: 'web-6d5f-9kq2l' },
  { namespace: 'shop', name: 'cart-0' },
  { namespace: 'shop', name: 'web' },
  { namespace: 'other', name: 'cart-0' },
  { namespace: 'other', name: 'batch-1' },
];
const pod = (text: string): string => {
  const { namespace, name } = findNamed(text, PODS, (one) => one, { what: 'pod', namespace: 'shop', prefixes: true });
  return `${namespace}/${name}`;
};
const refusal = (text: string): string => {
  try {
    return pod(text);
  } catch (error) {
    assert.ok(error instanceof Fault);
    return `${error.code}: ${error.message}. ${error.remedy}`;
  }
};

test('a name, its namespace before a slash or after a dot, and the beginning of one pod only', () => {
  assert.equal(pod('cart-0'), 'shop/cart-0');
  assert.equal(pod('other/cart-0'), 'other/cart-0');
  assert.equal(pod('cart-0.other'), 'other/cart-0');
  assert.equal(pod('cart'), 'shop/cart-0');
  assert.equal(pod('web-6d5f-x'), 'shop/web-6d5f-x2x7q');
  assert.equal(pod('other/b'), 'other/batch-1');
  // The whole name of one is not the beginning of others.
  assert.equal(pod('web'), 'shop/web');
});

test('several are named, the nearest is offered, and so is a namesake elsewhere', () => {
  assert.equal(
    refusal('web-6'),
    'USAGE: several of the name "web-6": shop/web-6d5f-x2x7q, shop/web-6d5f-9kq2l. Say more of the name of one of them.',
  );
  assert.equal(refusal('crt-0'), 'NOT_FOUND: there is no pod "shop/crt-0". Did you mean "cart-0"?');
  assert.match(
    refusal('batch-1'),
    /^NOT_FOUND: there is no pod "shop\/batch-1". There is other\/batch-1: say NAMESPACE/,
  );
});

test('Services are named as in DNS, nodes with dots in their names, and kinds as kubectl spells them', () => {
  const services = [{ metadata: { namespace: 'shop', name: 'web' } }, { metadata: { namespace: 'shop', name: 'api' } }];
  for (const text of ['web.shop', 'svc/web.shop', 'web.shop.svc', 'web.shop.svc.cluster.local.', 'service/shop/web']) {
    assert.equal(serviceNamed(text, services, 'default'), services[0], text);
  }
  assert.equal(serviceNamed('web.svc', services, 'shop'), services[0]);
  const nodes = [{ name: 'node-1' }, { name: 'ip-10-0-0-1.ec2.internal' }];
  assert.equal(nodeNamed('no/node-1', nodes), nodes[0]);
  assert.equal(nodeNamed('ip-10-0-0-1.ec2.internal', nodes), nodes[1]);
  assert.throws(() => nodeNamed('node-9', nodes), /there is no node "node-9"/);
  assert.deepEqual(splitKind('deployments.apps/web'), { kind: 'workload', rest: 'web' });
  assert.deepEqual(splitKind('shop/web'), { kind: null, rest: 'shop/web' });
});
