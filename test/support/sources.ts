// sources.ts - the project's own files as texts, for rules of the house that are read off them.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = here.includes('/dist/') ? join(here, '../../..') : join(here, '../..');

export interface Source {
  /** From the root. */
  readonly path: string;
  readonly text: string;
}

const below = (place: string): string[] =>
  statSync(join(root, place)).isFile()
    ? [place]
    : readdirSync(join(root, place), { recursive: true, encoding: 'utf8' }).map((name) => join(place, name));

/** Files below some folders, or named themselves, in the order of their paths. */
export const sources = (places: readonly string[], pattern: RegExp): Source[] =>
  places
    .flatMap(below)
    .filter((path) => pattern.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
