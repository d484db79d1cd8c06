// sources.ts - the project's own files as texts, for rules of the house that are read off them.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const root = here.includes('/dist/') ? join(here, '../../..') : join(here, '../..');

export interface Source {
  /** From the root. */
  readonly path: string;
  readonly text: string;
}

/** Files below some folders, in the order of their paths. */
export const sources = (folders: readonly string[], pattern: RegExp): Source[] =>
  folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    .filter((path) => pattern.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
