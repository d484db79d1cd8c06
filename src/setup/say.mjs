// say.mjs - how the setup speaks, stops and runs programs. On stderr: stdout is for the main job.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

export const say = (text) => void process.stderr.write(`${text}\n`);

/** Stops with a message and its remedy. */
export function stop(message, remedy) {
  say(`error: ${message}`);
  if (remedy) say(`  ${remedy}`);
  process.exit(1);
}

export const onPath = (program) =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((folder) =>
    existsSync(join(folder, program)),
  );

/** This Node comes first on PATH: npm, node-gyp and all that they start run on it. */
const environment = () => ({
  ...process.env,
  PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
});

/** Runs a program. Returns whether it succeeded, and all that it wrote on stdout and stderr together. */
export function run(command, args, env = {}) {
  const line = ['exec "$@" 2>&1', 'sh', command, ...args];
  const result = spawnSync('/bin/sh', ['-c', ...line], {
    cwd: root,
    env: { ...environment(), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { ok: result.status === 0, output: result.stdout ?? '' };
}

/** The last lines of a program that failed: where it says why. */
export const lastLines = (output, count = 30) => output.trimEnd().split('\n').slice(-count).join('\n');
