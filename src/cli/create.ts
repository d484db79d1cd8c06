// create.ts - `kubewire create -f`: new objects from manifests; all of them, or none.
import type { Command } from 'commander';
import type { Issue } from '../model/issue.js';
import type { KubeObject } from '../model/objects.js';
import { type Client, clientOf } from './client.js';
import { collectionPath, Kinds, objectPath } from './discovery.js';
import { examples, filesOption, namespaceOption } from './flags.js';
import { type Manifest, type ManifestFlags, readManifests, stopAtErrors } from './manifests.js';
import { dryRunOf, type OutcomeFlags, outcomeOptions, printOutcomes } from './outcome.js';
import { refusalIssues } from './refusal.js';
import { isStatusFailure, type Status } from './status.js';

async function post(client: Client, { kind, namespace, object }: Manifest, dryRun: boolean): Promise<KubeObject> {
  const query = dryRun ? { dryRun: 'All' } : {};
  return (await client.exchange('POST', collectionPath(kind, namespace), { query, body: object })).body as KubeObject;
}

/** A Namespace that the same command creates is not there yet when the others are tried. */
function isOwnNamespace(status: Status, manifests: readonly Manifest[]): boolean {
  if (status.reason !== 'NotFound' || status.details?.kind !== 'namespaces') return false;
  return manifests.some(({ object }) => object.kind === 'Namespace' && object.metadata.name === status.details?.name);
}

interface Attempt {
  readonly created: KubeObject[];
  readonly issues: Issue[];
}

/** Lets the server check every object, and collects all that it says. */
async function tryAll(client: Client, manifests: readonly Manifest[]): Promise<Attempt> {
  const created: KubeObject[] = [];
  const issues: Issue[] = [];
  for (const manifest of manifests) {
    try {
      created.push(await post(client, manifest, true));
    } catch (error) {
      if (!isStatusFailure(error)) throw error;
      if (isOwnNamespace(error.status, manifests)) created.push(manifest.object);
      else issues.push(...refusalIssues(manifest, error.status));
    }
  }
  return { created, issues };
}

/** Creates in order; the first refusal takes back what was created before it. */
async function createAll(client: Client, manifests: readonly Manifest[]): Promise<Attempt> {
  const created: KubeObject[] = [];
  for (const [i, manifest] of manifests.entries()) {
    try {
      created.push(await post(client, manifest, false));
    } catch (error) {
      for (const { kind, namespace, object } of manifests.slice(0, i).toReversed()) {
        await client.exchange('DELETE', objectPath(kind, namespace, object.metadata.name));
      }
      if (!isStatusFailure(error)) throw error;
      return { created: [], issues: refusalIssues(manifest, error.status) };
    }
  }
  return { created, issues: [] };
}

async function create(flags: ManifestFlags & OutcomeFlags, command: Command): Promise<void> {
  const dryRun = dryRunOf(flags, 'create');
  const client = clientOf(command);
  const kinds = await Kinds.load(client);
  const { manifests, context } = readManifests(flags, kinds, command, 'nothing created');
  const print = (objects: readonly KubeObject[]): void =>
    printOutcomes(
      objects.map((object) => ({ object, done: 'created' })),
      flags,
      'create',
      kinds,
    );
  if (dryRun === 'client') return print(manifests.map(({ object }) => object));
  const tried = await tryAll(client, manifests);
  stopAtErrors(tried.issues, 'nothing created', context);
  if (dryRun === 'server') return print(tried.created);
  const { created, issues } = await createAll(client, manifests);
  stopAtErrors(issues, 'nothing created', context);
  print(created);
}

export function register(program: Command): void {
  const command = program
    .command('create')
    .description('Create the objects of manifests in the running lab; if one is wrong or exists, none is created.');
  filesOption(command, 'a manifest, a directory of them, or - for standard input; may be repeated');
  outcomeOptions(namespaceOption(command)).action(create);
  examples(command, 'kubewire create -f web.yaml');
}
