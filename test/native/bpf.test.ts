// bpf.test.ts - the BPF programs that are kept are those that their source makes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = new URL('../../../', import.meta.url);
const { compile, clangVersion, HEADER } = await import(fileURLToPath(new URL('src/setup/bpf.mjs', root)));
const kept = readFileSync(HEADER, 'utf8');
const version = /with clang (\d+)/.exec(kept)?.[1];
/** Another version makes other instructions of it. */
const clang = ['clang', `clang-${version}`].find((name) => clangVersion(name) === version);

test('program.gen.h is what native/bpf/fastpath.c compiles to', {
  skip: clang === undefined ? `needs clang ${version}` : false,
}, () => {
  assert.equal(compile(clang), kept, 'npm run bpf');
});
