// law.test.ts - the law of the packet path in native/law: every clause is named by both engines, and nothing else is.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = here.includes('/dist/') ? join(here, '../..') : join(here, '..');

const below = (folder: string, pattern: RegExp): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const PAGES = below('native/law', /\.md$/);
const NATIVE = ['core', 'engine', 'io'].flatMap((folder) => below(`native/${folder}`, /\.(h|cc)$/));
/** Interpretation of frames is the twin's; how tables are laid out for it is said where they are made. */
const TWIN = ['engine', 'wire', 'image', 'compile'].flatMap((folder) => below(`src/${folder}`, /\.ts$/));
const OTHERS = ['src', 'test', 'bench'].flatMap((folder) => below(folder, /\.(ts|cc|h|md)$/));

const CLAUSE = /\[([A-Z]+-\d+)\]/g;
const cited = (files: readonly string[]): Set<string> =>
  new Set(files.flatMap((file) => [...read(file).matchAll(CLAUSE)].map(([, id = '']) => id)));

/** Clauses in the order of their pages. */
const DEFINED = PAGES.flatMap((file) =>
  [...read(file).matchAll(/^\*\*\[([A-Z]+)-(\d+)\]\*\*/gm)].map(([, page = '', number = '']) => ({
    file,
    page,
    number,
  })),
);
const IDS = new Set(DEFINED.map(({ page, number }) => `${page}-${number}`));

test('clauses are numbered from 1, in order, under a name of their own page', () => {
  const wrong = PAGES.flatMap((file) => {
    const own = DEFINED.filter((clause) => clause.file === file);
    const pages = new Set(own.map(({ page }) => page));
    const numbers = own.map(({ number }) => Number(number));
    const inOrder = numbers.every((number, i) => number === i + 1);
    return pages.size === 1 && inOrder ? [] : [`${file}: ${[...pages]} ${numbers}`];
  });
  assert.deepEqual(wrong, []);
  assert.equal(IDS.size, DEFINED.length, 'no two pages share a name');
});

test('every clause is named by the dataplane and by its twin, at the line that does it', () => {
  const [native, twin] = [cited(NATIVE), cited(TWIN)];
  assert.deepEqual(
    [...IDS].filter((id) => !native.has(id)),
    [],
    'not in native/',
  );
  assert.deepEqual(
    [...IDS].filter((id) => !twin.has(id)),
    [],
    'not in src/engine, src/wire, src/image or src/compile',
  );
});

test('nobody names a clause that does not exist', () => {
  const pages = new Set(DEFINED.map(({ page }) => page));
  const wrong = [...PAGES, ...NATIVE, ...OTHERS, 'native/README.md'].flatMap((file) =>
    [...read(file).matchAll(CLAUSE)]
      .map(([, id = '']) => id)
      .filter((id) => pages.has(id.split('-')[0] ?? '') && !IDS.has(id))
      .map((id) => `${file}: [${id}]`),
  );
  assert.deepEqual(wrong, []);
});

test('the law is read in lines of at most 100 columns, and its introduction lists every page', () => {
  const long = [...PAGES, 'native/README.md'].flatMap((file) =>
    read(file)
      .split('\n')
      .map((line, i) => (line.length > 100 && !line.startsWith('|') ? `${file}:${i + 1}` : ''))
      .filter((place) => place !== ''),
  );
  assert.deepEqual(long, []);
  const introduction = read('native/README.md');
  assert.deepEqual(
    PAGES.filter((file) => !introduction.includes(`(law/${file.split('/').at(-1)})`)),
    [],
  );
});
