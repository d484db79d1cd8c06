// openapi.test.ts - the OpenAPI documents: an index by hashes, kinds with their types, and what lets kubectl leave checks to us.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OpenApi } from '../../src/api/openapi/document.js';
import { swaggerBytes } from '../../src/api/openapi/protobuf.js';
import { schemasOf } from '../../src/api/openapi/schemas.js';
import { RESOURCES } from '../../src/cluster/kinds/registry.js';
import { Turns } from '../../src/lab/turns.js';

const openApi = new OpenApi(() => RESOURCES, 'v1.36.0');

interface Document {
  readonly paths: Record<string, Record<string, { parameters?: { name: string }[] } & Record<string, unknown>>>;
  readonly components: { schemas: Record<string, Record<string, unknown>> };
}

const read = (path: string): Document => JSON.parse(openApi.text(path) ?? '{}') as Document;

test('the index names every group and version by the hash of its document', async () => {
  const { paths } = (await openApi.index()) as { paths: Record<string, { serverRelativeURL: string }> };
  assert.match(paths['api/v1']?.serverRelativeURL ?? '', /^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]{64}$/);
  for (const path of Object.keys(paths)) assert.ok(openApi.text(path), path);
  for (const path of ['api/v2', 'apis/nope/v1', '', 'api/v1/extra']) assert.equal(openApi.text(path), undefined, path);
});

test('every reference leads to a schema of the same document', async () => {
  const { paths } = (await openApi.index()) as { paths: object };
  for (const path of Object.keys(paths)) {
    const { schemas } = read(path).components;
    for (const [, name = ''] of (openApi.text(path) ?? '').matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      assert.ok(schemas[name], `${path}: ${name}`);
  }
});

test('the document of v2 has every kind that is served, and every type that it is made of', async () => {
  const document = JSON.parse((await openApi.swagger()).text) as {
    definitions: Record<string, Record<string, unknown>>;
  };
  const { definitions } = document;
  const kinds = Object.values(definitions).flatMap((one) => one['x-kubernetes-group-version-kind'] ?? []);
  const named = (kinds as { group: string; version: string; kind: string }[]).map(
    ({ group, version, kind }) => `${group}/${version}/${kind}`,
  );
  const described = RESOURCES.filter(({ group }) => group !== 'kubewire.dev');
  for (const { group, version, kind } of described) assert.ok(named.includes(`${group}/${version}/${kind}`), kind);
  for (const [, name = ''] of JSON.stringify(document).matchAll(/"#\/definitions\/([^"]+)"/g))
    assert.ok(definitions[name], name);
});

test('kinds are found by group, version and kind, and patches take fieldValidation', () => {
  const { paths, components } = read('api/v1');
  const service = components.schemas['io.k8s.api.core.v1.Service'];
  assert.deepEqual(service?.['x-kubernetes-group-version-kind'], [{ group: '', version: 'v1', kind: 'Service' }]);
  const patch = paths['/api/v1/namespaces/{namespace}/services/{name}']?.patch;
  assert.deepEqual(patch?.['x-kubernetes-group-version-kind'], { group: '', version: 'v1', kind: 'Service' });
  assert.ok(patch?.parameters?.some(({ name }) => name === 'fieldValidation'));
});

test('a field tells its type, its values, how it merges and what it means', () => {
  const schemas = schemasOf(['core.v1.Service'], 'v3');
  const spec = schemas['io.k8s.api.core.v1.ServiceSpec'] as { properties: Record<string, Record<string, unknown>> };
  const { description, ...ports } = spec.properties.ports ?? {};
  assert.match(String(description), /ports at which the Service can be reached/);
  assert.deepEqual(ports, {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['port', 'protocol'],
    'x-kubernetes-patch-merge-key': 'port',
    'x-kubernetes-patch-strategy': 'merge',
    type: 'array',
    items: { $ref: '#/components/schemas/io.k8s.api.core.v1.ServicePort' },
  });
  assert.deepEqual(spec.properties.internalTrafficPolicy?.enum, ['Cluster', 'Local']);
});

test('the document of v2 in protobuf has the numbers of OpenAPIv2.proto', async () => {
  const schema = { type: 'object', maximum: 1, required: ['b', 'c'], 'x-y': ['z'] };
  const bytes = Buffer.from(await swaggerBytes({ swagger: '2.0', definitions: { A: schema } }, new Turns()));
  const expected = [
    '\x0a\x032.0', // 1 swagger
    'J4\x0a2\x0a\x01A\x12-', // 9 definitions, 1 entry, 1 name, 2 value
    '\xb2\x01\x08\x0a\x06object', // 22 type
    '9\x00\x00\x00\x00\x00\x00\xf0?', // 7 maximum
    '\x9a\x01\x01b\x9a\x01\x01c', // 19 required
    '\xfa\x01\x0e\x0a\x03x-y\x12\x07\x12\x05["z"]', // 31 vendor extension
  ];
  assert.equal(bytes.toString('latin1'), expected.join(''));
});

test('others are served between the pieces of a document', async () => {
  const fresh = new OpenApi(() => RESOURCES, 'v1.36.0');
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const both = await Promise.all([fresh.swagger(), fresh.swagger(), fresh.index()]);
  isOver = true;
  assert.equal(both[0], both[1]);
  assert.ok(turns > 5, `${turns} turns`);
});
