// types.test.ts - the tables of types hold together, and the generator takes facts out of a document as the notation says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describedNames, descriptionOf } from '../../src/schema/descriptions.js';
import { tableOf } from '../../src/schema/generate.js';
import { longName, shortName } from '../../src/schema/names.js';
import { allTypes, elementOf, readTypes, typeNamed, typeOfObject } from '../../src/schema/types.js';

const SIMPLE = new Set(['s', 'y', 't', 'u', 'q', 'i', 'l', 'n', 'b', '*', 'x']);

/** The type below any lists and maps. */
function innermost(type: string): string {
  const element = elementOf(type);
  return element === undefined ? type : innermost(element);
}

test('every type that a field has is simple or in the tables', () => {
  const wrong = [...allTypes().values()].flatMap(({ name, fields }) =>
    [...fields.values()]
      .filter(({ type }) => !SIMPLE.has(innermost(type)) && !typeNamed(innermost(type)))
      .map((field) => `${name}.${field.name}: ${field.type}`),
  );
  assert.deepEqual(wrong, []);
});

test('keys of lists are fields of their items, and defaults are JSON', () => {
  const wrong: string[] = [];
  for (const { name, fields } of allTypes().values()) {
    for (const field of fields.values()) {
      const item = typeNamed(innermost(field.type));
      const keys = [...field.keys, ...(field.mergeKey ? [field.mergeKey] : [])];
      for (const key of keys) if (!item?.fields.has(key)) wrong.push(`${name}.${field.name} has no key ${key}`);
      if (field.list === 'map' && field.keys.length === 0) wrong.push(`${name}.${field.name} names no keys`);
      if (field.default !== undefined) JSON.parse(field.default);
    }
  }
  assert.deepEqual(wrong, []);
});

test('a Service port merges by port and protocol on the server, and by port alone in a strategic merge patch', () => {
  const spec = typeNamed('core.v1.ServiceSpec');
  const ports = spec?.fields.get('ports');
  assert.deepEqual(
    { type: ports?.type, list: ports?.list, keys: ports?.keys, mergeKey: ports?.mergeKey },
    { type: '[core.v1.ServicePort', list: 'map', keys: ['port', 'protocol'], mergeKey: 'port' },
  );
  assert.equal(spec?.fields.get('selector')?.atomic, true);
  assert.equal(typeNamed('core.v1.ServicePort')?.fields.get('protocol')?.default, '"TCP"');
  assert.equal(typeNamed('core.v1.PodSpec')?.fields.get('volumes')?.retainKeys, true);
});

test('a kind is found by its apiVersion', () => {
  assert.equal(typeOfObject('v1', 'Service')?.name, 'core.v1.Service');
  assert.equal(typeOfObject('apps/v1', 'Deployment')?.name, 'apps.v1.Deployment');
  assert.equal(typeOfObject('events.k8s.io/v1', 'Event')?.name, 'events.v1.Event');
  assert.equal(typeOfObject('v1', 'Event')?.name, 'core.v1.Event');
  assert.equal(typeOfObject('v1', 'constructor'), undefined);
});

test('names come back from their short form', () => {
  for (const name of [
    'io.k8s.api.core.v1.ServiceSpec',
    'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
    'io.k8s.apimachinery.pkg.api.resource.Quantity',
    'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  ])
    assert.equal(longName(shortName(name)), name);
});

test('the generator writes names, types, requirements and merge keys, and no description', () => {
  const text = { type: 'string', description: 'words' };
  const schemas = {
    'io.k8s.api.core.v1.Thing': {
      description: 'more words',
      required: ['name'],
      properties: {
        name: text,
        labels: { type: 'object', additionalProperties: text, 'x-kubernetes-map-type': 'atomic' },
        parts: {
          type: 'array',
          items: { $ref: '#/components/schemas/io.k8s.api.core.v1.Part' },
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name', 'port'],
          'x-kubernetes-patch-strategy': 'merge,retainKeys',
          'x-kubernetes-patch-merge-key': 'name',
        },
        port: { allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.util.intstr.IntOrString' }] },
        count: { type: 'integer', format: 'int32', default: 0, enum: ['1', '2'] },
      },
      'x-kubernetes-group-version-kind': [{ group: 'g', version: 'v1', kind: 'Thing' }],
    },
  };
  const lines = tableOf([{ components: { schemas } }]);
  assert.deepEqual(lines, [
    'core.v1.Thing kind=g/v1/Thing',
    ' name! s',
    ' labels {s map=atomic',
    ' parts [core.v1.Part list=map:name,port merge=name retain',
    ' port *',
    ' count i enum=1|2 default=0',
  ]);
  const [type] = readTypes(lines.join('\n'));
  assert.equal(type?.fields.get('name')?.required, true);
  assert.equal(type?.fields.get('parts')?.retainKeys, true);
  assert.deepEqual(type?.fields.get('count')?.enum, ['1', '2']);
});

test('what is described is a type or a field that there is, and every field of a Service is described', () => {
  const wrong = [...describedNames()].filter((name) => {
    if (name.startsWith('*.') || typeNamed(name)) return false;
    const dot = name.lastIndexOf('.');
    return !typeNamed(name.slice(0, dot))?.fields.has(name.slice(dot + 1));
  });
  assert.deepEqual(wrong, []);
  for (const name of [
    'core.v1.ServiceSpec',
    'core.v1.ServicePort',
    'discovery.v1.Endpoint',
    'networking.v1.IngressSpec',
  ])
    for (const field of typeNamed(name)?.fields.keys() ?? []) assert.ok(descriptionOf(name, field), `${name}.${field}`);
});
