// create.ts - `kubewire create`: new objects from manifests, all of them or none; or one object from words.
import type { Command } from 'commander';
import { isStatusFailure, type Status } from '../../live/status.js';
import type { Issue } from '../../model/issue.js';
import type { KubeObject } from '../../model/objects.js';
import { usage } from '../failure.js';
import { closing, filesOption, namespaceOption } from '../flags.js';
import { type Client, clientOf } from '../lab/client.js';
import { collectionPath, Kinds, objectPath } from '../objects/discovery.js';
import { type GenerateFlags, generate } from '../objects/generate.js';
import { type Manifest, type ManifestFlags, readManifests, stopAtErrors } from '../objects/manifests.js';
import { dryRunOf, dryRunQuery, type OutcomeFlags, outcomeOptions, printOutcomes } from '../objects/outcome.js';
import { refusalIssues } from '../objects/refusal.js';
import { appliedWarnings } from '../objects/warnings.js';

async function post(client: Client, { kind, namespace, object }: Manifest, dryRun: boolean): Promise<KubeObject> {
  const query = dryRun ? { dryRun: 'All' } : {};
  return (await client.exchange('POST', collectionPath(kind, namespace), { query, body: object })).body as KubeObject;
}

/** A Namespace that the same command creates does not exist yet while the other objects are tried. */
function isOwnNamespace(status: Status, manifests: readonly Manifest[]): boolean {
  if (status.reason !== 'NotFound' || status.details?.kind !== 'namespaces') return false;
  return manifests.some(({ object }) => object.kind === 'Namespace' && object.metadata.name === status.details?.name);
}

interface Attempt {
  readonly created: KubeObject[];
  readonly issues: Issue[];
}

/** Has the server check every object, and collects all that it says. */
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

/** Creates objects in order. The first refusal deletes those created before it. */
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

type CreateFlags = ManifestFlags & OutcomeFlags & GenerateFlags;

/** `create TYPE NAME`: one object from words. */
async function createOne(words: readonly string[], flags: CreateFlags, command: Command): Promise<void> {
  const dryRun = dryRunOf(flags, 'create');
  const object = generate(words, flags);
  if (dryRun === 'client') {
    printOutcomes([{ object, done: 'created' }], flags, 'create');
    return;
  }
  const client = clientOf(command);
  const kinds = await Kinds.load(client);
  const kind = kinds.resolve(object.kind);
  const query = dryRunQuery(dryRun);
  const { body } = await client.exchange('POST', collectionPath(kind, flags.namespace), { query, body: object });
  printOutcomes([{ object: body as KubeObject, done: 'created' }], flags, 'create', kinds);
}

async function createFromFiles(flags: CreateFlags, command: Command): Promise<void> {
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
  stopAtErrors(await appliedWarnings(client, manifests), '', context);
}

async function create(words: string[], flags: CreateFlags, command: Command): Promise<void> {
  if (words.length > 0 && flags.filename) throw usage('give -f, or a type and a name, not both', 'create');
  if (words.length > 0) await createOne(words, flags, command);
  else await createFromFiles(flags, command);
}

const several = (text: string, before: string[] | undefined): string[] => [...(before ?? []), ...text.split(',')];
const another = (text: string, before: string[] | undefined): string[] => [...(before ?? []), text];

export function register(program: Command): void {
  const command = program
    .command('create')
    .description(
      'Create the objects of manifests in the running lab; if one is wrong or exists, none is created.\n' +
        'Or create one namespace, service, deployment or ingress from words.',
    )
    .argument('[what] [name...]', 'namespace, service, deployment or ingress, and its name');
  filesOption(command, 'a manifest, a directory of them, or - for standard input; may be repeated');
  outcomeOptions(namespaceOption(command))
    .option('--tcp <port[:target]>', 'service: a TCP port, and the port of the pods', several)
    .option('--udp <port[:target]>', 'service: a UDP port, and the port of the pods', several)
    .option('--node-port <port>', 'service: the port on every node')
    .option('--clusterip <address>', 'service: the cluster address, or None for a headless service')
    .option('--external-name <name>', 'service externalname: the name outside')
    .option('--image <image>', 'deployment: what its pods run', several)
    .option('--replicas <count>', 'deployment: how many pods')
    .option('--port <port>', 'deployment: the port of its pods')
    .option('--rule <rule>', 'ingress: HOST/PATH=SERVICE:PORT[,tls[=SECRET]]', another)
    .option('--class <name>', 'ingress: its class')
    .option('--default-backend <service:port>', 'ingress: where everything else goes')
    .action(create);
  closing(
    command,
    `kubewire create -f web.yaml
kubewire create deployment web --image=web --replicas=3 --port=8080
kubewire create service clusterip web --tcp=80:8080 --dry-run=client -o yaml
kubewire create ingress shop --rule=shop.example/api*=api:80`,
  );
}
