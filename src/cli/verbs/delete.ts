// delete.ts - `kubewire delete`: deletes by file, name or label, or all of a kind, and waits until they are gone.
import type { Command } from 'commander';
import { isReason, isStatusFailure, type StatusFailure } from '../../live/status.js';
import { durationSeconds } from '../../model/duration.js';
import type { KubeObject } from '../../model/objects.js';
import { Exit, usage } from '../failure.js';
import {
  allNamespacesOption,
  closing,
  fieldSelectorOption,
  filesOption,
  namespaceOf,
  namespaceOption,
  type ScopeFlags,
  selectorOption,
} from '../flags.js';
import { type Client, clientOf } from '../lab/client.js';
import { type Kind, Kinds, kindText, objectPath } from '../objects/discovery.js';
import { fetchSelections } from '../objects/fetch.js';
import { readManifests } from '../objects/manifests.js';
import {
  type DryRun,
  dryRunOf,
  dryRunQuery,
  dryRunSuffix,
  type OutcomeFlags,
  outcomeOptions,
} from '../objects/outcome.js';
import { selectObjects } from '../objects/select.js';
import { statusText } from '../objects/status.js';

interface DeleteFlags extends ScopeFlags, OutcomeFlags {
  readonly filename?: readonly string[];
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly all?: boolean;
  readonly ignoreNotFound?: boolean;
  readonly wait: boolean;
  readonly gracePeriod?: string;
  readonly force?: boolean;
  readonly now?: boolean;
  readonly timeout?: string;
}

interface Target {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** Pause between two looks for a deleted object, in milliseconds. */
const POLL_MS = 50;

/** `90`, `90s`, `2m30s` → milliseconds; 0 and nothing mean no limit. */
export function parseTimeout(text: string | undefined): number {
  if (text === undefined) return 0;
  const seconds = /^\d+$/.test(text) ? Number(text) : durationSeconds(text);
  if (seconds !== null && seconds >= 0) return seconds * 1000;
  throw usage(`invalid duration "${text}": write 90, 90s, 1.5m, 2m30s, 1h or 500ms`, 'delete');
}

async function targetsOf(
  words: string[],
  flags: DeleteFlags,
  client: Client,
  kinds: Kinds,
  command: Command,
): Promise<Target[]> {
  if (flags.filename) {
    if (words.length > 0) throw usage('when files are given with -f, no types and names may be given', 'delete');
    // An object with other mistakes can still be deleted, as long as its text can be read.
    const { manifests: readable } = readManifests(
      flags as never,
      kinds,
      command,
      'nothing deleted',
      ({ type, place }) => type === 'Syntax' || place?.line === 0,
    );
    return readable.map(({ kind, namespace, object }) => ({ kind, namespace, name: object.metadata.name }));
  }
  const selections = selectObjects(words, 'delete', kinds);
  const named = selections.every(({ names }) => names.length > 0);
  const selects = flags.all || flags.selector || flags.fieldSelector;
  if (named && selects) throw usage('names cannot be given together with --all or a selector', 'delete');
  if (!named && !selects) throw usage('resource(s) were provided, but no name was specified', 'delete');
  if (named) {
    if (flags.allNamespaces) throw usage('a resource cannot be retrieved by name across all namespaces', 'delete');
    return selections.flatMap(({ kind, names }) =>
      names.map((name) => ({ kind, namespace: kind.namespaced ? flags.namespace : undefined, name })),
    );
  }
  const { found, refusals } = await fetchSelections(client, selections, {
    namespace: namespaceOf(flags),
    labelSelector: flags.selector,
    fieldSelector: flags.fieldSelector,
  });
  if (refusals[0]) throw refusals[0];
  const targets = found.flatMap(({ kind, objects }) =>
    objects.map(({ metadata }) => ({ kind, namespace: metadata.namespace, name: metadata.name })),
  );
  if (targets.length === 0) process.stderr.write('No resources found\n');
  return targets;
}

function gracePeriod(flags: DeleteFlags): number | undefined {
  if (flags.now) return 1;
  if (flags.force && flags.gracePeriod === undefined) return 0;
  if (flags.gracePeriod === undefined) return undefined;
  const seconds = Number(flags.gracePeriod);
  if (!/^-?\d+$/.test(flags.gracePeriod))
    throw usage(`--grace-period must be a whole number of seconds, not "${flags.gracePeriod}"`, 'delete');
  return seconds < 0 ? undefined : seconds;
}

function deletedText({ kind, namespace, name }: Target, flags: DeleteFlags, dryRun: DryRun): string {
  if (flags.output === 'name') return `${kindText(kind)}/${name}\n`;
  const how = flags.force ? 'force deleted' : 'deleted';
  const where = namespace === undefined ? '' : ` from ${namespace} namespace`;
  return `${kindText(kind)} "${name}" ${how}${where}${dryRunSuffix(dryRun)}\n`;
}

/** Asks for the deletion; returns the uid of the object if the server tells it. */
async function remove(client: Client, target: Target, flags: DeleteFlags, dryRun: DryRun): Promise<string | undefined> {
  const path = objectPath(target.kind, target.namespace, target.name);
  if (dryRun === 'client') return (await client.get<KubeObject>(path)).metadata.uid;
  const seconds = gracePeriod(flags);
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Background',
    ...(seconds === undefined ? {} : { gracePeriodSeconds: seconds }),
  };
  const { body: answer } = await client.exchange('DELETE', path, { query: dryRunQuery(dryRun), body });
  const { metadata, details } = answer as { metadata?: { uid?: string }; details?: { uid?: string } };
  return details?.uid ?? metadata?.uid;
}

/** Waits until the object is gone, or another one has its name. */
async function waitUntilGone(client: Client, target: Target, uid: string | undefined, deadline: number): Promise<void> {
  for (;;) {
    try {
      const object = await client.get<KubeObject>(objectPath(target.kind, target.namespace, target.name));
      if (uid !== undefined && object.metadata.uid !== uid) return;
    } catch (error) {
      if (isReason(error, 'NotFound')) return;
      throw error;
    }
    if (Date.now() >= deadline)
      throw new Exit(1, `error: timed out waiting for ${kindText(target.kind)} "${target.name}" to go away`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function run(words: string[], flags: DeleteFlags, command: Command): Promise<void> {
  const dryRun = dryRunOf(flags, 'delete');
  const timeout = parseTimeout(flags.timeout);
  const client = clientOf(command);
  const kinds = await Kinds.load(client);
  const targets = await targetsOf(words, flags, client, kinds, command);
  const refusals: StatusFailure[] = [];
  const going: { target: Target; uid: string | undefined }[] = [];
  for (const target of targets) {
    try {
      going.push({ target, uid: await remove(client, target, flags, dryRun) });
      process.stdout.write(deletedText(target, flags, dryRun));
    } catch (error) {
      if (!isStatusFailure(error)) throw error;
      const ignore = flags.ignoreNotFound || flags.all || flags.selector !== undefined;
      if (!(ignore && isReason(error, 'NotFound'))) refusals.push(error);
    }
  }
  const deadline = timeout > 0 ? Date.now() + timeout : Number.POSITIVE_INFINITY;
  if (flags.wait && dryRun === 'none') {
    for (const { target, uid } of going) await waitUntilGone(client, target, uid, deadline);
  }
  if (refusals.length > 0) throw new Exit(1, refusals.map(({ status }) => statusText(status)).join('\n'));
}

export function register(program: Command): void {
  const command = program
    .command('delete')
    .description('Delete objects of the running lab, and wait until they are gone.')
    .argument('[TYPE|TYPE/NAME] [NAME...]');
  filesOption(command, 'delete the objects of a manifest, a directory of them, or - for standard input');
  fieldSelectorOption(selectorOption(command)).option('--all', 'all objects of the type');
  outcomeOptions(namespaceOption(allNamespacesOption(command)))
    .option('--ignore-not-found', 'no error for what does not exist')
    .option('--no-wait', 'do not wait until they are gone')
    .option('--timeout <duration>', 'wait no longer than this, for example 30s')
    .option('--grace-period <seconds>', 'time that a pod gets to finish')
    .option('--now', 'the same as --grace-period=1')
    .option('--force', 'the same as --grace-period=0')
    .action(run);
  closing(
    command,
    'kubewire delete -f shop.yaml\nkubewire delete svc web api\nkubewire delete pod/web-0 --now\nkubewire delete pods -l app=web',
  );
}
