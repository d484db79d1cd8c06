// order.test.ts - which folder may import which, and no file that leads by its imports back to itself.
import type { Source } from '../support/sources.js';
import { type Import, importsOf } from './imports.js';
import { rule } from './rule.js';

/** A folder of src imports only from folders before it in this list. */
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
  'dump',
  'engine',
  'lab',
  'cluster',
  'gateway',
  'observe',
  'migrate',
  'story',
  'live',
  'audit',
  'api',
  'emulator',
  'agent',
  'library',
  'index.ts',
  'dash',
  'cli',
];

/** Whole trees: the product knows nothing of its tests and benchmarks. */
const TREES = ['src', 'bench', 'test'];

const folderOf = (path: string, depth: number): string => path.split('/')[depth] ?? '';
const told = ({ from, written }: Import): string => `${from} imports ${written}`;

function againstTheOrder(files: readonly Source[]): string[] {
  const strange = files.map(({ path }) => path).filter((path) => !ORDER.includes(folderOf(path, 1)));
  const upwards = files
    .flatMap(importsOf)
    .filter(({ from, target }) => ORDER.indexOf(folderOf(target, 1)) > ORDER.indexOf(folderOf(from, 1)));
  return [...strange.map((path) => `${path} is in no known folder`), ...upwards.map(told)];
}

rule('a folder of src imports only from folders before it', {
  where: [['src'], /\.tsx?$/],
  finds: againstTheOrder,
  planted: [
    { path: 'src/plan/a.ts', text: "import { b } from '../cli/b.js';\nimport { c } from '../model/c.js';\n" },
    { path: 'src/abi/d.ts', text: "const e = await import('../plan/e.js');\n" },
    { path: 'src/attic/f.ts', text: '' },
  ],
  found: [
    'src/attic/f.ts is in no known folder',
    'src/plan/a.ts imports ../cli/b.js',
    'src/abi/d.ts imports ../plan/e.js',
  ],
});

rule('the product imports neither its benchmarks nor its tests, and benchmarks no tests', {
  where: [['src', 'bench', 'test'], /\.tsx?$/],
  finds: (files) =>
    files
      .flatMap(importsOf)
      .filter(({ from, target }) => TREES.indexOf(folderOf(target, 0)) > TREES.indexOf(folderOf(from, 0)))
      .map(told),
  planted: [
    { path: 'src/plan/a.ts', text: "import { b } from '../../test/support/b.js';\n" },
    { path: 'test/a.ts', text: "import { b } from '../bench/b.js';\n" },
  ],
  found: ['src/plan/a.ts imports ../../test/support/b.js'],
});

/** Rooms of src/cli: verbs stand on all others, and print on none. */
function againstTheRooms(files: readonly Source[]): string[] {
  const roomOf = (path: string): string => (path.split('/').length > 3 ? folderOf(path, 2) : '');
  return files
    .flatMap(importsOf)
    .filter(({ from, target }) => {
      const [room, other] = [roomOf(from), target.startsWith('src/cli/') ? roomOf(target) : ''];
      return room !== '' && other !== '' && (other === 'verbs' || (room === 'print' && other !== 'print'));
    })
    .map(told);
}

rule('the command line has rooms: no verb imports a verb, no room a verb, and what prints imports no other room', {
  where: [['src/cli'], /\.ts$/],
  finds: againstTheRooms,
  planted: [
    { path: 'src/cli/program.ts', text: "import { get } from './verbs/get.js';\n" },
    { path: 'src/cli/verbs/get.ts', text: "import { up } from './up.js';\nimport { page } from '../print/page.js';\n" },
    { path: 'src/cli/lab/run.ts', text: "import { up } from '../verbs/up.js';\n" },
    { path: 'src/cli/print/page.ts', text: "import { mark } from '../objects/mark.js';\n" },
  ],
  found: [
    'src/cli/verbs/get.ts imports ./up.js',
    'src/cli/lab/run.ts imports ../verbs/up.js',
    'src/cli/print/page.ts imports ../objects/mark.js',
  ],
});

const NATIVE_ORDER = ['abi', 'core', 'engine', 'io', 'binding'];

function againstTheArrows(files: readonly Source[]): string[] {
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(/#include "([^"]+)"/g)]
      .map(([, target = '']) => target)
      .filter((target) => NATIVE_ORDER.indexOf(folderOf(target, 0)) > NATIVE_ORDER.indexOf(folderOf(path, 1)))
      .map((target) => `${path} includes ${target}`),
  );
}

rule('native headers and sources include only along abi <- core <- engine <- io <- binding', {
  where: [['native'], /\.(h|cc)$/],
  finds: againstTheArrows,
  planted: [
    { path: 'native/core/a.h', text: '#include "abi/abi.gen.h"\n#include "engine/node.h"\n' },
    { path: 'native/io/b.cc', text: '#include "core/ipvs/a.h"\n#include "binding/args.h"\n#include <map>\n' },
  ],
  found: ['native/core/a.h includes engine/node.h', 'native/io/b.cc includes binding/args.h'],
});

/** Each circle once, from the file where it was met. */
function circles(files: readonly Source[]): string[] {
  const imports = new Map(files.map((file) => [file.path, importsOf(file)]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(' -> '));
    if (way.includes(path) || done.has(path)) return;
    for (const { target } of imports.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return found;
}

rule('no file of src, bench or test leads by its imports back to itself', {
  where: [['src', 'bench', 'test'], /\.tsx?$/],
  finds: circles,
  planted: [
    { path: 'src/a.ts', text: "import { b } from './b.js';\n" },
    { path: 'src/b.ts', text: "import type { C } from './c.js';\n" },
    { path: 'src/c.ts', text: "const b = () => import('./b.js');\n" },
  ],
  found: ['src/b.ts -> src/c.ts -> src/b.ts'],
});
