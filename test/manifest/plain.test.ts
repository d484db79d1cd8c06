// plain.test.ts - the fast reader agrees with the full parser wherever it gives an answer at all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ParseOptions, parse, parseAllDocuments, stringify } from 'yaml';
import { documentChunks } from '../../src/manifest/chunks.js';
import { readPlain } from '../../src/manifest/plain.js';
import { YAML_OPTIONS } from '../../src/manifest/scalars.js';

const parseFully = (text: string): unknown => parse(text, YAML_OPTIONS as unknown as ParseOptions);

test('plain block YAML is read', () => {
  const text = [
    '--- # a Service',
    'apiVersion: v1',
    'metadata:',
    '  name: "web" # the name',
    '  labels: {}',
    'spec:',
    '  clusterIP: 10.96.0.1',
    '  ports:',
    '  - name: http',
    '    port: 80',
    '  -',
    '    name: dns',
    '    port: 53',
    '  externalIPs:',
    '    - 2001:db8::1',
    '  publishNotReadyAddresses: true',
    '  selector:',
    '',
  ].join('\n');
  assert.deepEqual(readPlain(text)?.value, {
    apiVersion: 'v1',
    metadata: { name: 'web', labels: {} },
    spec: {
      clusterIP: '10.96.0.1',
      ports: [
        { name: 'http', port: 80 },
        { name: 'dns', port: 53 },
      ],
      externalIPs: ['2001:db8::1'],
      publishNotReadyAddresses: true,
      selector: null,
    },
  });
});

test('one-line flow collections are read', () => {
  const text =
    'metadata: { name: web, labels: {app: web, "tier": "front end"} }\nips: [ 10.0.0.1, fd00::1, ::1x ]\nspec: {a: [], b: [[1, -2], {c: true}], d: null}\n';
  assert.equal(readPlain(text), undefined, 'an address that begins with a colon is left to the full parser');
  assert.deepEqual(readPlain(text.replace(', ::1x', ''))?.value, {
    metadata: { name: 'web', labels: { app: 'web', tier: 'front end' } },
    ips: ['10.0.0.1', 'fd00::1'],
    spec: { a: [], b: [[1, -2], { c: true }], d: null },
  });
});

test('what plain YAML is not is left to the full parser', () => {
  const texts = [
    'a: &x 1',
    'a: *x',
    'a: |\n  text',
    'a: {b}',
    'a: {b: 1, b: 2}',
    'a: {b: 1,}',
    'a: {b:1}',
    'a: {b: }',
    'a: {b: c d}',
    'a: {b: yes}',
    'a: {y: 1}',
    'a: {1: 1}',
    'a: {b: &x 1}',
    'a: {b: c} d',
    'a: {b: "c" "d"}',
    'a: {b: "c\\n"}',
    'a: {b: 1\n  }',
    'a: [1, 2',
    'a: [b: 1]',
    'a: [fd00::]',
    'a: [1, , 2]',
    'a: "b\\n"',
    'a: yes',
    'a: 0x10',
    'a: 1.5',
    'a: 1e3',
    'a: 010',
    'a: 1_000',
    'a: b: c',
    'a: b\n  c',
    'a: 1\na: 2',
    'a:\n\tb: 1',
    'a:\n   b: 1\n  c: 2',
    'a: 1\n b: 2',
    '- a\nb: 1',
    '? a\n: b',
    '<<: 1',
    '__proto__: 1',
    'a: # only a comment\n - b\n- c',
  ];
  for (const text of texts) assert.equal(readPlain(text), undefined, text);
});

const word = fc.stringMatching(/^[a-zA-Z0-9_.:/ #"'{}*&!|-]{0,12}$/);
const key = fc.stringMatching(/^[a-z][a-zA-Z0-9./-]{0,8}$/);
const leaf = fc.oneof(word, fc.integer({ min: -70000, max: 70000 }), fc.boolean(), fc.constant(null));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, leaf, fc.dictionary(key, tie('tree')), fc.array(tie('tree'), { maxLength: 4 })),
}));

test('any object, written by the full library, is read as the library reads it, or not at all', () => {
  fc.assert(
    fc.property(fc.dictionary(key, tree, { minKeys: 1 }), (object) => {
      const text = stringify(object, { version: '1.1', lineWidth: 0 });
      const plain = readPlain(text);
      if (plain) assert.deepEqual(plain.value, JSON.parse(JSON.stringify(parseFully(text))));
    }),
    { numRuns: 300 },
  );
});

test('any flow collection is read as the full parser reads it, or not at all', () => {
  const piece = fc.constantFrom(
    ...['{', '}', '[', ']', ',', ', ', ' ', ': ', ':', 'a', 'b', 'a: ', 'b: ', '"c"', "'d'", '"e f": '],
    ...[
      '1',
      '-2',
      '0x1',
      'yes',
      'null',
      'true',
      '~',
      '10.0.0.1',
      'fd00::1',
      '-',
      '#',
      ' #',
      '&',
      '*',
      '!',
      '.5',
      '{}',
      '[]',
    ],
  );
  const balanced = fc.tuple(
    fc.constantFrom('{a: ', '[', '{'),
    fc.array(piece, { maxLength: 8 }),
    fc.constantFrom('}', ']', '}}'),
  );
  let read = 0;
  fc.assert(
    fc.property(balanced, ([open, middle, close]) => {
      const text = `key: ${open}${middle.join('')}${close}`;
      const plain = readPlain(text);
      if (!plain) return;
      read++;
      assert.deepEqual(plain.value, JSON.parse(JSON.stringify(parseFully(text))), text);
    }),
    { numRuns: 5000 },
  );
  assert.ok(read > 50, `${read} were read`);
});

test('any object, written by the full library in flow form, is read as the library reads it, or not at all', () => {
  fc.assert(
    fc.property(fc.dictionary(key, tree, { minKeys: 1 }), (object) => {
      const text = `key: ${stringify(object, { version: '1.1', lineWidth: 0, collectionStyle: 'flow' })}`;
      const plain = readPlain(text);
      if (plain) assert.deepEqual(plain.value, JSON.parse(JSON.stringify(parseFully(text))), text);
    }),
    { numRuns: 500 },
  );
});

test('any lines put together are read as the full parser reads them, or not at all', () => {
  const line = fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom('', '- ', '- - '), key, word)
    .map(([indent, dash, name, value]) => `${'  '.repeat(indent)}${dash}${name}: ${value}`);
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), (lines) => {
      const text = lines.join('\n');
      const plain = readPlain(text);
      if (plain) assert.deepEqual(plain.value, JSON.parse(JSON.stringify(parseFully(text))), text);
    }),
    { numRuns: 2000 },
  );
});

test('scalars have the types that kubectl gives them', () => {
  const value = (text: string): unknown => (parseFully(`a: ${text}`) as { a: unknown }).a;
  const typed: [string, unknown][] = [
    ['yes', true],
    ['off', false],
    ['0777', 511],
    ['0x1F', 31],
    ['1_000', 1000],
    ['1.10', 1.1],
    ['1e3', 1000],
    ['.5', 0.5],
    ['.', '.'],
    ['e0', 'e0'],
    ['10:30', '10:30'],
    ['2020-01-01', '2020-01-01'],
    ['~', null],
  ];
  for (const [text, expected] of typed) assert.equal(value(text), expected, text);
});

const SPACES = ['\u00a0', '\u0085', '\u1680', '\u2003', '\u2028', '\u2029', '\u202f', '\u3000', '\ufeff'];
const CONTROLS = ['\t', '\r', '\v', '\f', '\0', '\x07', '\x1b', '\x7f', '\x9b'];
const SIGNS = [
  ...'ab10:-#,{}[]"\'|>&*!%@`?~.+_ =\n\\',
  '\n  ',
  '\n- ',
  ': ',
  ' #',
  '---\n',
  '...',
  '0x1',
  'é',
  '\u{1f600}',
];

/** Both readers say the same of each document of a text, or the fast one says nothing. */
function agree(whole: string): void {
  for (const { text } of documentChunks('a.yaml', whole)) {
    const plain = readPlain(text);
    if (!plain) continue;
    const [document, ...more] = parseAllDocuments(text, YAML_OPTIONS as unknown as ParseOptions);
    assert.ok(document && more.length === 0, `${JSON.stringify(text)} is one document`);
    assert.deepEqual(document.errors, [], JSON.stringify(text));
    assert.deepEqual(plain.value, JSON.parse(JSON.stringify(document.toJS())), JSON.stringify(text));
  }
}

test('any characters in any order are read as the full parser reads them, or not at all', () => {
  const character = fc.constantFrom(...SIGNS, ...SIGNS, ...SIGNS, ...SPACES, ...CONTROLS);
  const line = fc.tuple(fc.constantFrom('', '  ', '- ', '  - '), fc.constantFrom('a: ', 'b:', '', '"c": '), character);
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), fc.array(character, { maxLength: 6 }), (lines, rest) => {
      agree(`${lines.map((parts) => parts.join('')).join('\n')}${rest.join('')}`);
    }),
    { numRuns: 3000 },
  );
});

test('a manifest with characters put in, replaced or taken out is read as the full parser reads it, or not at all', () => {
  const manifest =
    'apiVersion: v1\nkind: Service\nmetadata:\n  name: web # the name\n  labels: {app: web, "tier": \'front\'}\nspec:\n' +
    '  selector:\n    app: web\n  externalIPs:\n  - 10.0.0.1\n  -   fd00::1\n  ports:\n  - name: http\n    port: 80\n' +
    '    targetPort: http\n  - {name: dns, port: 53, protocol: UDP}\n  publishNotReadyAddresses: true\n';
  const change = fc.record({
    at: fc.nat({ max: manifest.length }),
    taken: fc.nat({ max: 2 }),
    put: fc.constantFrom('', ...SIGNS, ...SPACES, ...SPACES, ...CONTROLS),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const text = changes.reduce(
        (now, { at, taken, put }) => now.slice(0, at) + put + now.slice(at + taken),
        manifest,
      );
      agree(text);
    }),
    { numRuns: 3000 },
  );
});

test('a space that YAML does not know is never a blank: in keys, values, between them, alone on a line', () => {
  for (const space of SPACES) {
    for (const text of [`a:${space}1`, `a: b${space}`, `${space}a: 1`, `a: 1\n${space}\nb: 2`, `a: {b:${space}c}`]) {
      assert.equal(readPlain(text), undefined, JSON.stringify(text));
    }
  }
});
