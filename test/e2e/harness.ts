// harness.ts - a lab as a user has it: the built command line in processes of its own, its socket in a folder of its own.
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const root = here.includes('/dist/') ? join(here, '../../..') : join(here, '../..');
const MAIN = join(root, 'dist/src/cli/main.js');

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why labs cannot run here; null when they can. */
export function labUnavailable(): string | null {
  if (process.getuid?.() !== 0) return 'needs root';
  if (!existsSync('/dev/net/tun')) return 'needs /dev/net/tun';
  if (!existsSync(join(root, 'build/Release/kubewire.node'))) return 'needs the native addon: npm run build:native';
  return existsSync(MAIN) ? null : 'needs dist: npm run build:ts';
}

/** Why a program of the system cannot be used; null when it can. */
export function programUnavailable(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(join(folder, name))) ? null : `needs ${name}`;
}

export const shop = join(root, 'examples/shop');

/** One user's view: commands share a folder for sockets, so that labs of other tests are not seen. */
export class User {
  readonly folder = mkdtempSync(join(tmpdir(), 'kwt-'));

  get env(): NodeJS.ProcessEnv {
    return { ...process.env, XDG_RUNTIME_DIR: this.folder, NO_COLOR: '1' };
  }

  /** Writes a manifest into the folder and returns its path. */
  file(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Runs `kubewire WORDS…` to its end. */
  run(words: readonly string[], timeoutMs = 60_000): Promise<Result> {
    return new Promise((resolve) => {
      const options = { env: this.env, timeout: timeoutMs, maxBuffer: 64 << 20 };
      execFile(process.execPath, [MAIN, ...words], options, (error, stdout, stderr) => {
        const code = error ? ((error.code as unknown as number | undefined) ?? 1) : 0;
        resolve({ code, stdout, stderr });
      });
    });
  }

  /** As `run`; throws with everything that was printed when the exit code is not 0. */
  async must(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(words);
    if (code === 0) return stdout;
    throw new Error(`kubewire ${words.join(' ')} ended with ${code}\n${stdout}\n${stderr}`);
  }

  /** Runs a program inside the lab. */
  exec(target: string, ...words: string[]): Promise<Result> {
    const [namespace, name] = target.startsWith('shop/') ? ['shop', target.slice(5)] : ['default', target];
    return this.run(['exec', '-n', namespace ?? 'default', name ?? '', '--', ...words]);
  }

  /** Starts `kubewire WORDS…` and leaves it running. */
  start(words: readonly string[]) {
    return spawn(process.execPath, [MAIN, ...words], { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Starts a lab in the background and returns its process id. */
  async up(...words: string[]): Promise<number> {
    await this.must('up', '--detach', ...words);
    const status = JSON.parse(await this.must('status', '-o', 'json')) as { pid: number };
    return status.pid;
  }

  /** Ends the lab, if there is one, and removes the folder. */
  async leave(): Promise<void> {
    await this.run(['down']);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
