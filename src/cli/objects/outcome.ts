// outcome.ts - what a verb says about an object that it has written: `service/web created`, or the object with `-o`.
import type { Command } from 'commander';
import type { KubeObject } from '../../model/objects.js';
import { usage } from '../failure.js';
import { offer } from '../flags.js';
import { OBJECT_FORMATS, parseOutput } from '../print/output.js';
import type { Kinds } from './discovery.js';
import { kindText } from './discovery.js';

export type DryRun = 'none' | 'client' | 'server';

export interface OutcomeFlags {
  readonly output?: string;
  readonly dryRun?: string;
}

const SUFFIXES: Readonly<Record<DryRun, string>> = { none: '', client: ' (dry run)', server: ' (server dry run)' };

export function outcomeOptions(command: Command): Command {
  return command
    .addOption(offer(command.createOption('-o, --output <format>', 'print the object instead'), OBJECT_FORMATS))
    .addOption(
      command
        .createOption('--dry-run [how]', 'change nothing: "server" lets the lab check it, "client" only shows it')
        .preset('client'),
    );
}

export function dryRunOf(flags: OutcomeFlags, verb: string): DryRun {
  const how = flags.dryRun ?? 'none';
  if (how === 'none' || how === 'client' || how === 'server') return how;
  throw usage(`invalid dry-run value (${how}), must be "none", "server", or "client"`, verb);
}

export const dryRunSuffix = (dryRun: DryRun): string => SUFFIXES[dryRun];

/** The query by which the server changes nothing. */
export const dryRunQuery = (dryRun: DryRun): { dryRun?: string } => (dryRun === 'server' ? { dryRun: 'All' } : {});

/** `deployment.apps/web` */
export function nameText(object: KubeObject, kinds: Kinds | undefined): string {
  const kind = kinds?.ofObject(object.apiVersion, object.kind);
  const group = object.apiVersion.includes('/') ? `.${object.apiVersion.split('/')[0]}` : '';
  return `${kind ? kindText(kind) : object.kind.toLowerCase() + group}/${object.metadata.name}`;
}

/** Prints what was done to each object, or prints the objects in the form of `-o`. */
export function printOutcomes(
  outcomes: readonly { readonly object: KubeObject; readonly done: string }[],
  flags: OutcomeFlags,
  verb: string,
  kinds?: Kinds,
): void {
  const suffix = dryRunSuffix(dryRunOf(flags, verb));
  const output = parseOutput(flags.output, { nameOf: (object) => nameText(object, kinds), headers: true });
  const text = output
    ? output.print(
        outcomes.map(({ object }) => object),
        outcomes.length === 1,
      )
    : outcomes.map(({ object, done }) => `${nameText(object, kinds)} ${done}${suffix}\n`).join('');
  process.stdout.write(text);
}
