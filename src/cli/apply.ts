// apply.ts - `kubewire apply -f`: make the lab's objects what the manifests say; all of them, or none.
import { isDeepStrictEqual } from 'node:util';
import type { Command } from 'commander';
import type { KubeObject } from '../model/objects.js';
import { type Client, clientOf } from './client.js';
import { performWrites, tryWrites, type Write } from './commit.js';
import { Kinds, objectPath } from './discovery.js';
import { examples, filesOption, namespaceOption } from './flags.js';
import { type Manifest, type ManifestFlags, readManifests, stopAtErrors } from './manifests.js';
import { dryRunOf, type OutcomeFlags, outcomeOptions, printOutcomes } from './outcome.js';
import { toJson } from './print/json.js';
import { isReason } from './status.js';
import { mergePatch, threeWayMerge } from './threeway.js';

/** Where kubectl keeps what was applied, so that the next apply knows what is no longer wanted. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object as it is remembered: without the memory itself, and without a status. */
function remembered(object: KubeObject): string {
  const { [LAST_APPLIED]: _, ...annotations } = object.metadata.annotations ?? {};
  return `${toJson({ ...object, metadata: { ...object.metadata, annotations } }, 0)}\n`;
}

export function withMemory(object: KubeObject): KubeObject {
  const annotations = { ...object.metadata.annotations, [LAST_APPLIED]: remembered(object) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function lastApplied(current: KubeObject): KubeObject | undefined {
  const text = current.metadata.annotations?.[LAST_APPLIED];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as KubeObject;
  } catch {
    return undefined; // Somebody else wrote the annotation: nothing is known of the last time.
  }
}

/** What has to be written so that the object is what its manifest says. */
export function planWrite(manifest: Manifest, current: KubeObject | undefined): Write {
  const next = withMemory(manifest.object);
  if (!current) return { manifest, current, change: next, done: 'created' };
  const last = lastApplied(current);
  // An object that was never applied and is already right gets no annotation for it.
  if (!last && isDeepStrictEqual(threeWayMerge(undefined, manifest.object, current), current)) {
    return { manifest, current, change: undefined, done: 'unchanged' };
  }
  const change = mergePatch(current, threeWayMerge(last, next, current));
  return { manifest, current, change, done: change === undefined ? 'unchanged' : 'configured' };
}

async function currentObject(client: Client, { kind, namespace, object }: Manifest): Promise<KubeObject | undefined> {
  try {
    return await client.get<KubeObject>(objectPath(kind, namespace, object.metadata.name));
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
}

async function apply(flags: ManifestFlags & OutcomeFlags, command: Command): Promise<void> {
  const dryRun = dryRunOf(flags, 'apply');
  const client = clientOf(command);
  const kinds = await Kinds.load(client);
  const manifests = readManifests(flags, kinds, command, 'nothing applied');
  const writes = await Promise.all(
    manifests.map(async (manifest) => planWrite(manifest, await currentObject(client, manifest))),
  );
  if (dryRun === 'client') {
    printOutcomes(
      writes.map(({ manifest, done }) => ({ object: manifest.object, done })),
      flags,
      'apply',
      kinds,
    );
    return;
  }
  const { issues, tried } = await tryWrites(client, writes);
  stopAtErrors(issues, 'nothing applied');
  if (dryRun === 'server') return printOutcomes(tried, flags, 'apply', kinds);
  const { issues: late, written } = await performWrites(client, writes);
  stopAtErrors(late, 'nothing applied');
  printOutcomes(written, flags, 'apply', kinds);
}

export function register(program: Command): void {
  const command = program
    .command('apply')
    .description(
      'Make the objects of the running lab what the manifests say.\n' +
        'All mistakes of all files are shown at once, with their places; if there is one, nothing is applied.',
    );
  filesOption(command, 'a manifest, a directory of them, or - for standard input; may be repeated');
  outcomeOptions(namespaceOption(command)).action(apply);
  examples(
    command,
    'kubewire apply -f shop.yaml\nkubewire apply -f shop/ --dry-run=server\ncat web.yaml | kubewire apply -f -',
  );
}
