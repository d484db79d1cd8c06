// program.ts - runs kubewire as a program, in a folder of its own that ends with the tests.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

/** The program, compiled or not, as this file is. */
const MAIN = fileURLToPath(new URL(`../../src/cli/main${import.meta.url.slice(-3)}`, import.meta.url));

/** How a program ended, and what it wrote. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs kubewire to its end. `input` is what its stdin says. */
export function runProgram(args: readonly string[], cwd: string, input = ''): Ran {
  const options = { cwd, input, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } } as const;
  const own = process.execArgv.filter((word) => !word.startsWith('--test'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [...own, MAIN, ...args], options);
  return { code: status, out: stdout, err: stderr };
}

/** A folder that is removed after the file's tests. */
export function ownFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `kubewire-${name}-`));
  after(() => rmSync(folder, { recursive: true }));
  return folder;
}
