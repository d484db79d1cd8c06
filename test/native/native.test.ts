// native.test.ts - the native tests: headers alone as C11 and C++20, unit tests under ASan and UBSan, short fuzz runs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fuzz } from '../fuzz/fuzz.js';
import { BUILD, buildUnitTests, compilerMissing, fuzzerMissing, ROOT, TARGETS } from './build.js';

const SHORT_FUZZ_SECONDS = 3;
const noCompiler = compilerMissing('g++');

test('every core header compiles alone, as C11 and as C++20', { skip: noCompiler }, () => {
  const headers = readdirSync(join(ROOT, 'native/core'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.h'),
  );
  const flags = [
    '-fsyntax-only',
    '-Wall',
    '-Wextra',
    '-Wpedantic',
    '-Werror',
    '-Wno-unused-function',
    '-I',
    'native',
    '-',
  ];
  const wrong: string[] = [];
  for (const [compiler, language, standard] of [
    ['gcc', 'c', 'c11'],
    ['g++', 'c++', 'c++20'],
  ] as const) {
    for (const name of headers) {
      const result = spawnSync(compiler, ['-x', language, `-std=${standard}`, ...flags], {
        cwd: ROOT,
        input: `#include "core/${name}"\n#include "../test/native/no_storage.h"\n`,
        encoding: 'utf8',
      });
      if (result.status !== 0) wrong.push(`${name} as ${standard}: ${result.stderr}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('native unit tests pass under AddressSanitizer and UndefinedBehaviorSanitizer', {
  skip: noCompiler,
}, async (t) => {
  const binary = await buildUnitTests();
  const result = spawnSync(binary, [BUILD], { encoding: 'utf8', timeout: 120_000 });
  assert.equal(result.status, 0, `${result.stdout}\n${result.stderr}`);
  t.diagnostic(result.stdout.trim().split('\n').at(-1) ?? '');
});

const noFuzzer = fuzzerMissing();
for (const target of TARGETS) {
  test(`fuzz target ${target} runs ${SHORT_FUZZ_SECONDS} s without a finding`, { skip: noFuzzer }, async (t) => {
    const result = await fuzz(target, SHORT_FUZZ_SECONDS);
    assert.equal(result.status, 0, result.output);
    t.diagnostic(result.summary);
  });
}
