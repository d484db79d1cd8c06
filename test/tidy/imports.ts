// imports.ts - which file imports which, read off their texts.
import { dirname, join, normalize } from 'node:path';
import type { Source } from '../support/sources.js';

/** One import of a file of the house by another. */
export interface Import {
  readonly from: string;
  /** As it is written. */
  readonly written: string;
  /** The file that it means, from the root. */
  readonly target: string;
  /** The names taken; `*` = all of them, or any. */
  readonly names: readonly string[];
}

const STATEMENT = /(?:import|export)\s+(?:type\s+)?(\*(?:\s+as\s+\w+)?)?(?:\{([^}]*)\})?\s*from\s*'(\.[^']+)'/g;
const SIDE_EFFECT = /^import '(\.[^']+)';/gm;
const LOADED = /import\(\s*['"`](\.[^'"`]+)['"`]\s*\)/g;

const nameOf = (text: string): string =>
  text
    .trim()
    .replace(/^type\s+/, '')
    .split(/\s+as\s+/)[0] ?? '';

/** A file as imports name it: whether it holds JSX is its own affair. */
export const moduleOf = (path: string): string => path.replace(/\.tsx$/, '.ts');

/** The imports of a file, in the order in which they stand there: statements, then what it loads later. */
export function importsOf({ path, text }: Source): Import[] {
  const one = (written: string, names: readonly string[]): Import => ({
    from: moduleOf(path),
    written,
    target: normalize(join(dirname(path), written)).replace(/\.js$/, '.ts'),
    names,
  });
  return [
    ...[...text.matchAll(STATEMENT)].map(([, all, names = '', written = '']) =>
      one(written, all === undefined ? names.split(',').map(nameOf) : ['*']),
    ),
    ...[SIDE_EFFECT, LOADED].flatMap((way) => [...text.matchAll(way)].map(([, written = '']) => one(written, ['*']))),
  ];
}
