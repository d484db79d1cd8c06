// readable.ts - the built program where every user can read it, for tests that run it as another user.
//
// A clone may lie in a folder that others cannot enter, as root's home directory is, and so may Node.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ReadableCopy {
  /** Has dist/src, examples and node_modules, as the clone has. */
  readonly root: string;
  /** Node, as a program that everybody may run. */
  readonly node: string;
  remove(): void;
}

const ENTER = 0o001;

/** True when every user may enter each folder above a file. */
function isReachable(file: string): boolean {
  const folder = dirname(file);
  if (folder === file) return true;
  return (statSync(folder).mode & ENTER) !== 0 && isReachable(folder);
}

/** Packages that the program needs when it runs, by their folders, as package-lock.json has them. */
function packagesOf(clone: string): string[] {
  const { packages } = JSON.parse(readFileSync(join(clone, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  return Object.entries(packages).flatMap(([folder, { dev }]) => (folder === '' || dev ? [] : [folder]));
}

/** Copies what is built to a folder of its own below that for temporary files; `remove` takes it away. */
export function readableCopy(): ReadableCopy {
  const clone = fileURLToPath(import.meta.url).replace(/\/(dist\/)?test\/support\/[^/]*$/, '');
  const root = mkdtempSync(join(tmpdir(), 'kubewire-copy-'));
  const whole = ['package.json', 'dist/src', 'build/Release/kubewire.node', 'examples', ...packagesOf(clone)];
  for (const path of whole.filter((name) => existsSync(join(clone, name)))) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(join(clone, path), join(root, path), { recursive: true });
  }
  let node = process.execPath;
  if (!isReachable(node)) {
    copyFileSync(node, join(root, 'node'));
    node = join(root, 'node');
  }
  spawnSync('chmod', ['-R', 'a+rX', root]);
  chmodSync(root, 0o755);
  return { root, node, remove: () => rmSync(root, { recursive: true, force: true }) };
}
