// shipped.ts - the stories that come with kubewire: one file of examples/scenario each.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Fault } from '../model/fault.js';
import { readStories, type Story } from './story.js';

/** A story with its page. */
export interface ShippedStory {
  readonly name: string;
  readonly story: Story;
  /** The whole page, in Markdown. */
  readonly page: string;
}

const SUFFIX = '.md';

/** examples/scenario above src/story, and above dist/src/story. */
function folder(): string {
  for (const up of ['../../examples/scenario/', '../../../examples/scenario/']) {
    const path = fileURLToPath(new URL(up, import.meta.url));
    if (existsSync(path)) return path;
  }
  throw new Fault('NOT_FOUND', 'the folder examples/scenario is missing', 'Use a whole clone or package of kubewire.');
}

/** The names of all of them. */
export const shippedNames = (): string[] =>
  readdirSync(folder())
    .filter((name) => name.endsWith(SUFFIX) && name !== 'README.md')
    .map((name) => name.slice(0, -SUFFIX.length))
    .sort();

/** Throws Fault NOT_FOUND for a name that none has, USAGE for a page that cannot be read. */
export function shippedStory(name: string): ShippedStory {
  const names = shippedNames();
  if (!names.includes(name))
    throw new Fault('NOT_FOUND', `there is no story "${name}"`, `They are: ${names.join(', ')}.`);
  const file = `examples/scenario/${name}${SUFFIX}`;
  const page = readFileSync(`${folder()}${name}${SUFFIX}`, 'utf8');
  const [story] = readStories(file, page);
  if (story) return { name, story, page };
  throw new Fault('USAGE', `${file} has no # heading`);
}
