// story.ts - reads stories: pages that explain something, with manifests and with what to type to see it.
import { parse } from 'yaml';
import { STRATEGY_NAMES } from '../compile/strategy.js';
import { DATAPLANES } from '../lab/netfilter/names.js';
import { Fault } from '../model/fault.js';
import { type Block, type Chapter, readChapters } from './page.js';
import { type Step, stepsOf } from './session.js';

/** The text of a page without which its story must fail. */
interface Cause {
  readonly text: string;
  /** What stands there when the cause is taken out. */
  readonly without: string;
  /** The command that fails then contains this. */
  readonly shows: string;
}

/** The `config` block of a story. */
interface StoryConfig {
  /** Those that it concerns; all by default. */
  readonly strategies: readonly string[];
  /** Those that it can run on; all by default. */
  readonly dataplanes: readonly string[];
  /** Programs of the system that it types. */
  readonly programs: readonly string[];
  /** Flags of `kubewire up` for its lab. */
  readonly up: readonly string[];
  readonly cause?: Cause;
}

/** A manifest or a script that the reader saves under this name, or a command that the reader types. */
export type Action =
  | { readonly kind: 'save'; readonly name: string; readonly text: string }
  | {
      readonly kind: 'type';
      readonly step: Step;
      /** Line of the page. */
      readonly line: number;
      /** Strategies and dataplanes on which it is typed; none: all. */
      readonly only: readonly string[];
    };

export interface Story {
  readonly title: string;
  readonly file: string;
  readonly config: StoryConfig;
  readonly actions: readonly Action[];
}

const wrong = (place: string, why: string): Fault => new Fault('USAGE', `${place}: ${why}`, 'See src/story/README.md.');

const PLACES: readonly string[] = [...STRATEGY_NAMES, ...DATAPLANES];

/** Words of a list that are all known. */
function known(place: string, key: string, given: unknown, all: readonly string[]): readonly string[] {
  if (given === undefined) return all;
  const stranger = Array.isArray(given) ? given.find((word) => !all.includes(word as string)) : given;
  if (stranger === undefined) return given as string[];
  throw wrong(place, `${key} is a list of ${all.join(', ')}, and not ${JSON.stringify(stranger)}`);
}

function causeOf(place: string, given: unknown): Cause | undefined {
  if (given === undefined) return undefined;
  const cause = given as Cause | null;
  if ([cause?.text, cause?.without, cause?.shows].every((word) => typeof word === 'string')) return given as Cause;
  throw wrong(place, 'cause has three texts: text, without and shows');
}

const CONFIG_KEYS = ['strategies', 'dataplanes', 'programs', 'up', 'cause'];

function configOf({ file, line, blocks }: Chapter): StoryConfig {
  const block = blocks.find(({ words }) => words[0] === 'config');
  const place = `${file}:${block?.line ?? line}`;
  const given = (parse(block?.text ?? '{}') ?? {}) as Readonly<Record<string, unknown>>;
  const stranger = Object.keys(given).find((key) => !CONFIG_KEYS.includes(key));
  if (stranger !== undefined) throw wrong(place, `config has ${CONFIG_KEYS.join(', ')}, and no ${stranger}`);
  const cause = causeOf(place, given.cause);
  return {
    strategies: known(place, 'strategies', given.strategies, STRATEGY_NAMES),
    dataplanes: known(place, 'dataplanes', given.dataplanes, DATAPLANES),
    programs: Array.isArray(given.programs) ? given.programs.map(String) : [],
    up: typeof given.up === 'string' ? given.up.split(/\s+/) : [],
    ...(cause ? { cause } : {}),
  };
}

function actionsOf(file: string, { words, line, text }: Block): Action[] {
  const [kind, ...more] = words;
  if (kind !== 'console') return more[0] === undefined ? [] : [{ kind: 'save', name: more[0], text: `${text}\n` }];
  const only = more.length === 0 ? [] : known(`${file}:${line}`, 'what a console block is for', more, PLACES);
  return stepsOf(text).map((step) => ({ kind: 'type', step, line: line + step.line - 1, only }));
}

/** The stories of a page, one a `# heading`. Throws Fault USAGE with `file:line` for what cannot be read. */
export const readStories = (file: string, text: string): Story[] =>
  readChapters(file, text).map((chapter) => ({
    title: chapter.title,
    file,
    config: configOf(chapter),
    actions: chapter.blocks.flatMap((block) => actionsOf(file, block)),
  }));

/** The same story with its cause taken out. Throws Fault USAGE when it has none, or the text is nowhere. */
export function withoutCause(story: Story): Story {
  const { cause } = story.config;
  if (!cause) throw wrong(story.file, `"${story.title}" names no cause`);
  let found = false;
  const taken = (text: string): string => {
    found ||= text.includes(cause.text);
    return text.replaceAll(cause.text, cause.without);
  };
  const actions = story.actions.map(
    (action): Action =>
      action.kind === 'save'
        ? { ...action, text: taken(action.text) }
        : { ...action, step: { ...action.step, command: taken(action.step.command) } },
  );
  const up = taken(story.config.up.join(' ')).split(' ').filter(Boolean);
  if (found) return { ...story, config: { ...story.config, up }, actions };
  throw wrong(story.file, `the cause "${cause.text}" stands in no file, no command and no flag of its lab`);
}
