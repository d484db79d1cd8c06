// compiled.ts - programs of the benchmarks in C and C++: compiled when they are first needed, and again when they change.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '../src/model/fault.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = here.includes('/dist/') ? join(here, '../..') : join(here, '..');

const COMPILERS: Readonly<Record<string, readonly string[]>> = {
  '.c': ['gcc', '-O2', '-Wall', '-Wextra'],
  '.cc': ['g++', '-O2', '-std=c++20'],
};

/** The path of the program made of all files in bench/`name`. Throws Fault TOOL_MISSING without a compiler. */
export function compiled(name: string): string {
  const folder = join(root, 'bench', name);
  const files = readdirSync(folder).map((file) => join(folder, file));
  const out = join(root, 'build/bench', name);
  const newest = Math.max(...files.map((file) => statSync(file).mtimeMs));
  if (existsSync(out) && statSync(out).mtimeMs >= newest) return out;
  mkdirSync(dirname(out), { recursive: true });
  for (const [ending, [compiler = '', ...flags]] of Object.entries(COMPILERS)) {
    const sources = files.filter((file) => file.endsWith(ending));
    if (sources.length === 0) continue;
    try {
      execFileSync(compiler, [...flags, '-o', out, ...sources], { stdio: ['ignore', 'ignore', 'pipe'] });
    } catch (error) {
      throw new Fault('TOOL_MISSING', `bench/${name} cannot be compiled: ${(error as Error).message}`);
    }
  }
  return out;
}
