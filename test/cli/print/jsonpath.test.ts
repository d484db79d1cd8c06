// jsonpath.test.ts - templates of `-o jsonpath`, columns of `-o custom-columns`, `--sort-by`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseColumnSpec } from '../../../src/cli/print/columnspec.js';
import { compilePath, compileTemplate } from '../../../src/cli/print/jsonpath/evaluate.js';
import { naturalCompare, sortObjects } from '../../../src/cli/print/sort.js';
import type { KubeObject } from '../../../src/model/objects.js';

const POD: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-0', labels: { app: 'web', 'app.kubernetes.io/name': 'shop' } },
  spec: {
    containers: [
      { name: 'web', image: 'nginx', ports: [{ containerPort: 80 }, { containerPort: 443 }] },
      { name: 'side', image: 'envoy', ports: [{ containerPort: 9 }], tty: true },
    ],
  },
};

const fill = (template: string): string => compileTemplate(template)(POD);

test('paths, wildcards, indices, slices and unions', () => {
  assert.equal(fill('{.metadata.name}'), 'web-0');
  assert.equal(fill('name: {$.metadata.name}!'), 'name: web-0!');
  assert.equal(fill('{.spec.containers[*].name}'), 'web side');
  assert.equal(fill('{.spec.containers[-1].name}'), 'side');
  assert.equal(fill('{.spec.containers[0:1].image}'), 'nginx');
  assert.equal(fill('{.spec.containers[::2].image}'), 'nginx');
  assert.equal(fill('{.spec.containers[0,1].image}'), 'nginx envoy');
  assert.equal(fill("{.spec.containers[*]['name','image']}"), 'web side nginx envoy');
  assert.equal(fill('{..containerPort}'), '80 443 9');
  assert.equal(fill('{.nothing.at.all}'), '');
  assert.equal(fill('.metadata.name'), '.metadata.name');
});

test('keys with dots are written with a backslash or in brackets', () => {
  assert.equal(fill('{.metadata.labels.app\\.kubernetes\\.io/name}'), 'shop');
  assert.equal(fill("{.metadata.labels['app\\.kubernetes\\.io/name']}"), 'shop');
});

test('filters compare by value or ask for existence', () => {
  assert.equal(fill('{.spec.containers[?(@.name=="side")].image}'), 'envoy');
  assert.equal(fill("{.spec.containers[?(@.name!='side')].image}"), 'nginx');
  assert.equal(fill('{.spec.containers[*].ports[?(@.containerPort>=80)].containerPort}'), '80 443');
  assert.equal(fill('{.spec.containers[?(@.tty)].name}'), 'side');
  assert.equal(fill('{.spec.containers[?(@.ports[0].containerPort==80)].name}'), 'web');
});

test('range repeats, quoted text is printed, the rest is JSON', () => {
  const template = '{range .spec.containers[*]}{.name}{"\\t"}{range .ports[*]}{.containerPort},{end}{"\\n"}{end}';
  assert.equal(fill(template), 'web\t80,443,\nside\t9,\n');
  assert.equal(fill('{.metadata.labels}'), '{"app":"web","app.kubernetes.io/name":"shop"}');
});

test('what cannot be read or evaluated says why', () => {
  const wrong: [string, RegExp][] = [
    ['{.a', /unclosed action/],
    ['{end}', /nothing to end/],
    ['{foo}', /unrecognized identifier foo/],
    ['{.spec.containers[5]}', /array index out of bounds: index 5, length 2/],
    ['{.spec.containers[x]}', /invalid array index/],
    ['{.metadata[*]}', /is not array or slice/],
    ['{.spec.containers[?(@.name==1)]}', /incompatible types/],
  ];
  for (const [template, message] of wrong) assert.throws(() => fill(template), message);
});

test('custom columns print what a path finds, or <none>', () => {
  const columns = parseColumnSpec('NAME:.metadata.name,IMAGES:.spec.containers[*].image,LABELS:.metadata.labels,X:.x');
  assert.deepEqual(columns.header, ['NAME', 'IMAGES', 'LABELS', 'X']);
  assert.deepEqual(columns.row(POD), ['web-0', 'nginx,envoy', 'map[app:web app.kubernetes.io/name:shop]', '<none>']);
  assert.throws(() => parseColumnSpec('NAME'), /expected <header>:<json-path-expr>/);
});

test('a path may be written with braces, with a dot, or bare', () => {
  for (const path of ['{.metadata.name}', '.metadata.name', 'metadata.name']) {
    assert.deepEqual(compilePath(path)(POD), ['web-0']);
  }
});

test('sorting goes by number where there are numbers', () => {
  assert.ok(naturalCompare('web-2', 'web-10') < 0);
  const named = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name } });
  const sorted = sortObjects([named('web-10'), named('api'), named('web-2')], '.metadata.name');
  assert.deepEqual(
    sorted.map(({ metadata }) => metadata.name),
    ['api', 'web-2', 'web-10'],
  );
  assert.throws(() => sortObjects([named('a')], '.no'), /couldn't find any field/);
});
