// exports.test.ts - what is exported is imported by somebody, and no file leads by its imports back to itself.
import assert from 'node:assert/strict';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { type Source, sources } from '../support/sources.js';

/** What is loaded by its path or its name rather than by an import: the library's face, and files that workers begin with. */
const DOORS: ReadonlySet<string> = new Set(['src/index.ts', 'src/engine/shard.ts']);
const isDoor = (path: string): boolean =>
  DOORS.has(path) || path.endsWith('.gen.ts') || path.startsWith('bench/suites/');

const IMPORT = /(?:import|export)\s+(?:type\s+)?(\*(?:\s+as\s+\w+)?)?(?:\{([^}]*)\})?\s*from\s*'(\.[^']+)'/g;
const LOADED = /import\(\s*['"`](\.[^'"`]+)['"`]\s*\)/g;
const EXPORT = /^export (?:async )?(?:const|function\*?|class|interface|type|enum|abstract class) (\w+)/gm;

const targetOf = (path: string, written: string): string =>
  normalize(join(dirname(path), written)).replace(/\.js$/, '.ts');

/** File → the names that others take from it; `*` = any. */
function takenFrom(files: readonly Source[]): Map<string, Set<string>> {
  const taken = new Map<string, Set<string>>();
  const add = (target: string, names: readonly string[]): void => {
    const known = taken.get(target) ?? new Set<string>();
    for (const name of names) known.add(name);
    taken.set(target, known);
  };
  for (const { path, text } of files) {
    for (const [, all, names = '', written = ''] of text.matchAll(IMPORT)) {
      const words = names.split(',').map(
        (name) =>
          name
            .trim()
            .replace(/^type\s+/, '')
            .split(/\s+as\s+/)[0] ?? '',
      );
      add(targetOf(path, written), all === undefined ? words : ['*']);
    }
    for (const [, written = ''] of text.matchAll(LOADED)) add(targetOf(path, written), ['*']);
  }
  return taken;
}

/** `FILE: NAME` for everything below src and bench that is exported and that no other file imports. */
function deadExports(files: readonly Source[]): string[] {
  const taken = takenFrom(files);
  return files
    .filter(({ path }) => /^(src|bench)\/.*\.ts$/.test(path) && !isDoor(path) && !taken.get(path)?.has('*'))
    .flatMap(({ path, text }) =>
      [...text.matchAll(EXPORT)]
        .filter(([, name = '']) => !taken.get(path)?.has(name))
        .map(([, name = '']) => `${path}: ${name}`),
    );
}

/** Files that their own imports lead back to, each circle by the file where it was met. */
function circles(files: readonly Source[]): string[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(' -> '));
    if (way.includes(path) || done.has(path)) return;
    for (const [, , , written = ''] of (texts.get(path) ?? '').matchAll(IMPORT))
      visit(targetOf(path, written), [...way, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return found;
}

const PLANTED: readonly Source[] = [
  { path: 'src/a.ts', text: "import { used } from './b.js';\nexport const lonely = used;\n" },
  {
    path: 'src/b.ts',
    text: "import type { X } from './c.js';\nexport const used: X = 1;\nexport function dead() {}\n",
  },
  { path: 'src/c.ts', text: "import { used } from './b.js';\nexport type X = typeof used;\n" },
];

test('everything that is exported is imported by another file', () => {
  assert.deepEqual(deadExports(PLANTED), ['src/a.ts: lonely', 'src/b.ts: dead']);
  assert.deepEqual(deadExports(sources(['src', 'test', 'bench', 'examples'], /\.(ts|mjs)$/)), []);
});

test('no file of src, bench or test leads by its imports back to itself', () => {
  assert.deepEqual(circles(PLANTED), ['src/b.ts -> src/c.ts -> src/b.ts']);
  assert.deepEqual(circles(sources(['src', 'bench', 'test'], /\.ts$/)), []);
});
