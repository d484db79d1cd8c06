// apply.ts - `kubewire apply -f`: make the lab's objects what the manifests say; all of them, or none.
import type { Command } from 'commander';
import type { ApplyAnswer } from '../../api/apply.js';
import { resourceOfKind } from '../../cluster/resources.js';
import type { KubeObject } from '../../model/objects.js';
import { examples, filesOption, namespaceOption } from '../flags.js';
import { clientOf } from '../lab/client.js';
import { Kinds } from '../objects/discovery.js';
import { type ManifestFlags, readManifests, stopAtErrors } from '../objects/manifests.js';
import { dryRunOf, dryRunQuery, type OutcomeFlags, outcomeOptions, printOutcomes } from '../objects/outcome.js';
import { refusalIssues } from '../objects/refusal.js';
import { appliedWarnings } from '../objects/warnings.js';
import { toJson } from '../print/json.js';

const APPLY_PATH = '/apis/kubewire.dev/v1alpha1/apply';

/**
 * The object in the form in which it is remembered, so that applying it again changes nothing: keys in order, and with
 * the namespace that it goes to.
 */
export function asApplied(object: KubeObject): KubeObject {
  const namespaced = resourceOfKind(object.kind)?.namespaced ?? false;
  const namespace = object.metadata.namespace ?? 'default';
  const whole = namespaced ? { ...object, metadata: { ...object.metadata, namespace } } : object;
  return JSON.parse(toJson(whole, 0)) as KubeObject;
}

async function apply(flags: ManifestFlags & OutcomeFlags, command: Command): Promise<void> {
  const dryRun = dryRunOf(flags, 'apply');
  const client = clientOf(command);
  const kinds = await Kinds.load(client);
  const { manifests, context } = readManifests(flags, kinds, command, 'nothing applied');
  // What a client can say alone is said by the server too: whether the object is there already is known only to it.
  const query = dryRun === 'none' ? {} : dryRunQuery('server');
  const body = { apiVersion: 'v1', kind: 'List', items: manifests.map(({ object }) => asApplied(object)) };
  const { applied, refused } = (await client.exchange('POST', APPLY_PATH, { query, body })).body as ApplyAnswer;
  const issues = refused.flatMap(({ index, status }) => {
    const manifest = manifests[index];
    return manifest ? refusalIssues(manifest, status) : [];
  });
  stopAtErrors(issues, 'nothing applied', context);
  printOutcomes(
    applied.map(({ object, result }) => ({ object, done: result })),
    flags,
    'apply',
    kinds,
  );
  if (dryRun === 'none') stopAtErrors(await appliedWarnings(client, manifests), '', context);
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
