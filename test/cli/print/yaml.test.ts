// yaml.test.ts - YAML and JSON as Go writes them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { toJson } from '../../../src/cli/print/json.js';
import { toKyaml } from '../../../src/cli/print/kyaml.js';
import { compareKeys, toYaml } from '../../../src/manifest/written/yaml.js';

test('a string is bare when a reader of YAML 1.1 would take it for a string', () => {
  const cases: [string, string][] = [
    ['web', 'web'],
    ['80', '"80"'],
    ['1.5', '"1.5"'],
    ['67e9', '"67e9"'],
    ['true', '"true"'],
    ['y', '"y"'],
    ['on', '"on"'],
    ['~', '"~"'],
    ['', '""'],
    ['12:30:45', '"12:30:45"'],
    ['2026-01-01T00:00:00Z', '"2026-01-01T00:00:00Z"'],
    ['10.96.0.1', '10.96.0.1'],
    ['fd00::1', 'fd00::1'],
    ['a: b', "'a: b'"],
    ['a #b', "'a #b'"],
    ['a:b', 'a:b'],
    ['- x', "'- x'"],
    ['*', "'*'"],
    [' x', "' x'"],
    ["it's", "it's"],
    ["'x", "'''x'"],
    ['a\tb', '"a\\tb"'],
    ['\u{1f600}', '"\\U0001F600"'],
    ['ü', 'ü'],
  ];
  for (const [value, written] of cases) assert.equal(toYaml({ a: value }), `a: ${written}\n`);
});

test('text of several lines is a literal block that says how it ends', () => {
  assert.equal(toYaml({ a: { b: 'x\ny' } }), 'a:\n  b: |-\n    x\n    y\n');
  assert.equal(toYaml({ a: 'x\n\ny\n' }), 'a: |\n  x\n\n  y\n');
  assert.equal(toYaml({ a: 'x\n\n' }), 'a: |+\n  x\n\n');
  assert.equal(toYaml({ a: ' x\ny' }), 'a: |2-\n   x\n  y\n');
  assert.equal(toYaml({ a: 'x \ny' }), 'a: "x \\ny"\n');
});

test('a long line is folded at the first space behind column 80', () => {
  const words = 'word '.repeat(20).trim();
  assert.equal(toYaml({ key: words }), `key: ${'word '.repeat(16).trim()}\n  ${'word '.repeat(4).trim()}\n`);
});

test('sequences stand as deep as the mapping around them, empty collections on one line', () => {
  const value = { b: [{ y: 1, x: [2, 3] }, 'z'], a: {}, c: [], d: null, e: true };
  assert.equal(toYaml(value), 'a: {}\nb:\n- x:\n  - 2\n  - 3\n  "y": 1\n- z\nc: []\nd: null\ne: true\n');
});

test('keys are in natural order', () => {
  const keys = ['a10', 'a2', 'ab', 'a.b', 'Ab', 'b-c', 'a1'];
  assert.deepEqual(keys.sort(compareKeys), ['Ab', 'a.b', 'a1', 'a2', 'a10', 'ab', 'b-c']);
});

test('whatever is written as YAML is read back as it was', () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('x\ny', 'a: b', '# c', '- d', "it's", '1e3', 'null', '{}', '[', '|'),
  );
  const value = fc.dictionary(
    fc.string({ maxLength: 30 }).filter((key) => !key.includes('\n')),
    fc.oneof(text, fc.array(text), fc.integer(), fc.boolean()),
  );
  fc.assert(
    fc.property(value, (object) => {
      assert.deepEqual(parse(toYaml(object)) ?? {}, { ...object });
    }),
    { numRuns: 300 },
  );
});

test('JSON has its keys sorted and angle brackets escaped', () => {
  assert.equal(toJson({ b: '<&>', a: [], 2: 1, 10: {} }, 0), '{"10":{},"2":1,"a":[],"b":"\\u003c\\u0026\\u003e"}');
  assert.equal(toJson({ a: [1] }), '{\n    "a": [\n        1\n    ]\n}');
});

test('KYAML quotes every string and no plain key', () => {
  const object = { kind: 'Service', spec: { ports: [{ port: 80 }, { port: 443 }], ips: ['10.96.0.1'], no: {} } };
  assert.equal(
    toKyaml(object),
    `---
{
  kind: "Service",
  spec: {
    ips: [
      "10.96.0.1",
    ],
    "no": {},
    ports: [{
      port: 80,
    }, {
      port: 443,
    }],
  },
}
`,
  );
  assert.deepEqual(parse(toKyaml(object)), object);
});
