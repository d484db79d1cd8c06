// apply.test.ts - server-side apply over the API: owners, conflicts, force, what goes, refusals, and kubectl's way to it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Hono } from 'hono';
import { createApp } from '../../../src/api/app.js';
import type { Cluster } from '../../../src/cluster/cluster.js';
import { testCluster } from '../../cluster/fixtures.js';

const MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const LAST = 'kubectl.kubernetes.io/last-applied-configuration';

let cluster: Cluster;
let app: Hono;

before(() => {
  cluster = testCluster();
  app = createApp(cluster);
});

after(() => cluster.close());

// biome-ignore lint/suspicious/noExplicitAny: answers are read by their fields
type Answer = { code: number; body: any; warning: string | null };

async function ask(method: string, path: string, body?: unknown, type = 'application/json'): Promise<Answer> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { 'content-type': type, 'user-agent': 'tester/1.0 (linux)' };
  const response = await app.request(`http://localhost${path}`, { method, headers, ...(text ? { body: text } : {}) });
  return { code: response.status, body: await response.json(), warning: response.headers.get('warning') };
}

const apply = (path: string, manager: string, body: unknown, query = ''): Promise<Answer> =>
  ask('PATCH', `${path}?fieldManager=${manager}${query}`, body, 'application/apply-patch+yaml');

const map = (name: string, data?: Record<string, string>, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  ...(data ? { data } : {}),
});

const deployment = (name: string, replicas: number, image = 'x:1') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image }] } },
  },
});

const owners = ({ body }: Answer): string[] =>
  (body.metadata.managedFields ?? []).map(
    (one: { manager: string; operation: string; subresource?: string; fieldsV1: object }) =>
      `${one.manager} ${one.operation}${one.subresource ? ` ${one.subresource}` : ''} ${JSON.stringify(one.fieldsV1)}`,
  );

test('an apply makes an object, changes it, and takes away what it no longer says', async () => {
  const made = await apply(`${MAPS}/a`, 'm1', map('a', { x: '1', y: '1' }));
  assert.deepEqual([made.code, owners(made)], [201, ['m1 Apply {"f:data":{"f:x":{},"f:y":{}}}']]);
  const again = await apply(`${MAPS}/a`, 'm1', map('a', { x: '1', y: '1' }));
  assert.equal(again.body.metadata.resourceVersion, made.body.metadata.resourceVersion);
  const less = await apply(`${MAPS}/a`, 'm1', map('a', { y: '2' }));
  assert.deepEqual([less.code, less.body.data], [200, { y: '2' }]);
  const gone = await apply(`${MAPS}/a`, 'm1', map('a'));
  assert.deepEqual([gone.body.data, gone.body.metadata.managedFields], [undefined, undefined]);
});

test('a conflict names the fields and their owners; who forces takes them over', async () => {
  await apply(`${MAPS}/b`, 'm1', map('b', { x: '1', y: '1', z: '1' }));
  await ask('PATCH', `${MAPS}/b?fieldManager=editor`, { data: { z: '2' } }, 'application/merge-patch+json');
  const refused = await apply(`${MAPS}/b`, 'm2', map('b', { x: '2', y: '1', z: '3' }));
  assert.deepEqual([refused.code, refused.body.reason], [409, 'Conflict']);
  assert.equal(
    refused.body.message,
    'Apply failed with 2 conflicts: conflicts with "editor" using v1:\n- .data.z\nconflicts with "m1":\n- .data.x',
  );
  assert.deepEqual(refused.body.details.causes[1], {
    reason: 'FieldManagerConflict',
    message: 'conflict with "m1"',
    field: '.data.x',
  });
  const forced = await apply(`${MAPS}/b`, 'm2', map('b', { x: '2', y: '1', z: '3' }), '&force=true');
  assert.deepEqual(owners(forced), [
    'm1 Apply {"f:data":{"f:y":{}}}',
    'm2 Apply {"f:data":{"f:x":{},"f:y":{},"f:z":{}}}',
  ]);
});

test('what is written without apply is owned by the writer, with its defaults, and by nobody twice', async () => {
  const made = await ask('POST', `${MAPS}`, map('c', { x: '1' }, { labels: { l: '1' } }));
  assert.deepEqual(owners(made), [
    'tester Update {"f:data":{".":{},"f:x":{}},"f:metadata":{"f:labels":{".":{},"f:l":{}}}}',
  ]);
  const put = await ask('PUT', `${MAPS}/c?fieldManager=other`, map('c', { x: '2' }));
  assert.deepEqual(owners(put), ['other Update {"f:data":{"f:x":{}}}', 'tester Update {"f:data":{}}']);
  const reset = await ask('PATCH', `${MAPS}/c`, { metadata: { managedFields: [{}] } }, 'application/merge-patch+json');
  assert.deepEqual(owners(reset), []);
});

test('the scale of a workload is owned as such, and applied as such', async () => {
  await apply(`${DEPLOYMENTS}/web`, 'm1', deployment('web', 2));
  const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'web' }, spec: { replicas: 5 } };
  assert.equal((await ask('PUT', `${DEPLOYMENTS}/web/scale?fieldManager=scaler`, scale)).code, 200);
  const refused = await apply(`${DEPLOYMENTS}/web`, 'm1', deployment('web', 2));
  const message = 'conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas';
  assert.equal(refused.body.message, `Apply failed with 1 conflict: ${message}`);
  const applied = await apply(`${DEPLOYMENTS}/web/scale`, 'hpa', { ...scale, spec: { replicas: 7 } }, '&force=true');
  assert.deepEqual([applied.code, applied.body.spec.replicas], [200, 7]);
  const now = await ask('GET', `${DEPLOYMENTS}/web`);
  const [byScale] = now.body.metadata.managedFields.filter((one: { subresource?: string }) => one.subresource);
  assert.equal(byScale.time, undefined);
  assert.ok(owners(now).includes('hpa Apply scale {"f:spec":{"f:replicas":{}}}'), String(owners(now)));
});

test('kubectl takes over what its client-side apply wrote, and keeps its annotation', async () => {
  const last = `${JSON.stringify(map('d', { x: '1' }))}\n`;
  const object = map('d', { x: '1' }, { annotations: { [LAST]: last } });
  await ask('POST', `${MAPS}?fieldManager=kubectl-client-side-apply`, object);
  assert.equal((await apply(`${MAPS}/d`, 'somebody', map('d', { x: '2' }))).code, 409);
  const migrated = await apply(`${MAPS}/d`, 'kubectl', map('d', { x: '2' }));
  assert.deepEqual([migrated.code, migrated.body.data], [200, { x: '2' }]);
  assert.deepEqual(JSON.parse(migrated.body.metadata.annotations[LAST]).data, { x: '2' });
});

test('an apply that cannot be is refused with the reason, and makes nothing', async () => {
  const named = map('no', { x: '1' });
  for (const [body, query, code, words] of [
    [named, '', 422, 'fieldManager: Required value: is required for apply patch'],
    [named, `fieldManager=${'m'.repeat(129)}`, 422, 'fieldManager: Too long: may not be more than 128 bytes'],
    [named, 'fieldManager=a%07', 422, 'invalid character U+0007 (at position 1)'],
    [named, 'fieldManager=m&dryRun=Some', 422, 'dryRun: Unsupported value: ["Some"]: supported values: "All"'],
    [{ ...named, kind: 'Secret' }, 'fieldManager=m', 400, 'invalid object type: /v1, Kind=Secret'],
    [map('no', {}, { managedFields: [] }), 'fieldManager=m', 400, 'metadata.managedFields must be nil'],
    [map('other'), 'fieldManager=m', 400, 'the name of the object (other) does not match the name on the URL (no)'],
    [{ ...named, metadata: {} }, 'fieldManager=m', 400, 'was undeterminable: name must be provided'],
    [map('no', {}, { namespace: 'x' }), 'fieldManager=m', 400, 'the namespace of the provided object does not match'],
    [map('no', {}, { uid: 'u' }), 'fieldManager=m', 409, 'uid mismatch: the provided object specified uid u'],
    [{ ...named, spec: 1 }, 'fieldManager=m', 500, '(/no; /v1, Kind=ConfigMap): .spec: field not declared in schema'],
    [
      map('no', { x: 1 as never }),
      'fieldManager=m',
      500,
      '.data.x: expected string, got &value.valueUnstructured{Value:1}',
    ],
    [map('no', {}, { finalizers: ['a/b', 'a/b'] }), 'fieldManager=m', 500, 'duplicate entries for key [="a/b"]'],
    ['a: [', 'fieldManager=m', 400, 'error decoding YAML: '],
    ['[]', 'fieldManager=m', 400, 'cannot unmarshal array into Go value of type map[string]interface {}'],
  ] as const) {
    const answer = await ask('PATCH', `${MAPS}/no?${query}`, body, 'application/apply-patch+yaml');
    assert.deepEqual([answer.code, answer.body.code], [code, code], `${words}: ${answer.body.message}`);
    assert.ok(answer.body.message.includes(words), answer.body.message);
  }
  assert.equal((await ask('GET', `${MAPS}/no`)).code, 404);
});

test('a key that is twice in the text is a warning, or an error for those who are strict', async () => {
  const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: e\ndata:\n  a: "1"\n  "a": "2"\n';
  const strict = await apply(`${MAPS}/e`, 'm', yaml, '&fieldValidation=Strict');
  assert.match(strict.body.message, /^error strict decoding YAML: .*:\n {2}line 7: key "a" already set in map$/);
  const warned = await apply(`${MAPS}/e`, 'm', yaml);
  assert.deepEqual([warned.body.data, warned.warning], [{ a: '2' }, '299 - "line 7: key \\"a\\" already set in map"']);
  const json = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"f"},"data":{"a":"1","a":"2"},"x":1}';
  const made = await ask('POST', MAPS, json);
  const texts = ['duplicate field \\"data.a\\"', 'unknown field \\"x\\"'];
  assert.deepEqual([made.code, made.warning], [201, texts.map((text) => `299 - "${text}"`).join(', ')]);
  const refused = await ask('POST', `${MAPS}?fieldValidation=Strict`, json);
  assert.match(refused.body.message, /strict decoding error: duplicate field "data\.a", unknown field "x"$/);
  assert.equal(
    (await ask('POST', `${MAPS}?fieldValidation=Ignore&dryRun=All`, json.replace('"f"', '"g"'))).warning,
    null,
  );
});

test('a patch that makes no object of its kind is refused with what it made', async () => {
  await ask('POST', MAPS, map('h', { a: '1' }));
  const merge = await ask('PATCH', `${MAPS}/h`, { data: 'x' }, 'application/merge-patch+json');
  assert.equal(merge.code, 422);
  const words = 'json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string';
  assert.ok(merge.body.message.startsWith(' "" is invalid: patch: Invalid value: "{\\"apiVersion\\":\\"v1\\",'));
  assert.ok(merge.body.message.endsWith(words), merge.body.message);
  const strategic = await ask('PATCH', `${MAPS}/h`, { data: 'x' }, 'application/strategic-merge-patch+json');
  assert.equal(
    strategic.body.message,
    ' "" is invalid: patch: Invalid value: "map[data:x]": cannot restore map from string',
  );
});

test('what a refusal quotes is sorted where the patch went, and as Go writes it elsewhere', async () => {
  const ports = [{ targetPort: 8080, port: 80, name: 'http' }];
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'q' }, spec: { selector: { a: 'b' }, ports } };
  await ask('POST', '/api/v1/namespaces/default/services', service);
  const path = '/api/v1/namespaces/default/services/q?fieldValidation=Strict';
  const { body } = await ask('PATCH', path, { spec: { foo: 1 } }, 'application/merge-patch+json');
  const quoted = JSON.parse(/Invalid value: ("(?:[^"\\]|\\.)*"): /.exec(body.message)?.[1] ?? '""') as string;
  assert.match(quoted, /^\{"apiVersion":"v1","kind":"Service","metadata":\{"name":"q","namespace":"default","uid":/);
  assert.match(quoted, /"spec":\{"clusterIP":.*"foo":1,"internalTrafficPolicy":/);
  assert.match(quoted, /"ports":\[\{"name":"http","protocol":"TCP","port":80,"targetPort":8080\}\]/);
  assert.match(body.message, /: strict decoding error: unknown field "spec\.foo"$/);
});

test('a write of the status may write labels, and is checked for them; those of a Deployment stay', async () => {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'labelled' } };
  await ask('POST', '/api/v1/namespaces', namespace);
  const merge = 'application/merge-patch+json';
  const patch = (path: string, labels: object): Promise<Answer> => ask('PATCH', path, { metadata: { labels } }, merge);
  const good = await patch('/api/v1/namespaces/labelled/status', { a: 'b' });
  assert.deepEqual([good.code, good.body.metadata.labels.a], [200, 'b']);
  assert.equal((await patch('/api/v1/namespaces/labelled/status', { 'a b': '' })).code, 422);
  const kept = await patch(`${DEPLOYMENTS}/web/status`, { a: 'b' });
  assert.deepEqual([kept.code, kept.body.metadata.labels], [200, undefined]);
});
