// tidy.test.ts - the house rules, executed: import order, sizes, first lines, names, fresh generated files.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cHeader } from '../src/abi/cheader.js';
import { tsModule } from '../src/abi/tsmodule.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = here.includes('/dist/') ? join(here, '../..') : join(here, '..');

/** A folder imports only from folders before it in this list. */
const ORDER = [
  'abi',
  'model',
  'wire',
  'schema',
  'manifest',
  'allocate',
  'plan',
  'dns',
  'topology',
  'image',
  'compile',
  'render',
  'engine',
  'lab',
  'cluster',
  'observe',
  'api',
  'emulator.ts',
  'library',
  'index.ts',
  'cli',
  'web',
];

function filesBelow(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name))
    .sort();
}

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const written = (file: string): boolean => !/\.gen\.(ts|h)$/.test(file);

const SOURCES = [
  ...filesBelow('src', /\.ts$/),
  ...filesBelow('native', /\.(h|cc|c)$/),
  ...filesBelow('test', /\.(ts|cc|h)$/),
  ...filesBelow('bench', /\.ts$/),
].filter(written);

test('a folder of src imports only from folders before it', () => {
  const wrong: string[] = [];
  for (const file of filesBelow('src', /\.ts$/)) {
    const from = ORDER.indexOf(file.split('/')[1] ?? '');
    for (const [, target = ''] of read(file).matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      const path = relative(join(root, 'src'), join(root, dirname(file), target));
      const folder = (path.split('/')[0] ?? '').replace(/\.js$/, '.ts');
      if (from < 0) wrong.push(`${file} is in no known folder`);
      else if (ORDER.indexOf(folder) > from) wrong.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('the command line has rooms: no verb imports a verb, no room a verb, and what prints imports no other room', () => {
  const wrong: string[] = [];
  for (const file of filesBelow('src/cli', /\.ts$/)) {
    const room = file.split('/').length > 3 ? (file.split('/')[2] ?? '') : '';
    if (room === '') continue;
    for (const [, target = ''] of read(file).matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      const path = relative(join(root, 'src/cli'), join(root, dirname(file), target));
      const [other = ''] = path.includes('/') ? path.split('/') : [''];
      if (other === '..' || other === '') continue;
      if (other === 'verbs' || (room === 'print' && other !== 'print')) wrong.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('native headers and sources include only along abi <- core <- engine <- io <- binding', () => {
  const order = ['abi', 'core', 'engine', 'io', 'binding'];
  const wrong: string[] = [];
  for (const file of filesBelow('native', /\.(h|cc)$/)) {
    const from = order.indexOf(file.split('/')[1] ?? '');
    for (const [, target = ''] of read(file).matchAll(/#include "([^"]+)"/g)) {
      const folder = target.includes('/') ? (target.split('/').at(-2) ?? '') : (file.split('/')[1] ?? '');
      if (order.indexOf(folder) > from) wrong.push(`${file} includes ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('no file of src leads by its imports back to itself', () => {
  const files = new Set(filesBelow('src', /\.ts$/));
  const imports = new Map(
    [...files].map((file) => [
      file,
      [...read(file).matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)]
        .map(([, target = '']) => join(dirname(file), target).replace(/\.js$/, '.ts'))
        .filter((target) => files.has(target)),
    ]),
  );
  const reached = (start: string): Set<string> => {
    const seen = new Set<string>();
    const waiting = [...(imports.get(start) ?? [])];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      waiting.push(...(imports.get(next) ?? []));
    }
    return seen;
  };
  assert.deepEqual(
    [...files].filter((file) => reached(file).has(file)),
    [],
  );
});

test('every file begins with its name and its job', () => {
  const wrong = SOURCES.filter((file) => {
    const lines = read(file).split('\n');
    const first = lines[0]?.startsWith('#!') ? (lines[1] ?? '') : (lines[0] ?? '');
    return !first.startsWith(`// ${file.split('/').at(-1)} - `);
  });
  assert.deepEqual(wrong, []);
});

test('no file of the product is longer than 400 lines', () => {
  const long = SOURCES.filter((file) => /^(src|native)\//.test(file))
    .map((file) => [read(file).split('\n').length, file] as const)
    .filter(([lines]) => lines > 400);
  assert.deepEqual(long, []);
});

test('nothing in native/ outlives its owner: no variable outside of functions and objects', () => {
  // At the left margin stands what a namespace holds; a variable there, or a static one anywhere, must be constant.
  const constant = /^\s*(static\s+|inline\s+)*(constexpr|const)\b/;
  const atNamespace = /^[A-Za-z_][\w:<>,*& ]*[ *&]\w+(\[\w*\])*( = .*|\{.*\})?;$/;
  const declares = /^(using|typedef|namespace|struct|class|enum|union|return|friend|template|goto|case)\b/;
  const asStatic = /^\s*(inline\s+)?(static|thread_local)\b[^(]*[;={]/;
  const wrong = filesBelow('native', /\.(h|cc)$/).flatMap((file) =>
    read(file)
      .split('\n')
      .filter((line) => (atNamespace.test(line) && !declares.test(line)) || asStatic.test(line))
      .filter((line) => !constant.test(line))
      .map((line) => `${file}: ${line}`),
  );
  assert.deepEqual(wrong, []);
});

test('no room is named for nothing, and nothing is left unfinished by its own word', () => {
  const names = SOURCES.filter((file) => /(^|\/)(utils?|helpers?|common|misc)(\.|\/)/.test(file));
  const words = SOURCES.filter((file) => file !== 'test/tidy.test.ts' && /\b(TODO|FIXME|XXX)\b/.test(read(file)));
  assert.deepEqual([...names, ...words], []);
});

test('the generated contract is fresh on both sides of the border', () => {
  assert.equal(read('native/abi/abi.gen.h'), cHeader());
  assert.equal(read('src/abi/abi.gen.ts'), tsModule());
});
