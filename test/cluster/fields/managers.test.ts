// managers.test.ts - ownership: what writes and applies own, what they lose, when they conflict, and what goes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from '../../../src/cluster/fields/element.js';
import { showPath } from '../../../src/cluster/fields/element.js';
import { afterUpdate, apply, Conflicts, type Managers, type Writer } from '../../../src/cluster/fields/managers.js';
import { isEmpty, NOTHING, pathsOf, setOf, union } from '../../../src/cluster/fields/set.js';
import { shapeOfType } from '../../../src/cluster/fields/shape.js';
import { typeNamed } from '../../../src/schema/types.js';

const type = typeNamed('core.v1.Service');
assert.ok(type);
const SERVICE = shapeOfType(type);
const NONE: Managers = new Map();

const writer = (manager: string, operation: Writer['operation'], time = '2026-01-01T00:00:00Z'): Writer => ({
  manager,
  operation,
  apiVersion: 'v1',
  subresource: '',
  time,
  ignored: setOf(['f:status']),
});

const applied = (live: Json, config: Json, managers: Managers, name: string, force = false) =>
  apply(live, config, managers, SERVICE, writer(name, 'Apply'), force);

const updated = (before: Json, after: Json, managers: Managers, name: string) =>
  afterUpdate(managers, before, after, SERVICE, writer(name, 'Update'));

const owned = (managers: Managers, name: string): string[] =>
  [...managers.values()]
    .filter(({ manager }) => manager === name)
    .flatMap(({ fields }) => pathsOf(fields).map(showPath));

const port = (number: number, more: Json = {}): Json => ({ port: number, protocol: 'TCP', ...more });

const spec = fc.record(
  {
    type: fc.constantFrom('ClusterIP', 'NodePort'),
    selector: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2')),
    externalIPs: fc.subarray(['192.0.2.1', '192.0.2.2']),
    ports: fc.uniqueArray(
      fc.record({ port: fc.constantFrom(80, 81, 82), name: fc.constantFrom('x', 'y') }, { requiredKeys: ['port'] }),
      { selector: (one) => one.port, minLength: 1 },
    ),
  },
  { requiredKeys: [] },
);
const labels = fc.dictionary(fc.constantFrom('l1', 'l2', 'l3'), fc.constantFrom('1', '2'));
const config = fc
  .record({ spec, labels })
  .map(({ spec, labels }) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's', labels }, spec }))
  .map((object): Json => JSON.parse(JSON.stringify(object)));

test('an apply twice is an apply once', () => {
  fc.assert(
    fc.property(config, config, (before, now) => {
      const first = applied({}, before, NONE, 'a');
      const once = applied(first.object, now, first.managers, 'a');
      const twice = applied(once.object, now, once.managers, 'a');
      assert.deepEqual(twice.object, once.object);
      assert.deepEqual(twice.managers, once.managers);
    }),
  );
});

test('of what one manager applies nothing is left that it no longer applies', () => {
  fc.assert(
    fc.property(config, config, (before, now) => {
      const first = applied({}, before, NONE, 'a');
      const then = applied(first.object, now, first.managers, 'a');
      const only = applied({}, now, NONE, 'a');
      assert.deepEqual(owned(then.managers, 'a'), owned(only.managers, 'a'));
      assert.deepEqual(Object.keys((then.object.spec ?? {}) as Json).sort(), Object.keys(now.spec as Json).sort());
    }),
  );
});

test('managers of different fields never conflict, in whatever order they apply', () => {
  fc.assert(
    fc.property(config, labels, (one, others) => {
      const mine: Json = { ...one, metadata: { name: 's' } };
      const theirs: Json = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's', labels: others } };
      const a = applied({}, mine, NONE, 'a');
      const ab = applied(a.object, theirs, a.managers, 'b');
      const b = applied({}, theirs, NONE, 'b');
      const ba = applied(b.object, mine, b.managers, 'a');
      assert.deepEqual(ab.object, ba.object);
      assert.deepEqual(owned(ab.managers, 'a'), owned(ba.managers, 'a'));
      assert.deepEqual(owned(ab.managers, 'b'), owned(ba.managers, 'b'));
    }),
  );
});

test('who forces owns everything it says, and what is said by nobody else is nobody’s', () => {
  fc.assert(
    fc.property(config, config, (one, other) => {
      const a = applied({}, one, NONE, 'a');
      const b = applied(a.object, other, a.managers, 'b', true);
      const alone = applied({}, other, NONE, 'b');
      assert.deepEqual(owned(b.managers, 'b'), owned(alone.managers, 'b'));
      const rest = applied(b.object, one, b.managers, 'a', true);
      const fields = [...rest.managers.values()].map(({ fields }) => fields).reduce(union, NOTHING);
      assert.ok(isEmpty(fields) === (rest.managers.size === 0));
    }),
  );
});

test('a field of another owner with another value is a conflict; with the same value it is shared', () => {
  const a = applied({}, { spec: { type: 'NodePort', ports: [port(80, { name: 'x' })] } }, NONE, 'a');
  const same = applied(a.object, { spec: { type: 'NodePort' } }, a.managers, 'b');
  assert.deepEqual([owned(same.managers, 'a').length, owned(same.managers, 'b')], [5, ['.spec.type']]);
  assert.throws(
    () => applied(a.object, { spec: { type: 'ClusterIP', ports: [{ port: 80, name: 'y' }] } }, a.managers, 'b'),
    (error: Conflicts) => {
      const found = error.conflicts.map(({ owner, path }) => `${owner.manager} ${showPath(path)}`);
      assert.deepEqual(found, ['a .spec.type', 'a .spec.ports[port=80,protocol="TCP"].name']);
      return error instanceof Conflicts;
    },
  );
});

test('a field that two managers apply stays until both have dropped it', () => {
  const a = applied({}, { spec: { externalName: 'x', type: 'NodePort' } }, NONE, 'a');
  const b = applied(a.object, { spec: { externalName: 'x' } }, a.managers, 'b');
  const dropped = applied(b.object, { spec: { type: 'NodePort' } }, b.managers, 'a');
  assert.deepEqual(dropped.object.spec, { externalName: 'x', type: 'NodePort' });
  const gone = applied(dropped.object, { spec: {} }, dropped.managers, 'b');
  assert.deepEqual(gone.object.spec, { type: 'NodePort' });
});

test('an item that another manager owns a field of stays with its keys', () => {
  const a = applied({}, { spec: { ports: [port(80, { name: 'x' })] } }, NONE, 'a');
  const b = applied(a.object, { spec: { ports: [port(80, { appProtocol: 'h2' })] } }, a.managers, 'b');
  const dropped = applied(b.object, { spec: {} }, b.managers, 'a');
  assert.deepEqual((dropped.object.spec as Json).ports, [port(80, { appProtocol: 'h2' })]);
});

test('a plain write owns what it changes, takes it from others, and keeps its time when it changes nothing', () => {
  const made = { metadata: { name: 's', labels: { a: '1' } }, spec: { type: 'ClusterIP', ports: [port(80)] } };
  const first = updated({}, made, NONE, 'a');
  assert.deepEqual(owned(first, 'a'), [
    '.metadata.labels',
    '.metadata.labels.a',
    '.spec.ports',
    '.spec.type',
    '.spec.ports[port=80,protocol="TCP"]',
    '.spec.ports[port=80,protocol="TCP"].port',
    '.spec.ports[port=80,protocol="TCP"].protocol',
  ]);
  const changed = { ...made, spec: { ...made.spec, type: 'NodePort' } };
  const second = updated(made, changed, first, 'b');
  assert.deepEqual([owned(second, 'b'), owned(second, 'a').includes('.spec.type')], [['.spec.type'], false]);
  assert.deepEqual(updated(changed, changed, second, 'c'), second);
  const bare = updated(changed, { ...changed, metadata: { name: 's' } }, second, 'c');
  assert.deepEqual([owned(bare, 'c'), owned(bare, 'a').includes('.metadata.labels')], [[], false]);
});

test('of more than ten updaters the oldest become one', () => {
  let managers: Managers = NONE;
  let before: Json = {};
  for (let i = 0; i < 13; i++) {
    const after = { metadata: { labels: { ...((before.metadata as Json)?.labels as Json), [`l${i}`]: 'x' } } };
    const time = `2026-01-01T00:00:${String(i).padStart(2, '0')}Z`;
    managers = afterUpdate(managers, before, after, SERVICE, writer(`m${String(i).padStart(2, '0')}`, 'Update', time));
    before = after;
  }
  const names = [...managers.values()].map(({ manager }) => manager).sort();
  assert.deepEqual([names.length, names[0], names[1]], [10, 'ancient-changes', 'm04']);
  assert.ok(owned(managers, 'ancient-changes').includes('.metadata.labels.l3'));
});
