// load.test.ts - texts to objects with places: lists, kinds, forms, and every mistake at its place.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkObjects, nodePortWarnings } from '../../src/manifest/check.js';
import { type LoadResult, loadManifests, loadTexts } from '../../src/manifest/load.js';
import type { Issue } from '../../src/model/issue.js';

const load = (text: string): LoadResult => loadTexts([{ file: 'a.yaml', text }]);

/** `LINE:COL MESSAGE` of everything that is wrong with a text. */
function mistakes(text: string): string[] {
  const loaded = load(text);
  return [...loaded.issues, ...checkObjects(loaded.objects)].map(said);
}

const said = ({ place, message }: Issue): string => `${place?.line}:${place?.column} ${message}`;

const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n';

test('a field is found by its path, and the nearest written part stands for one that is not', () => {
  const { objects } = load(`---\n${SERVICE}spec:\n  ports:\n  - name: x\n    port: 80\n  clusterIP: 10.0.0.1\n`);
  const at = (field: string): string => {
    const place = objects[0]?.place(field);
    return `${place?.line}:${place?.column}`;
  };
  assert.equal(at('spec.ports[0].port'), '9:11');
  assert.equal(at('spec.ports[0].nodePort'), '8:5');
  assert.equal(at('spec.ports[7]'), '7:3');
  assert.equal(at('spec.clusterIPs[0]'), '10:14');
  assert.equal(at('spec.PORTS[0].port'), '9:11');
  assert.equal(at('metadata.labels'), '4:1');
  assert.equal(at('status'), '2:1');
});

test('several documents, lists in them and empty ones between them become objects in order', () => {
  const item = (name: string): string => `{apiVersion: v1, kind: Namespace, metadata: {name: ${name}}}`;
  const text = `# nothing\n---\n---\n${item('a')}\n--- # more\napiVersion: v1\nkind: List\nitems:\n- ${item('b')}\n- ${item('c')}\n---\n`;
  const loaded = load(text);
  assert.deepEqual(loaded.issues, []);
  assert.deepEqual(
    loaded.objects.map(({ object, place }) => [object.metadata.name, place('metadata.name').line]),
    [
      ['a', 4],
      ['b', 9],
      ['c', 10],
    ],
  );
});

test('JSON, KYAML, carriage returns and a byte order mark are read', () => {
  const json = '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}}';
  const kyaml = '---\n{\n  apiVersion: "v1",\n  kind: "Namespace",\n  metadata: {\n    name: "a",\n  },\n}\n';
  const crlf = 'apiVersion: v1\r\nkind: Namespace\r\nmetadata:\r\n  name: a\r\n';
  for (const text of [json, kyaml, crlf, `\uFEFF${crlf}`]) {
    const { objects, issues } = load(text);
    assert.deepEqual([objects[0]?.object.metadata.name, issues], ['a', []]);
  }
});

test('namespaced objects get a namespace, the others do not', () => {
  const text = `${SERVICE}---\napiVersion: v1\nkind: Node\nmetadata: {name: n}\n`;
  const loaded = loadTexts([{ file: 'a', text }], { namespace: 'shop' });
  assert.deepEqual(
    loaded.objects.map(({ object }) => object.metadata.namespace),
    ['shop', undefined],
  );
});

test('kinds that are not used are skipped with one notice a kind', () => {
  const other = (kind: string, version = 'v1'): string =>
    `apiVersion: ${version}\nkind: ${kind}\nmetadata: {name: x}\n`;
  const text = [other('ConfigMap'), other('ConfigMap'), other('Widget', 'example.com/v1')].join('---\n');
  const { objects, issues, notices } = load(text);
  assert.deepEqual([objects, issues], [[], []]);
  assert.deepEqual(notices, [
    'skipped 2 ConfigMap objects: not a kind that kubewire uses',
    'skipped 1 Widget: not a kind that kubewire uses',
  ]);
});

test('kinds that do not exist are errors', () => {
  assert.deepEqual(mistakes('apiVersion: v1\nkind: Servce\n'), [
    '2:7 kind: no matches for kind "Servce" in version "v1", did you mean "Service"?',
  ]);
  assert.deepEqual(mistakes('apiVersion: v1\nkind: Deployment\n'), [
    '2:7 kind: no matches for kind "Deployment" in version "v1", it is in "apps/v1"',
  ]);
  assert.deepEqual(mistakes('apiVersion: apps/v1beta1\nkind: Deployment\n'), [
    '1:13 apiVersion: no matches for kind "Deployment" in version "apps/v1beta1", did you mean "apps/v1"?',
  ]);
  assert.deepEqual(mistakes('kind: Service\n'), [
    '1:1 apiVersion: Required value: every object needs apiVersion and kind',
  ]);
  assert.deepEqual(mistakes('just text\n'), ['1:1 expected an object with apiVersion and kind']);
});

test('a mistyped or misspelt field is one mistake, not several', () => {
  assert.deepEqual(mistakes(`${SERVICE}spec:\n  ports:\n  - port: "eighty"\n`), [
    '7:11 spec.ports[0].port: expected integer, got string "eighty"',
  ]);
  assert.deepEqual(mistakes(`${SERVICE}spec:\n  prots:\n  - port: 80\n`), [
    '6:3 spec.prots: unknown field, did you mean "ports"?',
  ]);
  assert.deepEqual(mistakes(`${SERVICE}  labels: {on: yes}\nspec: {ports: [{port: 80}]}\n`), [
    '5:16 metadata.labels[true]: expected string, got boolean true; write it in quotes',
  ]);
  assert.deepEqual(mistakes(`${SERVICE}spec: {ports: [{port: 4294967296}]}\n`), [
    '5:23 spec.ports[0].port: expected integer, got number 4294967296',
  ]);
});

test('null is as good as absent', () => {
  const { objects, issues } = load(
    `${SERVICE}  labels: {a: null}\nspec: {selector: null, ports: [null, {port: 80}]}\n`,
  );
  assert.deepEqual(issues, []);
  assert.deepEqual(objects[0]?.object.metadata.labels, { a: '' });
  assert.deepEqual(objects[0]?.object.spec, { ports: [{}, { port: 80 }] });
});

test('duplicate keys are refused with both places, in YAML and in JSON', () => {
  const yaml = `${SERVICE}  name: b\nspec: {ports: [{port: 80}]}\n`;
  assert.deepEqual(mistakes(yaml), ['5:3 metadata.name: duplicate key, first written at line 4, column 3']);
  const json = '{"apiVersion": "v1", "kind": "Namespace",\n "metadata": {"name": "a",\n  "name": "b"}}';
  assert.deepEqual(mistakes(json), ['3:3 metadata.name: duplicate key, first written at line 2, column 15']);
});

test('what is not YAML has a place, and the other documents are still read', () => {
  const { objects, issues } = load(`${SERVICE}---\nfoo: [1\n---\n${SERVICE}`);
  assert.equal(objects.length, 2);
  assert.deepEqual(
    issues.map(({ type, place }) => [type, place?.line]),
    [['Syntax', 6]],
  );
  assert.deepEqual(mistakes(`${SERVICE}\tx: 1\n`), ['5:2 Tabs are not allowed as indentation']);
  assert.match(mistakes(`${SERVICE}spec: *none\n`)[0] ?? '', /^5:7 Unresolved alias .*none$/);
});

test('texts made to exhaust the machine are refused', () => {
  const bomb = ['a: &a [1,1,1,1,1,1,1,1,1]'];
  for (const [i, name] of [...'bcdefghi'].entries()) {
    const before = 'abcdefgh'[i];
    bomb.push(`${name}: &${name} [${new Array(9).fill(`*${before}`).join()}]`);
  }
  const deep = ['['.repeat(50_000), '{a: '.repeat(50_000), `${'- '.repeat(50_000)}x`];
  const steps = Array.from({ length: 2000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n');
  for (const text of [bomb.join('\n'), ...deep, steps, `[${'['.repeat(5000)}${']'.repeat(5000)}]`]) {
    const { objects, issues } = load(text);
    assert.deepEqual([objects.length, issues.length, issues[0]?.type], [0, 1, 'Syntax'], text.slice(0, 30));
  }
});

test('a file with ten mistakes reports ten', () => {
  const text = [
    'apiVersion: v1',
    'kind: Service',
    'metadata:',
    '  name: A_b',
    '  lables: {}',
    'spec:',
    '  type: NodePort',
    '  sessionAffinity: foo',
    '  externalTrafficPolicy: Locall',
    '  internalTrafficPolicy: Nowhere',
    '  ports:',
    '  - port: "x"',
    '    name: UP',
    '  - port: 70000',
    '    name: b',
    '    protocol: TPC',
    '    targetPort: no_such',
    '  externalIPs: [127.0.0.1]',
  ].join('\n');
  const lines = mistakes(text).map((mistake) => mistake.split(' ')[0]);
  assert.deepEqual(
    lines.sort(),
    ['10:26', '12:11', '13:11', '14:11', '16:15', '17:17', '18:17', '4:9', '5:3', '8:20', '9:26'].sort(),
  );
});

test('files, sorted directories and missing paths', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubewire-load-'));
  try {
    const namespace = (name: string): string => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`;
    writeFileSync(join(folder, 'b.yml'), namespace('b'));
    writeFileSync(join(folder, 'a.yaml'), namespace('a'));
    writeFileSync(join(folder, 'notes.txt'), 'not a manifest');
    const { objects, issues } = loadManifests([folder, join(folder, 'none.yaml')]);
    assert.deepEqual(
      objects.map(({ object }) => object.metadata.name),
      ['a', 'b'],
    );
    assert.deepEqual(
      issues.map(({ message, place }) => [message, place?.file]),
      [['the path does not exist', join(folder, 'none.yaml')]],
    );
    rmSync(join(folder, 'b.yml'));
    rmSync(join(folder, 'a.yaml'));
    assert.match(loadManifests([folder]).issues[0]?.message ?? '', /^the directory has no manifests/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a NodePort that no cluster gives is a warning', () => {
  const { objects } = load(`${SERVICE}spec:\n  type: NodePort\n  ports: [{port: 80, nodePort: 80}]\n`);
  assert.deepEqual(nodePortWarnings(objects).map(said), [
    '7:32 spec.ports[0].nodePort: 80 is not in the usual range 30000-32767',
  ]);
});
