// rules.test.ts - rules of definitions in CEL refuse custom objects, in the words of the API server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCluster } from '../../src/cluster/cluster.js';
import { Client } from './client.js';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const PATH = '/apis/serving.example/v1/namespaces/default/doors';

/** A definition of Door whose spec has these rules. */
const definition = (rules: readonly object[], more: object = {}) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'doors.serving.example' },
  spec: {
    group: 'serving.example',
    scope: 'Namespaced',
    names: { plural: 'doors', kind: 'Door' },
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  least: { type: 'integer' },
                  most: { type: 'integer' },
                  share: { type: 'number' },
                  'open-by': { type: 'string', format: 'date-time' },
                  words: { type: 'array', items: { type: 'string' } },
                  labels: { type: 'object', additionalProperties: { type: 'string' } },
                  ports: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: {
                      type: 'object',
                      properties: { name: { type: 'string' }, port: { type: 'integer' } },
                      'x-kubernetes-validations': [{ rule: 'self.port == oldSelf.port', message: 'port stays' }],
                    },
                  },
                },
                'x-kubernetes-validations': rules,
              },
            },
            ...more,
          },
        },
      },
    ],
  },
});

const door = (spec: object, name = 'a') => ({
  apiVersion: 'serving.example/v1',
  kind: 'Door',
  metadata: { name },
  spec,
});

/** What a rule says of objects, one after the other: of the first when it is made, of others as updates. */
async function said(rule: object, ...specs: object[]): Promise<(string | number)[]> {
  const cluster = createCluster();
  const client = new Client(cluster);
  const made = await client.ask('POST', DEFINITIONS, definition([rule]));
  assert.equal(made.code, 201, made.body.message);
  const answers: (string | number)[] = [];
  for (const [i, spec] of specs.entries()) {
    const [method, path] = i === 0 ? ['POST', PATH] : ['PUT', `${PATH}/a`];
    const { code, body } = await client.ask(method, path, door(spec));
    answers.push(code === 422 ? body.message.replace('Door.serving.example "a" is invalid: ', '') : code);
  }
  await cluster.close();
  return answers;
}

const CASES: readonly (readonly [rule: object, specs: readonly object[], answers: readonly (string | number)[]])[] = [
  [
    { rule: 'self.least <= self.most' },
    [{ least: 2, most: 1 }],
    ['spec: Invalid value: "object": failed rule: self.least <= self.most'],
  ],
  [
    { rule: 'self.least <= self.most', message: 'most is less than least', fieldPath: '.most' },
    [{ least: 2, most: 1 }],
    ['spec.most: Invalid value: "object": most is less than least'],
  ],
  [
    { rule: 'self.least > 3', messageExpression: '"not " + string(self.least)', message: 'small' },
    [{ least: 2 }],
    ['spec: Invalid value: "object": not 2'],
  ],
  [
    { rule: 'has(self.words)', message: 'say something', reason: 'FieldValueRequired', fieldPath: '.words' },
    [{}],
    ['spec.words: Required value: say something'],
  ],
  [
    { rule: 'self.least < 9', reason: 'FieldValueForbidden' },
    [{ least: 9 }],
    ['spec: Forbidden: failed rule: self.least < 9'],
  ],
  [{ rule: 'self.share >= 0.5 && self.share < 2' }, [{ share: 1 }], [201]],
  [{ rule: "self.words.isSorted() && self.words.all(w, w.matches('^[a-z]+$'))" }, [{ words: ['a', 'b'] }], [201]],
  [{ rule: "self.open__dash__by > timestamp('2020-01-01T00:00:00Z')" }, [{ 'open-by': '2021-01-01T00:00:00Z' }], [201]],
  [{ rule: "self.labels.exists(k, k == 'x-y') && self.labels['x-y'] == 'z'" }, [{ labels: { 'x-y': 'z' } }], [201]],
  [
    { rule: 'self.least == oldSelf.least', message: 'least is immutable' },
    [{ least: 1 }, { least: 1, most: 3 }, { least: 2 }],
    [201, 200, 'spec: Invalid value: "object": least is immutable'],
  ],
  [
    { rule: 'oldSelf.hasValue() || self.least == 1', optionalOldSelf: true, message: 'begins at 1' },
    [{ least: 2 }, { least: 1 }],
    ['spec: Invalid value: "object": begins at 1', 404],
  ],
  [
    { rule: 'self.least > 0' },
    [{ ports: [] }],
    ['spec: Invalid value: "object": No such key: least evaluating rule: self.least > 0'],
  ],
  [
    { rule: 'true' },
    [
      { ports: [{ name: 'a', port: 1 }] },
      {
        ports: [
          { name: 'b', port: 2 },
          { name: 'a', port: 9 },
        ],
      },
    ],
    [201, 'spec.ports[1]: Invalid value: "object": port stays'],
  ],
  [
    { rule: 'self.least > 0' },
    [{ least: 'x' }],
    [
      '[spec.least: Invalid value: "string": spec.least in body must be of type integer: "string", <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]',
    ],
  ],
];

for (const [rule, specs, answers] of CASES) {
  test(`${JSON.stringify(rule)} says of ${JSON.stringify(specs)}: ${answers.at(-1)}`, async () => {
    assert.deepEqual(await said(rule, ...specs), answers);
  });
}

test('what an update leaves as it was is not judged by rules that came later', async () => {
  const cluster = createCluster();
  const client = new Client(cluster);
  await client.ask('POST', DEFINITIONS, definition([]));
  await client.ask('POST', PATH, door({ least: 0 }));
  const { body } = await client.ask('GET', `${DEFINITIONS}/doors.serving.example`);
  const { spec } = definition([{ rule: 'self.least > 0' }]);
  assert.equal((await client.ask('PUT', `${DEFINITIONS}/doors.serving.example`, { ...body, spec })).code, 200);
  const same = { ...door({ least: 0 }), metadata: { name: 'a', labels: { x: 'y' } } };
  assert.equal((await client.ask('PUT', `${PATH}/a`, same)).code, 200);
  assert.equal((await client.ask('PUT', `${PATH}/a`, door({ least: -1 }))).code, 422);
  await cluster.close();
});

test('rules of the object itself see its name', async () => {
  const cluster = createCluster();
  const client = new Client(cluster);
  const rules = [{ rule: "self.metadata.name.startsWith('door-')", message: 'call it door-…' }];
  await client.ask('POST', DEFINITIONS, definition([], { 'x-kubernetes-validations': rules }));
  const { code, body } = await client.ask('POST', PATH, door({}));
  assert.equal(code, 422);
  assert.match(body.message, /<nil>: Invalid value: "object": call it door-…/);
  assert.equal((await client.ask('POST', PATH, door({}, 'door-1'))).code, 201);
  await cluster.close();
});

test('a rule that is no CEL is refused; one with a function that is not known here is kept, and told', async () => {
  const cluster = createCluster();
  const client = new Client(cluster);
  const refused = await client.ask('POST', DEFINITIONS, definition([{ rule: 'self.least >' }]));
  assert.equal(refused.code, 422);
  assert.match(
    refused.body.message,
    /versions\[0\]\.schema\.openAPIV3Schema\.properties\[spec\]\.x-kubernetes-validations\[0\]\.rule: Invalid value: "self\.least >": compilation failed: Unexpected token/,
  );
  const kept = await client.send('POST', DEFINITIONS, definition([{ rule: 'url(self.words[0]).getHost() == "x"' }]));
  assert.equal(kept.status, 201);
  assert.match(
    kept.headers.get('warning') ?? '',
    /validations\[0\]: the rule is kept, but not evaluated: found no matching/,
  );
  assert.equal((await client.ask('POST', PATH, door({}))).code, 201);
  await cluster.close();
});
