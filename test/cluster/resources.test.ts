// resources.test.ts - every kind that is served is known wherever a kind must be known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf } from '../../src/api/columns/kinds.js';
import { groupVersion, RESOURCES, resourceOf, resourceOfPath } from '../../src/cluster/resources.js';
import { isValidated } from '../../src/manifest/validate/index.js';
import { typeOfObject } from '../../src/schema/types.js';
import { testCluster } from './fixtures.js';

/** Kinds that are shown by name and age alone, as kubectl shows them or because nobody else knows them. */
const PLAIN = new Set(['Client', 'Lab']);

/** Kinds of kubewire's own, which no document of the API describes. */
const OWN = new Set(['Client', 'Lab']);

test('a kind that is served is validated, has a schema and columns of its own', () => {
  const forgotten = RESOURCES.flatMap((resource) => {
    const { kind } = resource;
    const places = {
      'manifest/validate/index.ts': isValidated(kind),
      'schema/tables': OWN.has(kind) || typeOfObject(groupVersion(resource), kind) !== undefined,
      'api/columns': PLAIN.has(kind) || columnsOf(kind) !== columnsOf('no such kind'),
    };
    return Object.entries(places).flatMap(([place, known]) => (known ? [] : [`${kind} is forgotten in ${place}`]));
  });
  assert.deepEqual(forgotten, []);
});

test('names, short names and paths lead to one resource each', () => {
  const words = RESOURCES.flatMap(({ plural, singular, shortNames }) => [
    ...new Set([plural, singular, ...shortNames]),
  ]);
  assert.equal(new Set(words).size, words.length);
  for (const resource of RESOURCES) {
    const { group, version, plural, kind } = resource;
    assert.equal(resourceOfPath(group, version, plural), resource);
    assert.equal(resourceOf({ apiVersion: groupVersion(resource), kind }), resource);
    assert.equal(resourceOf({ apiVersion: 'nobody.dev/v1', kind }), undefined);
  }
});

test('metadata is validated for every kind', () => {
  const { store } = testCluster();
  for (const resource of RESOURCES) {
    const object = {
      apiVersion: groupVersion(resource),
      kind: resource.kind,
      metadata: { name: 'Not_A_Name', labels: { 'a b': 'c' } },
    };
    assert.throws(
      () => store.create(object),
      (error: Error) => /metadata\.name/.test(error.message) && /metadata\.labels/.test(error.message),
      resource.kind,
    );
  }
});
