// validate.test.ts - kubewire validate as a program: what it prints, and its exit codes.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ownFolder, type Ran, runProgram } from '../../support/program.js';

const folder = ownFolder('validate');

const validate = (args: readonly string[], input = ''): Ran => runProgram(['validate', ...args], folder, input);

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

const service = (spec: string, metadata = 'name: web'): string =>
  `apiVersion: v1\nkind: Service\nmetadata: {${metadata}}\nspec: ${spec}\n`;

test('valid manifests: exit code 0, and skipped kinds are named', () => {
  const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n---\napiVersion: x.io/v1\nkind: Widget\n';
  const name = file(
    'good.yaml',
    `${service('{type: LoadBalancer, externalTrafficPolicy: Local, ports: [{port: 80}]}')}---\n${config}`,
  );
  assert.deepEqual(validate(['-f', name]), {
    code: 0,
    out: '2 objects valid\n',
    err: 'skipped 1 Widget: no such kind is served, and no definition here makes it one\n',
  });
});

test('kinds that the cluster only stores are checked as it checks them', () => {
  const name = file(
    'stored.yaml',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: C}\ndata: {a: 1}\n---\n' +
      'apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: new}\nstringDat: {}\n---\n' +
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Upper}\n',
  );
  const { code, err } = validate(['-f', name]);
  assert.equal(code, 1);
  assert.match(err, /^stored\.yaml:4:11: .*data\[a\]: expected string, got number 1; write it in quotes/m);
  assert.match(err, /^stored\.yaml:9:1: .*unknown field, did you mean "stringData"/m);
  assert.match(err, /^stored\.yaml:13:18: .*metadata\.name: Invalid value: "Upper"/m);
});

test('an annotation that cannot be read is a warning at its place, and no mistake', () => {
  const name = file(
    'fast.yaml',
    service('{ports: [{port: 80}]}', 'name: web, annotations: {kubewire.dev/scheduler: wr}'),
  );
  const { code, out, err } = validate(['-f', name]);
  assert.deepEqual([code, out], [0, '1 object valid\n']);
  const said = 'metadata.annotations[kubewire.dev/scheduler]: "wr" is no scheduler of IPVS, rr is used instead';
  assert.equal(err.split('\n')[0], `fast.yaml:3:61: warning: ${said}, did you mean "rr"?`);
});

test('mistakes: exit code 1, each with its place', () => {
  const { code, out, err } = validate(['-f', '-'], service('{ports: [{port: 0, targetPort: 80}]}'));
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /^<stdin>:4:23: error: spec\.ports\[0]\.port: Invalid value: 0: /);
  assert.match(err, /\n1 error in 1 document; not valid\n$/);
});

test('JSON is an array of findings, empty when all is well', () => {
  const bad = validate(['-f', file('bad.yaml', service('{sessionAffinity: x, ports: [{port: 80}]}')), '-o', 'json']);
  assert.equal(bad.code, 1);
  assert.deepEqual(JSON.parse(bad.out), [
    {
      file: 'bad.yaml',
      line: 4,
      column: 25,
      kind: 'Service',
      namespace: 'default',
      name: 'web',
      type: 'FieldValueNotSupported',
      field: 'spec.sessionAffinity',
      message: 'spec.sessionAffinity: Unsupported value: "x": supported values: "ClientIP", "None"',
    },
  ]);
  assert.deepEqual(JSON.parse(validate(['-f', '-', '-o', 'json'], service('{ports: [{port: 80}]}')).out), []);
});

test('warnings stand beside the array, or in it when they are asked for, and never change the exit code', () => {
  const odd = file(
    'odd.yaml',
    service('{ports: [{port: 80}]}', 'name: web, annotations: {kubewire.dev/scheduler: wr}'),
  );
  const apart = validate(['-f', odd, '-o', 'json']);
  assert.deepEqual([apart.code, apart.out], [0, '[]\n']);
  assert.match(
    apart.err,
    /^odd\.yaml:3:61: warning: metadata\.annotations\[kubewire\.dev\/scheduler]: "wr" is no scheduler/,
  );
  const within = validate(['-f', odd, '-o', 'json', '--warnings']);
  assert.deepEqual([within.code, within.err], [0, '']);
  const [found, ...more] = JSON.parse(within.out) as { type: string; line: number; field: string }[];
  assert.deepEqual(more, []);
  assert.deepEqual(
    [found?.type, found?.line, found?.field],
    ['Warning', 3, 'metadata.annotations[kubewire.dev/scheduler]'],
  );
});

test('--old checks an update: what was allocated is carried over, what is immutable stays', () => {
  const stored = 'name: web, resourceVersion: "9", uid: u';
  const old = file('old.yaml', service('{clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1], ports: [{port: 80}]}', stored));
  assert.equal(validate(['-f', file('new.yaml', service('{ports: [{port: 81}]}')), '--old', old]).code, 0);
  const moved = file('moved.yaml', service('{clusterIP: 10.96.0.2, ports: [{port: 80}]}'));
  const { code, err } = validate(['-f', moved, '--old', old]);
  assert.equal(code, 1);
  assert.match(err, /spec\.clusterIPs\[0]: Invalid value: \["10\.96\.0\.2"]: may not change once set/);
});

const balanced = (ingress: string): string =>
  `${service('{type: LoadBalancer, ports: [{port: 80}]}')}status: {loadBalancer: {ingress: [${ingress}]}}\n`;

test('an update of the status alone is judged as a write to the status', () => {
  const old = file('pending.yaml', service('{type: LoadBalancer, ports: [{port: 80}]}'));
  assert.equal(validate(['--old', old, '-f', file('vip.yaml', balanced('{ip: 192.0.2.1}'))]).code, 0);
  const { code, out } = validate(['--old', old, '-o', 'json', '-f', file('mode.yaml', balanced('{ipMode: VIP}'))]);
  assert.equal(code, 1);
  assert.deepEqual(
    (JSON.parse(out) as { type: string; field: string }[]).map(({ type, field }) => [type, field]),
    [['FieldValueForbidden', 'status.loadBalancer.ingress[0].ipMode']],
  );
});

test('nothing is filled in for an object without any metadata', () => {
  const { out } = validate(['-f', '-', '-o', 'json'], 'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n');
  const fields = (JSON.parse(out) as { field: string }[]).map(({ field }) => field);
  assert.deepEqual(fields, ['metadata.name', 'metadata.namespace', 'addressType']);
});

test('a missing file is said once and clearly', () => {
  const { code, err } = validate(['-f', 'none.yaml']);
  assert.deepEqual([code, err], [1, 'none.yaml: error: the path does not exist\n1 error in 1 document; not valid\n']);
});

test('gates of the API server are flags', () => {
  const digit = file('digit.yaml', service('{ports: [{port: 80}]}', 'name: 1-web'));
  assert.equal(validate(['-f', digit]).code, 0);
  const strict = validate(['-f', digit, '--feature-gates', 'RelaxedServiceNameValidation=false,Other=true']);
  assert.match(strict.err, /metadata\.name: Invalid value: "1-web": a DNS-1035 label/);
});

test('wrong usage: exit code 2', () => {
  assert.equal(validate(['-f', 'x', '--feature-gates', 'Foo']).code, 2);
  assert.equal(validate([]).code, 2);
  assert.equal(validate(['-f', 'x', '-o', 'xml']).code, 2);
});
