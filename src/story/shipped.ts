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

const FOLDER = 'scenario';
const SUFFIX = '.md';

/** examples/scenario above src/story, and above dist/src/story. */
export function exampleFolder(name: string): string {
  for (const up of ['../../', '../../../']) {
    const path = fileURLToPath(new URL(`${up}examples/${name}/`, import.meta.url));
    if (existsSync(path)) return path;
  }
  throw new Fault('NOT_FOUND', `the folder examples/${name} is missing`, 'Use a whole clone or package of kubewire.');
}

/** The pages of such a folder, without their ending. */
export const pagesOf = (name: string): string[] =>
  readdirSync(exampleFolder(name))
    .filter((file) => file.endsWith(SUFFIX) && file !== 'README.md')
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();

/** The names of all of them. */
export const shippedNames = (): string[] => pagesOf(FOLDER);

/** Throws Fault NOT_FOUND for a name that none has, USAGE for a page that cannot be read. */
export function shippedStory(name: string): ShippedStory {
  const names = shippedNames();
  if (!names.includes(name))
    throw new Fault('NOT_FOUND', `there is no story "${name}"`, `They are: ${names.join(', ')}.`);
  const file = `examples/${FOLDER}/${name}${SUFFIX}`;
  const page = readFileSync(`${exampleFolder(FOLDER)}${name}${SUFFIX}`, 'utf8');
  const [story] = readStories(file, page);
  if (story) return { name, story, page };
  throw new Fault('USAGE', `${file} has no # heading`);
}
