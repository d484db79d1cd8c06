// invocation.ts - how kubewire is called where this person is, and hints rewritten to that.
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where a person types: a working directory, a PATH, and the real path of this program's main.js. */
interface Place {
  readonly directory: string;
  readonly path: string;
  readonly program: string;
}

/** True when `file` is a link to this program, or this program. */
function leadsTo(file: string, program: string): boolean {
  try {
    return realpathSync(file) === program;
  } catch {
    return false;
  }
}

/** The folders from `directory` up to the root. */
function upwards(directory: string): string[] {
  const above = dirname(directory);
  return above === directory ? [directory] : [directory, ...upwards(above)];
}

/** npx runs what the nearest package has in node_modules/.bin, or that package itself. */
function npxFinds({ directory, program }: Place): boolean {
  const nearest = upwards(directory).find((folder) =>
    ['package.json', 'node_modules'].some((name) => existsSync(join(folder, name))),
  );
  if (nearest === undefined) return false;
  return (
    leadsTo(join(nearest, 'node_modules/.bin/kubewire'), program) ||
    leadsTo(join(nearest, 'dist/src/cli/main.js'), program)
  );
}

const quoted = (path: string): string => (/^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

/** What to type there for this program: `kubewire`, `npx kubewire`, or `node` and its path. */
export function invocationAt(place: Place): string {
  // npx puts folders of its own on PATH while it runs. The person's shell does not have them.
  const folders = place.path
    .split(delimiter)
    .filter((folder) => folder !== '' && !/node_modules\/\.bin\/?$/.test(folder));
  if (folders.some((folder) => leadsTo(join(folder, 'kubewire'), place.program))) return 'kubewire';
  return npxFinds(place) ? 'npx kubewire' : `node ${quoted(place.program)}`;
}

let found: string | undefined;

/** What to type for this program in this terminal. */
export function invocation(): string {
  found ??= invocationAt({
    directory: process.cwd(),
    path: process.env.PATH ?? '',
    program: realpathSync(fileURLToPath(new URL(`./main${import.meta.url.slice(-3)}`, import.meta.url))),
  });
  return found;
}

/**
 * The text with every `kubewire VERB`, `kubewire --FLAG` and `kubewire <command>` as it must be typed here. Everything that
 * tells people what to type is written with `kubewire` alone and passes through here on its way to the terminal.
 */
export function asTyped(text: string, verbs: readonly string[], typed: string = invocation()): string {
  const word = `(?:${verbs.join('|')}|<command>|--[a-z]+)`;
  return text.replace(new RegExp(`(?<![\\w./-])(?<!npx )kubewire(?= ${word}(?![\\w-]))`, 'g'), () => typed);
}
