// atomic.ts - writes the files of a volume so that a reader sees all of the old ones or all of the new ones.
//
// As the kubelet does it (k8s.io/kubernetes/pkg/volume/util/atomic_writer.go): the files are in a folder of their own,
// `..data` leads to it, and every name that a program knows leads through `..data`. Turning that one link changes all.
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { VolumeFiles } from './sources.js';

const DATA = '..data';
const NEXT = '..data_tmp';

function current(folder: string): string | null {
  try {
    return readlinkSync(join(folder, DATA));
  } catch {
    return null;
  }
}

function isSame(folder: string, files: VolumeFiles): boolean {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return (
    found.length === files.size &&
    [...files].every(([path, { bytes }]) => {
      try {
        return readFileSync(join(folder, path)).equals(bytes);
      } catch {
        return false;
      }
    })
  );
}

/** The names at the top of a volume. */
const namesOf = (files: VolumeFiles): Set<string> => new Set([...files.keys()].map((path) => path.split('/')[0] ?? ''));

/**
 * Makes a volume have exactly these files. Nothing is written when it has them already.
 * @param stamp names the folder of this version; never used before in this volume
 */
export function writeVolume(folder: string, files: VolumeFiles, stamp: string): void {
  mkdirSync(folder, { recursive: true });
  const before = current(folder);
  if (before !== null && isSame(join(folder, before), files)) return;
  const version = `..${stamp}`;
  mkdirSync(join(folder, version));
  for (const [path, { bytes, mode }] of files) {
    const file = join(folder, version, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    chmodSync(file, mode);
  }
  symlinkSync(version, join(folder, NEXT));
  renameSync(join(folder, NEXT), join(folder, DATA));
  const names = namesOf(files);
  const there = new Set(readdirSync(folder));
  for (const name of names) if (!there.has(name)) symlinkSync(`${DATA}/${name}`, join(folder, name));
  for (const name of there) if (!name.startsWith('..') && !names.has(name)) rmSync(join(folder, name));
  if (before !== null) rmSync(join(folder, before), { recursive: true });
}
