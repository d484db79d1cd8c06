// custom.test.ts - what a CustomResourceDefinition defines is served at once: discovery, objects, tables, watches, schema.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApp } from '../../src/api/app.js';
import { createCluster } from '../../src/cluster/cluster.js';

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

test('a definition with rules that are not evaluated is taken with a warning', async () => {
  const cluster = createCluster();
  const app = createApp(cluster);
  const warningFor = async (definition: object): Promise<string | null> => {
    const headers = { 'content-type': 'application/json' };
    const sent = { method: 'POST', headers, body: JSON.stringify(definition) };
    return (await app.request(`${DEFINITIONS}?dryRun=All`, sent)).headers.get('warning');
  };
  assert.equal(await warningFor(DEFINITION), null);
  const rules = [{ rule: 'self.spec.size > 0' }];
  const openAPIV3Schema = { ...SCHEMA, 'x-kubernetes-validations': rules };
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }];
  const ruled = { ...DEFINITION, spec: { ...DEFINITION.spec, versions } };
  assert.match((await warningFor(ruled)) ?? '', /rules of x-kubernetes-validations are kept, but not evaluated/);
  cluster.close();
});
