// play.ts - plays stories: everything is really typed and really sent, and what was seen is judged.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { STRATEGY_NAMES, strategyNamed } from '../compile/strategy.js';
import { DATAPLANES, isDataplane, kernelMode } from '../lab/netfilter/names.js';
import { Fault } from '../model/fault.js';
import { fits, type Printed, type Step } from './session.js';
import { type Setting, Stage } from './stage.js';
import type { Action, Story } from './story.js';

/** What came of a story in one setting. */
export interface Row extends Setting {
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  readonly seconds: number;
  /** Why it failed, with the place, or why it was skipped; empty for one that passed. */
  readonly reason: string;
}

type Typed = Action & { readonly kind: 'type' };

/** Hears of every command of a story when it is done. */
export type Hear = (typed: Typed, printed: Printed, well: boolean) => void;

/** Pause before a command is typed again, in milliseconds. */
const AGAIN_MS = 100;

/** Types a command until it does what is expected, or the step's time is over. */
async function typeStep(stage: Stage, step: Step): Promise<[Printed, boolean]> {
  const deadline = performance.now() + step.within * 1000;
  for (;;) {
    const printed = await stage.type(step.command);
    const well = fits(step, printed);
    if (well || performance.now() >= deadline) return [printed, well];
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

const told = ({ text, exit }: Printed): string => `${text.trimEnd()}${exit === 0 ? '' : `\n[exit ${exit}]`}`.trim();

const failure = (place: string, step: Step, printed: Printed): string =>
  `${place}: ${step.command}\nprinted:\n${told(printed)}\nexpected:\n${told({ ...step, text: step.expected })}`;

const concerns = (action: Typed, { strategy, dataplane }: Setting): boolean =>
  action.only.length === 0 || action.only.includes(strategy) || action.only.includes(dataplane);

/** Does all that a story says; the reason why it fails, or an empty text. */
async function playActions(stage: Stage, story: Story, hear: Hear): Promise<string> {
  for (const action of story.actions) {
    if (action.kind === 'save') stage.save(action.name, action.text);
    else if (concerns(action, stage.setting)) {
      const [printed, well] = await typeStep(stage, action.step);
      hear(action, printed, well);
      if (!well) return failure(`${story.file}:${action.line}`, action.step, printed);
    }
  }
  return '';
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const silent: Hear = () => undefined;

const isInstalled = (program: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));

/** Why a story is not for a setting, or cannot be played here; null when it can. */
function obstacleOf({ config }: Story, { strategy, dataplane }: Setting): string | null {
  if (!config.strategies.includes(strategy)) return `it is about ${config.strategies.join(', ')}`;
  if (!config.dataplanes.includes(dataplane)) return `it needs the dataplane ${config.dataplanes.join(' or ')}`;
  const missing = config.programs.find((program) => !isInstalled(program));
  return missing === undefined ? null : `it needs the program ${missing}, which is not installed`;
}

/** The row of a story: skipped if there is an obstacle, failed if something is wrong or thrown. */
async function rowOf(name: string, story: Story, setting: Setting, play: () => Promise<string>): Promise<Row> {
  const start = performance.now();
  const obstacle = obstacleOf(story, setting);
  const reason = obstacle ?? (await play().catch(messageOf));
  const result = obstacle !== null ? 'skipped' : reason === '' ? 'passed' : 'failed';
  return { name, ...setting, result, seconds: (performance.now() - start) / 1000, reason };
}

/** Plays a story in a lab that others may have used before. Never throws: what goes wrong is the reason of the row. */
export const playOn = (stage: Stage, name: string, story: Story, hear: Hear = silent): Promise<Row> =>
  rowOf(name, story, stage.setting, () => playActions(stage, story, hear).finally(() => stage.clear()));

/** Plays a story in a lab of its own, which is gone afterwards. Never throws. */
export const playStory = (name: string, story: Story, setting: Setting, hear: Hear = silent): Promise<Row> =>
  rowOf(name, story, setting, async () => {
    const stage = await Stage.open(setting, story.config.up);
    return playActions(stage, story, hear).finally(() => stage.close());
  });

/** A kernel dataplane has the rules of its mode. */
function settingOn(dataplane: string, strategy: string): Setting[] {
  if (!isDataplane(dataplane))
    throw new Fault('USAGE', `unknown dataplane "${dataplane}"`, `Use one of ${DATAPLANES.join(', ')}, all.`);
  return dataplane === 'kubewire' || kernelMode(dataplane) === strategy ? [{ strategy, dataplane }] : [];
}

/** Every setting of these strategies (`all`: each of ours) and dataplanes (`all`: the kernel's, too). Throws Fault USAGE. */
export function settingsOf(strategy: string, dataplane: string): Setting[] {
  const strategies = strategy === 'all' ? STRATEGY_NAMES : [strategyNamed(strategy).name];
  const dataplanes = dataplane === 'all' ? DATAPLANES : [dataplane];
  return dataplanes.flatMap((one) => strategies.flatMap((name) => settingOn(one, name)));
}
