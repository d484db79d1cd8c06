// readable.ts - the built program where every user can read it, for tests that run it as another user.
//
// A clone may lie in a folder that others cannot enter, as root's home directory is, and so may Node. Both are mounted once
// more in a folder that all may enter, in a mount namespace of the test's own.
import { chmodSync, mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface ReadableClone {
  /** Shell words that mount it, for a mount namespace (`unshare -m`). What follows is there in that namespace alone. */
  readonly mount: string;
  /** The clone. */
  readonly root: string;
  /** Node, as a program that everybody may run. */
  readonly node: string;
  remove(): void;
}

/** Makes the places to mount at; `remove` takes them away. */
export function readableClone(): ReadableClone {
  const clone = fileURLToPath(import.meta.url).replace(/\/(dist\/)?test\/support\/[^/]*$/, '');
  const folder = mkdtempSync(join(tmpdir(), 'kubewire-readable-'));
  chmodSync(folder, 0o755);
  const mounts = [
    [clone, join(folder, 'clone')],
    [dirname(process.execPath), join(folder, 'node')],
  ] as const;
  for (const [, place] of mounts) mkdirSync(place);
  const [[, root], [, programs]] = mounts;
  return {
    mount: mounts.map(([from, place]) => `mount --bind "${from}" "${place}"`).join(' && '),
    root,
    node: join(programs, basename(process.execPath)),
    // Never recursively: these are empty unless a mount went astray, and then the clone stays whole.
    remove: () => {
      for (const place of [root, programs, folder]) rmdirSync(place);
    },
  };
}
