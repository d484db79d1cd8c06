// flags.ts - options shared by several verbs, defined and explained in one place.
import { type Argument, type Command, Option } from 'commander';
import { parseFieldSelector } from '../cluster/field-selector.js';
import { parseSelector, SelectorError } from '../cluster/selector-text.js';
import { Exit } from './failure.js';
import { labOption } from './lab/client.js';

export interface ScopeFlags {
  readonly namespace: string;
  readonly allNamespaces?: boolean;
}

/** `-n`, and the lab's `--name`. */
export function namespaceOption(command: Command): Command {
  return labOption(command.option('-n, --namespace <namespace>', 'the namespace; "default" if left out', 'default'));
}

export const allNamespacesOption = (command: Command): Command =>
  command.option('-A, --all-namespaces', 'in all namespaces');

/** The text without blanks around it. A text that is no selector ends the verb before it asks the lab. */
function checked(text: string, parse: (text: string) => unknown): string {
  try {
    parse(text);
    return text.trim();
  } catch (error) {
    if (error instanceof SelectorError) throw new Exit(1, `error: ${error.message}`);
    throw error;
  }
}

export const selectorOption = (command: Command): Command =>
  command.option('-l, --selector <labels>', 'only objects with these labels: a=b, a!=b, a, !a, a in (b,c)', (text) =>
    checked(text, parseSelector),
  );

export const fieldSelectorOption = (command: Command): Command =>
  command.option('--field-selector <fields>', 'only objects with these fields, for example metadata.name=web', (text) =>
    checked(text, parseFieldSelector),
  );

/** Several `-f`, each of which may be a comma list. */
export function filesOption(command: Command, about: string): Command {
  const gather = (text: string, before: string[] | undefined): string[] => [...(before ?? []), ...text.split(',')];
  return command.option('-f, --filename <path>', about, gather);
}

/** The namespace of a request; undefined for all of them. */
export const namespaceOf = ({ namespace, allNamespaces }: ScopeFlags): string | undefined =>
  allNamespaces ? undefined : namespace;

/** Tells help and completion which values there are. The verb itself checks the value. */
export function offer<T extends Option | Argument>(taker: T, choices: readonly string[]): T {
  taker.argChoices = [...choices];
  return taker;
}

/** `-o` of a verb with output of its own: one of `formats`; anything else is wrong usage. */
export function outputOption(
  command: Command,
  formats: readonly string[],
  preset?: string,
  about = 'what is printed',
): Command {
  const option = new Option('-o, --output <format>', about).choices(formats);
  return command.addOption(preset === undefined ? option : option.default(preset));
}

/** The meaning of an exit code; the others of EXITS are added. */
type Exits = Readonly<Record<number, string>>;

const EXITS: Exits = {
  0: 'done',
  1: 'not done: it is not there, was refused or failed',
  2: 'wrong usage, or the output could not be written',
};

/** The text below the options in `--help`: examples, what else to know, and the exit codes. */
export function closing(command: Command, text: string, exits: Exits = {}, notes = ''): Command {
  const indented = text.trim().replace(/^/gm, '  ');
  const codes = Object.entries({ ...EXITS, ...exits }).map(([code, meaning]) => `  ${code.padEnd(4)}${meaning}`);
  const parts = [`Examples:\n${indented}`, notes.trim(), `Exit codes:\n${codes.join('\n')}`];
  return command.addHelpText('after', `\n${parts.filter((part) => part !== '').join('\n\n')}\n`);
}
