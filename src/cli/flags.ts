// flags.ts - options that several verbs share, spelled and explained once.
import type { Command } from 'commander';
import { parseFieldSelector } from '../cluster/field-selector.js';
import { parseSelector, SelectorError } from '../cluster/selector-text.js';
import { Exit } from './failure.js';
import { labOption } from './lab/client.js';

export interface ScopeFlags {
  readonly namespace: string;
  readonly allNamespaces?: boolean;
}

/** `-n`, and `--name` of the lab. */
export function namespaceOption(command: Command): Command {
  return labOption(command.option('-n, --namespace <namespace>', 'the namespace; "default" if left out', 'default'));
}

export const allNamespacesOption = (command: Command): Command =>
  command.option('-A, --all-namespaces', 'in all namespaces');

/** The text without blanks around it. What is no selector ends the verb before anything is asked of the lab. */
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

/** Several `-f`, each of them maybe a list with commas. */
export function filesOption(command: Command, about: string): Command {
  const gather = (text: string, before: string[] | undefined): string[] => [...(before ?? []), ...text.split(',')];
  return command.option('-f, --filename <path>', about, gather);
}

/** The namespace that a request goes to; undefined is all of them. */
export const namespaceOf = ({ namespace, allNamespaces }: ScopeFlags): string | undefined =>
  allNamespaces ? undefined : namespace;

/** Text below the options of `--help`. */
export function examples(command: Command, text: string): Command {
  return command.addHelpText('after', `\nExamples:\n${text.trim().replace(/^/gm, '  ')}\n`);
}
