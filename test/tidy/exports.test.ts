// exports.test.ts - nothing is carried along unused: no export, no package.
import type { Source } from '../support/sources.js';
import { importsOf, moduleOf } from './imports.js';
import { rule } from './rule.js';

/** What is loaded by its path or its name rather than by an import: the library's face, and files that workers begin with. */
const DOORS: ReadonlySet<string> = new Set(['src/index.ts', 'src/engine/shard.ts']);
const isDoor = (path: string): boolean => DOORS.has(path) || path.startsWith('bench/suites/');

const EXPORT = /^export (?:async )?(?:const|function\*?|class|interface|type|enum|abstract class) (\w+)/gm;

/** `FILE: NAME` for all that is exported and that no other file imports. */
function deadExports(files: readonly Source[]): string[] {
  const taken = new Set(
    files.flatMap(importsOf).flatMap(({ target, names }) => names.map((name) => `${target}: ${name}`)),
  );
  return files
    .filter(({ path }) => /\.tsx?$/.test(path) && !isDoor(path) && !taken.has(`${moduleOf(path)}: *`))
    .flatMap(({ path, text }) => [...text.matchAll(EXPORT)].map(([, name]) => `${moduleOf(path)}: ${name}`))
    .filter((place) => !taken.has(place));
}

rule('everything that is exported is imported by another file', {
  where: [['src', 'test', 'bench', 'examples'], /\.(tsx?|mjs)$/],
  finds: deadExports,
  planted: [
    { path: 'src/a.ts', text: "import { used } from './b.js';\nexport const lonely = used;\n" },
    { path: 'src/b.ts', text: 'export const used = 1;\nexport function dead() {}\nexport class Dead {}\n' },
    { path: 'test/support/c.ts', text: 'export type Unasked = 1;\n' },
    { path: 'src/dash/d.tsx', text: "import { used } from '../b.js';\nexport const Alone = used;\n" },
  ],
  found: ['src/a.ts: lonely', 'src/b.ts: dead', 'src/b.ts: Dead', 'test/support/c.ts: Unasked', 'src/dash/d.ts: Alone'],
});

/** Packages that package.json lists and no file names in quotes. */
function unusedPackages(files: readonly Source[]): string[] {
  const list = files.find(({ path }) => path === 'package.json')?.text ?? '{}';
  const { dependencies = {} } = JSON.parse(list) as { dependencies?: Record<string, string> };
  const others = files.filter(({ path }) => path !== 'package.json');
  return Object.keys(dependencies).filter(
    (name) => !others.some(({ text }) => [`'${name}'`, `'${name}/`, `"${name}"`].some((word) => text.includes(word))),
  );
}

rule('every package that the program depends on is imported by it', {
  where: [['package.json', 'binding.gyp', 'src'], /\.(ts|mjs|gyp|json)$/],
  finds: unusedPackages,
  planted: [
    { path: 'package.json', text: '{"dependencies": {"hono": "4", "ipaddr.js": "2"}}' },
    { path: 'src/a.ts', text: "import { Hono } from 'hono';" },
  ],
  found: ['ipaddr.js'],
});
