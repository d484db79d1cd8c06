// files.test.ts - what every file is like: its first line, its length and that of its functions, its name.
import type { Source } from '../support/sources.js';
import { functionsOf } from './functions.js';
import { rule } from './rule.js';

const MOST_LINES = { file: 400, function: 60 } as const;

const EVERYTHING = [['src', 'native', 'bench', 'test'], /\.(tsx?|mjs|h|cc|c)$/] as const;
const nameOf = (path: string): string => path.split('/').at(-1) ?? '';
const lines = (count: number, text = '  call();'): string => `${text}\n`.repeat(count);

rule('every file begins with its name and its job', {
  where: EVERYTHING,
  finds: (files) =>
    files
      .filter(({ path, text }) => {
        const [first = '', second = ''] = text.split('\n', 2);
        return !(first.startsWith('#!') ? second : first).startsWith(`// ${nameOf(path)} - `);
      })
      .map(({ path }) => path),
  planted: [
    { path: 'src/a.ts', text: '// a.ts - its job.\n' },
    { path: 'src/b.ts', text: '#!/usr/bin/env node\n// b.ts - its job.\n' },
    { path: 'src/moved.ts', text: '// old.ts - its job.\n' },
    { path: 'native/core/silent.h', text: '#pragma once\n' },
  ],
  found: ['src/moved.ts', 'native/core/silent.h'],
});

rule(`no file is longer than ${MOST_LINES.file} lines`, {
  where: EVERYTHING,
  finds: (files) =>
    files
      .map(({ path, text }) => ({ path, count: text.replace(/\n$/, '').split('\n').length }))
      .filter(({ count }) => count > MOST_LINES.file)
      .map(({ path, count }) => `${path}: ${count} lines`),
  planted: [
    { path: 'src/just.ts', text: lines(400) },
    { path: 'test/long.test.ts', text: lines(401) },
  ],
  found: ['test/long.test.ts: 401 lines'],
});

rule(`no function is longer than ${MOST_LINES.function} lines`, {
  where: EVERYTHING,
  finds: (files) =>
    files
      .flatMap(functionsOf)
      .filter(({ length }) => length > MOST_LINES.function)
      .map(({ place, length }) => `${place}: ${length} lines`),
  planted: [
    { path: 'src/just.ts', text: `export function just(): void {\n${lines(58)}}\n` },
    { path: 'src/long.ts', text: `export async function long(\n  a: number,\n): Promise<void> {\n${lines(59)}}\n` },
    { path: 'src/method.ts', text: `class A {\n  get long(): B[] {\n${lines(60, '    call();')}  }\n}\n` },
    { path: 'src/arrow.ts', text: `const x = list.map((a) => {\n${lines(60)}});\n` },
    { path: 'native/core/long.h', text: `static int long_one(int a,\n                    int b) {\n${lines(59)}}\n` },
    { path: 'test/suite.test.ts', text: `describe('many tests', () => {\n${lines(100)}});\n` },
  ],
  found: [
    'src/long.ts:3: 61 lines',
    'src/method.ts:2: 62 lines',
    'src/arrow.ts:1: 62 lines',
    'native/core/long.h:1: 62 lines',
  ],
});

/** Names that say nothing of what is in a file or a folder. */
const EMPTY_NAME = /(^|\/)(utils?|helpers?|common|misc)(\.|\/)/;

rule('no room is named for nothing', {
  where: EVERYTHING,
  finds: (files) => files.map(({ path }) => path).filter((path) => EMPTY_NAME.test(path)),
  planted: [
    { path: 'src/plan/utils.ts', text: '' },
    { path: 'test/common/run.ts', text: '' },
    { path: 'src/plan/commons.ts', text: '' },
  ],
  found: ['src/plan/utils.ts', 'test/common/run.ts'],
});

/** A mark of something that is not done yet. */
const unfinished = (files: readonly Source[]): string[] =>
  files.filter(({ text }) => /\b(TO[D]O|FIX[M]E|XX[X])\b/.test(text)).map(({ path }) => path);

rule('nothing is left unfinished by its own word', {
  where: EVERYTHING,
  finds: unfinished,
  planted: [{ path: 'src/a.ts', text: `// ${'TO'}${'DO'}: the other half\n` }],
  found: ['src/a.ts'],
});
