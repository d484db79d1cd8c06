// scale.ts - `kubewire scale`: sets the number of pods of a Deployment, ReplicaSet or StatefulSet.
import type { Command } from 'commander';
import { Exit, usage } from '../failure.js';
import { closing, namespaceOption, type ScopeFlags, selectorOption } from '../flags.js';
import { clientOf } from '../lab/client.js';
import { changeObjects } from '../objects/change.js';
import { Kinds } from '../objects/discovery.js';
import { dryRunOf, type OutcomeFlags, outcomeOptions, printOutcomes } from '../objects/outcome.js';
import { selectObjects } from '../objects/select.js';

interface ScaleFlags extends ScopeFlags, OutcomeFlags {
  readonly replicas?: string;
  readonly currentReplicas?: string;
  readonly selector?: string;
  readonly all?: boolean;
}

function whole(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw usage(`--${flag} must be a whole number of 0 or more, not "${text}"`, 'scale');
  return Number(text);
}

async function scale(words: string[], flags: ScaleFlags, command: Command): Promise<void> {
  const replicas = whole(flags.replicas, 'replicas');
  const expected = whole(flags.currentReplicas, 'current-replicas');
  if (replicas === undefined) throw usage('required flag(s) "replicas" not set', 'scale');
  const dryRun = dryRunOf(flags, 'scale');
  const client = clientOf(command);
  const kinds = await Kinds.load(client);
  const selections = selectObjects(words, 'scale', kinds);
  if (selections.some(({ names }) => names.length === 0) && !flags.all && !flags.selector) {
    throw usage('resource(s) were provided, but no name was specified', 'scale');
  }
  const fixed = selections.find(({ kind }) => !['Deployment', 'ReplicaSet', 'StatefulSet'].includes(kind.kind));
  if (fixed)
    throw new Exit(
      1,
      `error: a ${fixed.kind.kind} has no replicas: only deployments, replicasets and statefulsets can be scaled`,
    );
  const scope = { namespace: flags.namespace, labelSelector: flags.selector, dryRun };
  await changeObjects(
    client,
    selections,
    scope,
    (object) => {
      const now = (object.spec as { replicas?: number } | undefined)?.replicas ?? 1;
      if (expected !== undefined && now !== expected) {
        throw new Exit(1, `error: Expected replicas to be ${expected}, was ${now}`);
      }
      return { type: 'merge', subresource: 'scale', body: { spec: { replicas } } };
    },
    ({ before }) => printOutcomes([{ object: before, done: 'scaled' }], flags, 'scale', kinds),
  );
}

export function register(program: Command): void {
  const command = program
    .command('scale')
    .description('Set how many pods a deployment, replicaset or statefulset has.')
    .argument('[TYPE|TYPE/NAME] [NAME...]')
    .option('--replicas <count>', 'the new number of pods')
    .option('--current-replicas <count>', 'only if this is the number now')
    .option('--all', 'all objects of the type');
  outcomeOptions(namespaceOption(selectorOption(command))).action(scale);
  closing(command, 'kubewire scale deployment web --replicas=3\nkubewire scale deploy/web deploy/api --replicas=0');
}
