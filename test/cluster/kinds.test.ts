// kinds.test.ts - every kind that is served is known wherever a kind must be known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isReview } from '../../src/api/reviews.js';
import { PLAIN_COLUMNS } from '../../src/cluster/columns/columns.js';
import { groupVersion, isKept, kind, type Resource } from '../../src/cluster/kinds/kind.js';
import { BUILT_IN, Kinds, RESOURCES } from '../../src/cluster/kinds/registry.js';
import { typeOfObject } from '../../src/schema/types.js';
import { testCluster } from './fixtures.js';

/** Kinds that are shown by name and time of creation alone, as kubectl shows them. */
const PLAIN = new Set([
  'CustomResourceDefinition.apiextensions.k8s.io',
  'LimitRange',
  'ComponentStatus',
  'Role.rbac.authorization.k8s.io',
  'ClusterRole.rbac.authorization.k8s.io',
]);

/** Groups whose objects are kept as they come, for whoever brings them. */
const GUESTS =
  /\.(certificates|node|resource|flowcontrol\.apiserver|storage)\.k8s\.io$|^ValidatingAdmissionPolicy(Binding)?\./;

/** Groups of kubewire's own, which no document of the API describes. */
const OWN = new Set(['kubewire.dev']);

function forgotten(resources: readonly Resource[]): string[] {
  return resources.flatMap((resource) => {
    const { kind, group, key, columns, verbs } = resource;
    const asked = verbs.every((verb) => verb === 'create');
    const places = {
      'schema/tables': OWN.has(group) || typeOfObject(groupVersion(resource), kind) !== undefined,
      'cluster/kinds (columns)': asked || PLAIN.has(key) || GUESTS.test(key) || columns !== PLAIN_COLUMNS,
      'api/reviews.ts': !asked || isReview(resource),
    };
    return Object.entries(places).flatMap(([place, known]) => (known ? [] : [`${key} is forgotten in ${place}`]));
  });
}

test('a kind that is served has a schema, and columns of its own or an answer', () => {
  assert.deepEqual(forgotten(RESOURCES), []);
  assert.equal(forgotten([kind('nobody.dev/v1', 'Thing', 'things')]).length, 2);
  assert.equal(forgotten([kind('nobody.dev/v1', 'Ask', 'asks', { verbs: ['create'] })]).length, 2);
});

test('names, short names and paths of a group lead to one resource each', () => {
  for (const resource of RESOURCES) {
    const { group, version, plural, kind } = resource;
    assert.equal(BUILT_IN.ofPath(group, version, plural), resource);
    assert.equal(BUILT_IN.ofObject({ apiVersion: groupVersion(resource), kind }), resource);
    assert.equal(BUILT_IN.ofObject({ apiVersion: 'nobody.dev/v1', kind }), undefined);
  }
  // What is made when it is read shares its name with what it is about.
  const words = RESOURCES.filter(({ view, verbs }) => !view && verbs.includes('create')).flatMap(
    ({ plural, singular, shortNames }) => [...new Set([plural, singular, ...shortNames])],
  );
  const twice = words.filter((word, i) => words.indexOf(word) !== i);
  assert.deepEqual(twice, [], 'a name that two kinds have');
});

test('a kind of another group is another kind, whatever its name is', () => {
  const { store } = testCluster();
  const resource = kind('serving.example/v1', 'Service', 'services');
  store.kinds.add(resource);
  const seen: string[] = [];
  store.watch(({ object }) => seen.push(object.apiVersion), resource);
  const make = (apiVersion: string) =>
    store.create({ apiVersion, kind: 'Service', metadata: { name: 'a' }, spec: { ports: [{ port: 80 }] } });
  make('v1');
  make('serving.example/v1');
  assert.deepEqual(seen, ['serving.example/v1']);
  assert.equal(store.get('Service', 'default', 'a')?.apiVersion, 'v1');
  assert.equal(store.get(resource, 'default', 'a')?.apiVersion, 'serving.example/v1');
  assert.equal(store.list(resource).length, 1);
  store.delete(resource, 'default', 'a');
  assert.equal(store.get(resource, 'default', 'a'), undefined);
  assert.equal(store.get('Service', 'default', 'a')?.apiVersion, 'v1');
});

test('a kind that is taken away is served no more', () => {
  const resource = kind('serving.example/v1', 'Service', 'services');
  const kinds = new Kinds([...RESOURCES, resource]);
  assert.equal(kinds.named('Service')?.group, '');
  assert.equal(kinds.named('Service.serving.example'), resource);
  kinds.remove(resource);
  assert.equal(kinds.named('Service.serving.example'), undefined);
  assert.equal(kinds.ofPath('serving.example', 'v1', 'services'), undefined);
});

test('metadata is validated for every kind', () => {
  const { store } = testCluster();
  for (const resource of RESOURCES.filter(isKept)) {
    const object = {
      apiVersion: groupVersion(resource),
      kind: resource.kind,
      metadata: { name: 'Not_A_Name%', labels: { 'a b': 'c' } },
    };
    assert.throws(
      () => store.create(object),
      (error: Error) => /metadata\.name/.test(error.message) && /metadata\.labels/.test(error.message),
      resource.kind,
    );
  }
});
