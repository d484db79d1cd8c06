// custom.test.ts - what a CustomResourceDefinition defines is served at once: discovery, objects, tables, watches, schema.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApp } from '../../src/api/app.js';
import { createCluster } from '../../src/cluster/cluster.js';
import { Client } from './client.js';

const SCHEMA = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1, maximum: 5 },
        colour: { type: 'string', enum: ['red', 'blue'], default: 'red' },
        code: { type: 'string', pattern: '^[a-z]+$' },
        port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { pattern: '^[a-z]+$' }] },
        from: {
          type: 'object',
          properties: { file: { type: 'string' }, text: { type: 'string' } },
          oneOf: [{ required: ['file'] }, { required: ['text'] }],
        },
        even: { type: 'integer', allOf: [{ minimum: 2 }, { not: { enum: [3, 5] } }] },
      },
    },
    status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
};

const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'services.serving.example' },
  spec: {
    group: 'serving.example',
    scope: 'Namespaced',
    names: { plural: 'services', kind: 'Service', shortNames: ['ksvc'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: SCHEMA },
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
          { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
        ],
      },
      { name: 'v1beta1', served: true, storage: false, schema: { openAPIV3Schema: SCHEMA } },
    ],
  },
};

const PATH = '/apis/serving.example/v1/namespaces/default/services';

interface Answer {
  readonly code: number;
  readonly body: Record<string, unknown> & { message?: string };
}

function server() {
  const cluster = createCluster();
  const app = createApp(cluster);
  const ask = async (method: string, path: string, body?: object, accept = 'application/json'): Promise<Answer> => {
    const headers = { accept, 'content-type': 'application/json' };
    const answer = await app.request(path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    return { code: answer.status, body: (await answer.json()) as Answer['body'] };
  };
  const thing = (spec: object, rest: object = {}) => ({
    ...{ apiVersion: 'serving.example/v1', kind: 'Service', metadata: { name: 'a' }, spec, ...rest },
  });
  return { cluster, ask, thing };
}

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

test('a definition is in force at once, and its kind is found by discovery', async () => {
  const { ask, cluster } = server();
  assert.equal((await ask('GET', PATH)).code, 404);
  const made = await ask('POST', DEFINITIONS, DEFINITION);
  assert.equal(made.code, 201, made.body.message);
  const { conditions } = made.body.status as { conditions: { type: string; status: string }[] };
  assert.ok(conditions.some(({ type, status }) => type === 'Established' && status === 'True'));
  const { body } = await ask('GET', '/apis/serving.example/v1');
  const [resource] = body.resources as { name: string; shortNames: string[] }[];
  assert.deepEqual([resource?.name, resource?.shortNames], ['services', ['ksvc']]);
  cluster.close();
});

test('objects are defaulted, pruned and checked by their schema', async () => {
  const { ask, thing, cluster } = server();
  await ask('POST', DEFINITIONS, DEFINITION);
  const fine = { port: 80, from: { text: 'b' }, even: 4 };
  assert.equal((await ask('POST', `${PATH}?dryRun=All`, thing({ size: 2, ...fine }))).code, 201);
  const made = await ask('POST', PATH, thing({ size: 2, unknown: 1 }, { status: { x: 1 } }));
  assert.equal(made.code, 201, made.body.message);
  assert.deepEqual(made.body.spec, { size: 2, colour: 'red' });
  assert.equal(made.body.status, undefined);
  const wrong: [object, RegExp][] = [
    [{}, /spec\.size: Required value/],
    [{ size: 9 }, /spec\.size in body should be less than or equal to 5/],
    [{ size: 'x' }, /spec\.size in body must be of type integer: "string"/],
    [{ size: 1, colour: 'green' }, /spec\.colour: Unsupported value: "green": supported values: "red", "blue"/],
    [{ size: 1, code: 'A' }, /spec\.code in body should match '\^\[a-z\]\+\$'/],
    [{ size: 1, port: true }, /must be of type integer or string/],
    [{ size: 1, port: 'A' }, /"spec\.port" must validate at least one schema \(anyOf\)/],
    [{ size: 1, from: {} }, /one and only one schema \(oneOf\)\. Found none valid, spec\.from\.file: Required value/],
    [{ size: 1, from: { file: 'a', text: 'b' } }, /\(oneOf\)\. Found 2 valid alternatives/],
    [{ size: 1, even: 1 }, /must validate all the schemas \(allOf\), spec\.even.* greater than or equal to 2/],
    [{ size: 1, even: 3 }, /must not validate the schema \(not\)/],
  ];
  for (const [spec, words] of wrong) {
    const { code, body } = await ask('POST', PATH, thing(spec, { metadata: { name: 'b' } }));
    assert.equal(code, 422);
    assert.match(body.message ?? '', words);
  }
  assert.equal(cluster.store.list('Service', 'default').length, 1, 'the kind of the core group is another one');
  cluster.close();
});

test('columns are those of the definition, and versions show the same objects', async () => {
  const { ask, thing, cluster } = server();
  await ask('POST', DEFINITIONS, DEFINITION);
  await ask('POST', PATH, thing({ size: 2 }));
  const status = { conditions: [{ type: 'Ready', status: 'True' }] };
  await ask('PUT', `${PATH}/a/status`, { ...thing({ size: 2 }), status });
  const table = await ask('GET', PATH, undefined, 'application/json;as=Table;v=v1;g=meta.k8s.io');
  const names = (table.body.columnDefinitions as { name: string }[]).map(({ name }) => name);
  assert.deepEqual(names, ['Name', 'Size', 'Ready']);
  assert.deepEqual((table.body.rows as { cells: unknown[] }[])[0]?.cells, ['a', 2, 'True']);
  const other = await ask('GET', `${PATH.replace('/v1/', '/v1beta1/')}/a`);
  assert.equal(other.body.apiVersion, 'serving.example/v1beta1');
  cluster.close();
});

test('objects are selected by the fields that the definition names, and by no other', async () => {
  const { ask, thing } = server();
  const [v1, v1beta1] = DEFINITION.spec.versions;
  const versions = [{ ...v1, selectableFields: [{ jsonPath: '.spec.colour' }] }, v1beta1];
  await ask('POST', DEFINITIONS, { ...DEFINITION, spec: { ...DEFINITION.spec, versions } });
  for (const colour of ['red', 'blue']) {
    await ask('POST', PATH, thing({ size: 1, colour }, { metadata: { name: colour } }));
  }
  const { body } = await ask('GET', `${PATH}?fieldSelector=spec.colour%3Dblue`);
  assert.deepEqual(
    (body.items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name),
    ['blue'],
  );
  const refused = await ask('GET', `${PATH}?fieldSelector=spec.size%3D1`);
  assert.deepEqual([refused.code, refused.body.message], [400, 'field label not supported: spec.size']);
});

test('what a definition has defined goes with it', async () => {
  const { ask, thing, cluster } = server();
  await ask('POST', DEFINITIONS, DEFINITION);
  await ask('POST', PATH, thing({ size: 2 }));
  await ask('DELETE', `${DEFINITIONS}/services.serving.example`);
  assert.equal((await ask('GET', `${PATH}/a`)).code, 404);
  await ask('POST', DEFINITIONS, DEFINITION);
  assert.deepEqual((await ask('GET', PATH)).body.items, []);
  cluster.close();
});

const PORTED = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string' }, port: { type: 'integer' } },
          },
        },
        words: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
  },
};

/** A definition of a kind with one version, and this schema. */
function defined(kind: string, schema: object, names: object = {}) {
  const plural = `${kind.toLowerCase()}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.serving.example` },
    spec: {
      group: 'serving.example',
      scope: 'Namespaced',
      names: { plural, kind, ...names },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
}

test('appliers of a custom object own items by the keys of the schema, and may not name what it does not', async () => {
  const { cluster } = server();
  const client = new Client(cluster);
  assert.equal((await client.ask('POST', DEFINITIONS, defined('Door', PORTED))).code, 201);
  const path = '/apis/serving.example/v1/namespaces/default/doors/a';
  const door = (spec: object) => ({ apiVersion: 'serving.example/v1', kind: 'Door', metadata: { name: 'a' }, spec });
  const apply = (manager: string, spec: object) =>
    client.ask('PATCH', `${path}?fieldManager=${manager}`, door(spec), {
      'content-type': 'application/apply-patch+yaml',
    });
  assert.equal((await apply('one', { ports: [{ name: 'a', port: 1 }], words: ['x'] })).code, 201);
  assert.equal((await apply('two', { ports: [{ name: 'b', port: 2 }], words: ['y'] })).code, 200);
  const both = await apply('one', { ports: [{ name: 'a', port: 3 }] });
  assert.deepEqual(both.body.spec, {
    ports: [
      { name: 'a', port: 3 },
      { name: 'b', port: 2 },
    ],
    words: ['y'],
  });
  const clash = await apply('one', { ports: [{ name: 'b', port: 9 }] });
  assert.equal(clash.code, 409);
  assert.match(clash.body.message, /conflict with "two": \.spec\.ports\[name="b"\]\.port/);
  const stray = await apply('one', { nothing: 1 });
  assert.match(stray.body.message, /\.spec\.nothing: field not declared in schema/);
  assert.equal((await apply('one', { free: { any: { thing: 1 } } })).code, 200);
  cluster.close();
});

test('unknown fields of custom objects are told or refused, repeated items refused', async () => {
  const { cluster } = server();
  const client = new Client(cluster);
  await client.ask('POST', DEFINITIONS, defined('Door', PORTED));
  const path = '/apis/serving.example/v1/namespaces/default/doors';
  const door = (spec: object) => ({ apiVersion: 'serving.example/v1', kind: 'Door', metadata: { name: 'a' }, spec });
  const told = await client.send('POST', `${path}?fieldValidation=Warn`, door({ ports: [{ name: 'a', x: 1 }] }));
  assert.equal(told.headers.get('warning'), '299 - "unknown field \\"spec.ports[0].x\\""');
  const strict = await client.ask('POST', `${path}?fieldValidation=Strict`, door({ y: 1 }));
  assert.equal(strict.code, 400);
  assert.match(strict.body.message, /strict decoding error: unknown field "spec\.y"/);
  const twice = { ports: [{ name: 'a' }, { name: 'a', port: 1 }], words: ['x', 'x'] };
  const refused = await client.ask('PUT', `${path}/a`, door(twice));
  assert.equal(refused.code, 422);
  assert.match(refused.body.message, /spec\.ports\[1\]: Duplicate value: \{"name":"a"\}/);
  assert.match(refused.body.message, /spec\.words\[1\]: Duplicate value: "x"/);
  cluster.close();
});

test('custom objects are patched by JSON alone', async () => {
  const { ask, thing, cluster } = server();
  await ask('POST', DEFINITIONS, DEFINITION);
  await ask('POST', PATH, thing({ size: 1 }));
  const headers = { 'content-type': 'application/strategic-merge-patch+json' };
  const { code, body } = await new Client(cluster).ask('PATCH', `${PATH}/a`, { spec: { size: 2 } }, headers);
  assert.equal(code, 415);
  assert.match(body.message, /json-patch\+json, application\/merge-patch\+json, application\/apply-patch\+yaml$/);
  cluster.close();
});

test('the OpenAPI documents have the schemas of definitions, as they are now', async () => {
  const { ask, cluster } = server();
  await ask('POST', DEFINITIONS, DEFINITION);
  const v3 = await ask('GET', '/openapi/v3/apis/serving.example/v1');
  const { schemas } = v3.body.components as { schemas: Record<string, typeof SCHEMA> };
  assert.deepEqual(schemas['example.serving.v1.Service']?.properties.spec, SCHEMA.properties.spec);
  const v2 = await ask('GET', '/openapi/v2');
  const found = (
    v2.body.definitions as Record<string, { properties: { spec: { properties: Record<string, object> } } }>
  )['example.serving.v1.Service'];
  assert.deepEqual(found?.properties.spec.properties.size, { type: 'integer', minimum: 1, maximum: 5 });
  assert.equal('oneOf' in (found?.properties.spec.properties.from ?? {}), false);
  const [v1, ...others] = DEFINITION.spec.versions;
  const versions = [{ ...v1, schema: { openAPIV3Schema: PORTED } }, ...others];
  const { body } = await ask('GET', `${DEFINITIONS}/services.serving.example`);
  await ask('PUT', `${DEFINITIONS}/services.serving.example`, { ...body, spec: { ...DEFINITION.spec, versions } });
  const after = await ask('GET', '/openapi/v3/apis/serving.example/v1');
  assert.match(JSON.stringify(after.body), /x-kubernetes-list-map-keys/);
  cluster.close();
});

test('a definition waits for names that another one of its group has, and gets them when that goes', async () => {
  const { ask, cluster } = server();
  const conditions = async (name: string): Promise<string[]> => {
    const { body } = await ask('GET', `${DEFINITIONS}/${name}.serving.example`);
    const { conditions: all } = body.status as { conditions: Record<string, string>[] };
    return all.map(({ type, status, reason, message }) => [type, status, reason, message].join(' '));
  };
  await ask('POST', DEFINITIONS, defined('Door', PORTED, { shortNames: ['d'] }));
  await ask('POST', DEFINITIONS, defined('Duck', PORTED, { shortNames: ['d'] }));
  assert.deepEqual(await conditions('ducks'), [
    'NamesAccepted False ShortNamesConflict "d" is already in use',
    'Established False NotAccepted not all names are accepted',
  ]);
  assert.equal((await ask('GET', '/apis/serving.example/v1/ducks')).code, 404);
  await ask('DELETE', `${DEFINITIONS}/doors.serving.example`);
  assert.match((await conditions('ducks')).join(), /NamesAccepted True NoConflicts.*Established True/);
  assert.equal((await ask('GET', '/apis/serving.example/v1/ducks')).code, 200);
  cluster.close();
});
