// mark.ts - KEY=VALUE and KEY- on the command line, for `label` and `annotate`.
import { isDeepStrictEqual } from 'node:util';
import type { Command } from 'commander';
import type { KubeObject, Labels } from '../../model/objects.js';
import { Exit, usage } from '../failure.js';
import {
  allNamespacesOption,
  closing,
  fieldSelectorOption,
  namespaceOf,
  namespaceOption,
  type ScopeFlags,
  selectorOption,
} from '../flags.js';
import { clientOf } from '../lab/client.js';
import { changeObjects } from './change.js';
import { Kinds } from './discovery.js';
import { dryRunOf, nameText, type OutcomeFlags, outcomeOptions, printOutcomes } from './outcome.js';
import { selectObjects } from './select.js';

/** The differences between `label` and `annotate`. */
interface MarkVerb {
  readonly verb: 'label' | 'annotate';
  readonly field: 'labels' | 'annotations';
  readonly noun: string;
  readonly about: string;
  readonly example: string;
  /** What to print for an object whose marks changed like this. */
  done(change: { readonly changed: boolean; readonly onlyRemoved: boolean }): string;
}

interface MarkFlags extends ScopeFlags, OutcomeFlags {
  readonly overwrite?: boolean;
  readonly all?: boolean;
  readonly list?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
}

interface Marks {
  readonly set: Labels;
  readonly remove: readonly string[];
}

const isMark = (word: string): boolean => /^[^=]+=|^[^=/]*(?:\/[^=/]*)?[^=/-]-$/.test(word);

/** Words that name objects come first; from the first `k=v` or `k-` on, all words are marks. */
function splitMarks(words: readonly string[], { verb, noun }: MarkVerb): { names: string[]; marks: Marks } {
  const at = words.findIndex(isMark);
  const names = at < 0 ? [...words] : words.slice(0, at);
  const set: Labels = {};
  const remove: string[] = [];
  for (const word of at < 0 ? [] : words.slice(at)) {
    const equals = word.indexOf('=');
    if (equals > 0) set[word.slice(0, equals)] = word.slice(equals + 1);
    else if (word.endsWith('-') && word.length > 1) remove.push(word.slice(0, -1));
    else throw usage(`all resources must be specified before ${noun} changes: ${word}`, verb);
  }
  const both = remove.find((key) => key in set);
  if (both !== undefined) throw usage(`cannot modify and remove the same ${noun}: ${both}`, verb);
  return { names, marks: { set, remove } };
}

function checkOverwrite(marks: Labels, { set }: Marks): void {
  const taken = Object.entries(set).filter(([key, value]) => marks[key] !== undefined && marks[key] !== value);
  if (taken.length === 0) return;
  throw new Exit(
    1,
    taken.map(([key]) => `error: '${key}' already has a value (${marks[key]}), and --overwrite is false`).join('\n'),
  );
}

async function mark(kind: MarkVerb, words: string[], flags: MarkFlags, command: Command): Promise<void> {
  const { names, marks } = splitMarks(words, kind);
  if (!flags.list && Object.keys(marks.set).length + marks.remove.length === 0) {
    throw usage(`at least one ${kind.noun} update is required`, kind.verb);
  }
  const client = clientOf(command);
  const kinds = await Kinds.load(client);
  const selections = selectObjects(names, kind.verb, kinds);
  const unnamed = selections.some((selection) => selection.names.length === 0);
  if (unnamed && !flags.all && !flags.selector && !flags.fieldSelector && !flags.list) {
    throw usage('one or more resources must be specified as <resource> <name> or <resource>/<name>', kind.verb);
  }
  const marksOf = (object: KubeObject): Labels => object.metadata[kind.field] ?? {};
  const scope = {
    namespace: namespaceOf(flags),
    labelSelector: flags.selector,
    fieldSelector: flags.fieldSelector,
    dryRun: dryRunOf(flags, kind.verb),
  };
  await changeObjects(
    client,
    selections,
    scope,
    (object) => {
      if (flags.list) return null;
      const now = marksOf(object);
      for (const key of marks.remove) {
        if (!(key in now) && kind.verb === 'label') process.stdout.write(`label "${key}" not found.\n`);
      }
      if (!flags.overwrite) checkOverwrite(now, marks);
      const gone = Object.fromEntries(marks.remove.filter((key) => key in now).map((key) => [key, null]));
      const fresh = Object.fromEntries(Object.entries(marks.set).filter(([key, value]) => now[key] !== value));
      const body = { metadata: { [kind.field]: { ...fresh, ...gone } } };
      return Object.keys(fresh).length + Object.keys(gone).length === 0 ? null : { type: 'merge', body };
    },
    ({ before, object }) => {
      if (flags.list) {
        const lines = Object.entries(marksOf(object)).map(([key, value]) => `${key}=${value}\n`);
        process.stdout.write(
          (selections.length > 1 || unnamed ? `Listing ${kind.field} for ${nameText(object, kinds)}:\n` : '') +
            lines.sort().join(''),
        );
        return;
      }
      const changed = scope.dryRun === 'client' || !isDeepStrictEqual(marksOf(before), marksOf(object));
      const done = kind.done({ changed, onlyRemoved: Object.keys(marks.set).length === 0 });
      printOutcomes([{ object, done }], flags, kind.verb, kinds);
    },
  );
}

/** Registers `label` or `annotate`. */
export function registerMark(program: Command, kind: MarkVerb): void {
  const command = program
    .command(kind.verb)
    .description(kind.about)
    .argument('[TYPE NAME... KEY=VALUE...]')
    .option('--overwrite', `change a ${kind.noun} that has another value`)
    .option('--all', 'all objects of the type')
    .option('--list', `print the ${kind.noun}s instead`);
  outcomeOptions(namespaceOption(allNamespacesOption(fieldSelectorOption(selectorOption(command))))).action(
    (words: string[], flags: MarkFlags, own: Command) => mark(kind, words, flags, own),
  );
  closing(command, kind.example);
}
