// flags.ts - options that several verbs share, spelled and explained once.
import type { Command } from 'commander';
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

export const selectorOption = (command: Command): Command =>
  command.option('-l, --selector <labels>', 'only objects with these labels: a=b, a!=b, a, !a, a in (b,c)');

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
