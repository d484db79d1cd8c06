// strategic.test.ts - strategic merge patches by the type of the object: keys, sets, order, directives, and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { strategicMerge } from '../../../src/cluster/merge/strategic.js';
import { threeWayPatch } from '../../../src/cluster/merge/threeway.js';
import { typeNamed } from '../../../src/schema/types.js';

const SPEC = typeNamed('core.v1.ServiceSpec');
const POD = typeNamed('core.v1.PodSpec');
const META = typeNamed('meta.v1.ObjectMeta');

const names = (spec: unknown): unknown[] => (spec as { ports: { name: string }[] }).ports.map(({ name }) => name);
const port = (name: string, number: number, protocol = 'TCP') => ({ name, port: number, protocol });

test('ports merge by their number alone, and new ones come first', () => {
  const current = { ports: [port('http', 80), port('dns', 53)] };
  const after = strategicMerge(current, { ports: [{ port: 53, name: 'domain' }, port('new', 8080)] }, SPEC);
  assert.deepEqual(names(after), ['http', 'domain', 'new']);
  assert.deepEqual(names(strategicMerge(current, { ports: [port('new', 8080)] }, SPEC)), ['new', 'http', 'dns']);
});

test('a list without a merge key is replaced as a whole', () => {
  const current = { externalIPs: ['192.0.2.1'], ports: [] };
  assert.deepEqual(strategicMerge(current, { externalIPs: ['192.0.2.2'] }, SPEC).externalIPs, ['192.0.2.2']);
  const addressed = { addresses: [{ type: 'InternalIP', address: '192.0.2.1' }] };
  const other = { addresses: [{ type: 'InternalIP', address: '192.0.2.9' }] };
  assert.deepEqual(strategicMerge(addressed, other, typeNamed('core.v1.NodeStatus')), other);
});

test('directives delete an item, replace a list, and keep only what is named', () => {
  const current = { ports: [port('http', 80), port('dns', 53)] };
  assert.deepEqual(names(strategicMerge(current, { ports: [{ port: 80, $patch: 'delete' }] }, SPEC)), ['dns']);
  const replaced = strategicMerge(current, { ports: [port('x', 1), { $patch: 'replace' }] }, SPEC);
  assert.deepEqual(names(replaced), ['x']);
  const volumes = { volumes: [{ name: 'v', emptyDir: {} }] };
  const patch = { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/' } }] };
  assert.deepEqual(strategicMerge(volumes, patch, POD).volumes, [{ name: 'v', hostPath: { path: '/' } }]);
});

test('sets of words are merged, deleted from, and put in the order that a patch tells', () => {
  const current = { finalizers: ['x.io/a', 'x.io/b'] };
  const merged = strategicMerge(current, { finalizers: ['x.io/b', 'x.io/a'] }, META);
  assert.deepEqual(merged.finalizers, ['x.io/b', 'x.io/a']);
  const gone = strategicMerge(current, { '$deleteFromPrimitiveList/finalizers': ['x.io/a'] }, META);
  assert.deepEqual(gone.finalizers, ['x.io/b']);
  const order = ['x.io/b', 'x.io/c', 'x.io/a'];
  const patch = { '$setElementOrder/finalizers': order, finalizers: ['x.io/c'] };
  assert.deepEqual(strategicMerge(current, patch, META).finalizers, order);
});

test('what no patch means is refused with the words of the API server', () => {
  const current = { selector: { a: 'b' }, ports: [port('http', 80)] };
  const cases: [object, number, RegExp][] = [
    [{ selector: { x: 'y', $patch: 'foo' } }, 500, /^unknown patch type: foo in map: map\[\$patch:foo x:y\]$/],
    [{ ports: [{ name: 'x' }] }, 500, /^map: map\[name:x\] does not contain declared merge key: port$/],
    [{ ports: [{ port: 80, $patch: 'merge' }] }, 500, /merging lists cannot yet be specified in the patch/],
    [{ '$setElementOrder/ports': 'x' }, 400, /invalid patch format of setElementOrder list/],
    [{ '$setElementOrder/ports': [{ port: 1 }], ports: [port('http', 80)] }, 500, /doesn't match \$setElementOrder/],
    [{ $retainKeys: ['type'], ports: [] }, 400, /invalid patch format of retainKeys/],
    [{ ports: [80] }, 500, /list element types are not identical/],
  ];
  for (const [patch, code, message] of cases) {
    assert.throws(() => strategicMerge(current, patch, SPEC), { code, message }, JSON.stringify(patch));
  }
});

test('client-side apply loses one of two ports with the same number, as kubectl does', () => {
  const before = { ports: [port('dns', 53)] };
  const desired = { ports: [port('dns', 53), port('dns-udp', 53, 'UDP')] };
  const after = strategicMerge(before, threeWayPatch(before, desired, before, SPEC), SPEC);
  assert.equal(after.ports.length, 1);
});

test('the patch of an apply makes what the manifest says, and keeps what others added', () => {
  const words = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 });
  const state = fc.record({
    labels: fc.dictionary(fc.constantFrom('k', 'l', 'm'), fc.constantFrom('1', '2')),
    finalizers: words,
    owners: fc.uniqueArray(fc.constantFrom('u1', 'u2', 'u3'), { maxLength: 3 }),
  });
  const metadata = ({ labels, finalizers, owners }: { labels: object; finalizers: string[]; owners: string[] }) => ({
    labels,
    finalizers,
    ownerReferences: owners.map((uid) => ({ uid, kind: 'X' })),
  });
  fc.assert(
    fc.property(state, state, (last, now) => {
      const [before, desired] = [metadata(last), metadata(now)];
      const current = { ...before, labels: { ...before.labels, other: 'stays' } };
      const after = strategicMerge(current, threeWayPatch(before, desired, current, META), META);
      assert.deepEqual(after.labels, { ...desired.labels, other: 'stays' });
      assert.deepEqual(after.finalizers ?? [], desired.finalizers);
      assert.deepEqual(after.ownerReferences ?? [], desired.ownerReferences);
    }),
  );
});
