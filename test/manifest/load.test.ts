// load.test.ts - texts to objects with places: lists, kinds, forms, and every mistake at its place.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkObjects, nodePortWarnings } from '../../src/manifest/check.js';
import { type LoadResult, loadTexts } from '../../src/manifest/load.js';
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
    'skipped 2 ConfigMap objects: no packet depends on it',
    'skipped 1 Widget: no packet depends on it',
  ]);
});

test('whoever gets the objects says what else is served, and definitions in the files say it, too', () => {
  const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec: {group: example.com, scope: Cluster, names: {plural: widgets, kind: Widget}, versions: [{name: v1}]}
`;
  const other = (kind: string, version: string): string =>
    `apiVersion: ${version}\nkind: ${kind}\nmetadata: {name: x}\nspec: {size: 1}\n`;
  const text = [
    other('Widget', 'example.com/v1'),
    definition,
    other('Widget', 'example.com/v2'),
    other('Secret', 'v1'),
  ];
  const { objects, issues, notices } = loadTexts([{ file: 'a', text: text.join('---\n') }], {
    served: (_, kind) => ({ Secret: { namespaced: true }, CustomResourceDefinition: { namespaced: false } })[kind],
  });
  assert.deepEqual(
    objects.map(({ object: { kind, metadata } }) => `${kind} ${metadata.namespace}`),
    ['Widget undefined', 'CustomResourceDefinition undefined', 'Secret default'],
  );
  assert.deepEqual(issues.map(said), ['19:1 spec: unknown field']);
  assert.deepEqual(notices, ['skipped 1 Widget: no such kind is served, and no definition here makes it one']);
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
  assert.deepEqual(mistakes(`${SERVICE}\tx: 1\n`), ['5:2 a tab stands here: YAML is indented by spaces alone']);
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

test('a NodePort that no cluster gives is a warning', () => {
  const { objects } = load(`${SERVICE}spec:\n  type: NodePort\n  ports: [{port: 80, nodePort: 80}]\n`);
  assert.deepEqual(nodePortWarnings(objects).map(said), [
    '7:32 spec.ports[0].nodePort: 80 is not in the usual range 30000-32767',
  ]);
});

const portOf = (text: string): unknown => {
  const { objects } = load(`${SERVICE}spec: {ports: [{port: ${text}}]}\n`);
  return (objects[0]?.object.spec as { ports: { port: unknown }[] } | undefined)?.ports[0]?.port;
};

test('numbers are those that Go reads: every base, underscores, and floats that are whole', () => {
  for (const text of [
    '80',
    '0x50',
    '0X50',
    '0120',
    '0o120',
    '8_0',
    '80.0',
    '0b1010000',
    '8e1',
    '+80',
    '800e-1',
    '080',
  ]) {
    assert.equal(portOf(text), 80, text);
  }
  assert.equal(portOf('030080'), 30080, 'no octal number, but a float');
  for (const text of ['8:0', '0o8', '1.2.3', '0b2', '0x', '2001-01-01', '8 0', '"80"'])
    assert.equal(portOf(text), undefined, text);
});

test('JSON objects one after another are documents, each with its places', () => {
  const one = (port: number): string =>
    `{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"ports":[{"port":${port}}]}}`;
  for (const between of ['\n', '', '  \n\n ']) {
    assert.deepEqual(mistakes(one(80) + between + one(81)), []);
    assert.equal(load(one(80) + between + one(81)).objects.length, 2);
  }
  assert.match(
    mistakes(`${one(80)}\n  ${one(0)}`)[1] ?? '',
    /^2:8\d spec\.ports\[0\]\.(?:p|targetP)ort: Invalid value: 0/,
  );
  assert.match(mistakes(`${one(80)}{"a":1,"a":2}`)[0] ?? '', /^1:\d+ a: duplicate key/);
});

test('items of a typed list are what the list says', () => {
  const list =
    'apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: {name: a}\n  spec: {ports: [{port: 80}]}\n- {kind: Pod}\n';
  assert.deepEqual(
    load(list).objects.map(({ object }) => `${object.apiVersion} ${object.kind} ${object.metadata.name}`),
    ['v1 Service a', 'v1 Pod undefined'],
  );
  assert.equal(load('apiVersion: apps/v1\nkind: DeploymentList\nitems: null\n').objects.length, 0);
  assert.match(
    mistakes('apiVersion: v1\nkind: List\nitems:\n- metadata: {name: a}\n')[0] ?? '',
    /apiVersion: Required value/,
  );
});

test('a kind of Kubernetes in a group where it is not is told, and a custom resource is left alone', () => {
  const said = (apiVersion: string, kind = 'Deployment'): string =>
    mistakes(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: d}\n`)[0] ?? '';
  for (const version of ['extensions/v1beta1', 'apps/v1beta1', 'v2', 'autoscaling/v2', 'policy.k8s.io/v1']) {
    assert.equal(
      said(version),
      `1:13 apiVersion: no matches for kind "Deployment" in version "${version}", did you mean "apps/v1"?`,
    );
  }
  assert.match(said('v1'), /no matches for kind "Deployment" in version "v1", it is in "apps\/v1"$/);
  assert.match(said('batch/v1'), /no matches for kind "Deployment" in version "batch\/v1", it is in "apps\/v1"$/);
  assert.equal(said('serving.knative.dev/v1', 'Service'), '');
  assert.equal(said('batch/v1', 'Job'), '');
  for (const word of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    assert.match(said(word), /no matches for kind "Deployment"/, word);
    assert.doesNotThrow(() => said('v1', word));
  }
});

test('a name to be generated is a name; a mistyped name is one mistake', () => {
  const spec = 'spec: {ports: [{port: 80}]}\n';
  assert.deepEqual(mistakes(`apiVersion: v1\nkind: Service\nmetadata: {generateName: a-}\n${spec}`), []);
  assert.match(
    mistakes(`apiVersion: v1\nkind: Service\nmetadata: {generateName: A-}\n${spec}`)[0] ?? '',
    /: Invalid value: "A-/,
  );
  assert.deepEqual(mistakes(`apiVersion: v1\nkind: Service\nmetadata: {name: 1234}\n${spec}`), [
    '3:18 metadata.name: expected string, got number 1234; write it in quotes',
  ]);
});

test('a template that was not rendered is told once, at its place', () => {
  const end = 'is a template that was not rendered: give what "helm template" or its like prints';
  assert.deepEqual(
    mistakes(`apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  ports: [{{ .x }}]\n`),
    [`4:9 {{ .Release.Name }} ${end}`],
  );
  assert.deepEqual(mistakes('# {{ x }}\n{{- if .Values.x }}\na: b\n{{- end }}\n'), [`2:1 {{- if .Values.x }} ${end}`]);
  assert.deepEqual(mistakes('a: b\n? {c: d}\n: e\n'), ['2:3 a mapping or a list cannot be a key']);
});

test('lines that begin in a wrong column are told with both columns', () => {
  for (const [text, message] of [
    [
      'metadata:\n  name: a\n    labels: {}\n',
      '3:5 this line begins at column 5, and the line above, which is complete, at column 3',
    ],
    [
      'spec:\n    ports:\n    - port: 80\n   type: x\n',
      '4:4 this line begins at column 4, and the blocks above at column 1 or 5 or 7',
    ],
    [
      'ports:\n  - port: 80\n   name: x\n',
      '3:4 this line begins at column 4, and the blocks above at column 1 or 3 or 5',
    ],
    ['spec:\n  type:NodePort\n  a: b\n', '2:7 the colon after a key needs a blank after it'],
    ['a: 1\nb:\n\tc: 2\n', '3:2 a tab stands here: YAML is indented by spaces alone'],
    ['ports:\n- port:\u00a080\n  name: x\n', '2:8 the space U+00A0 stands here, as web pages have it'],
    ['a: \x1b[31m\n', '1:4 the control character U+001B has no place in a manifest'],
  ] as const) {
    assert.ok(mistakes(text)[0]?.startsWith(message), `${mistakes(text)[0]} is not ${message}`);
  }
});

test('a share of the pods of a rolling update is a count or a percentage', () => {
  const shares = (text: string): string[] =>
    mistakes(
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  selector: {matchLabels: {a: b}}\n' +
        `  strategy: {rollingUpdate: {maxUnavailable: ${text}}}\n` +
        '  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}\n',
    );
  for (const text of ['25%', '0', '1']) assert.deepEqual(shares(text), []);
  for (const text of ['25abc', '"25"', '"%"', '-1'])
    assert.match(shares(text)[0] ?? '', /maxUnavailable: Invalid value/);
});
