// apply.ts - `kubewire apply -f`: make the lab's objects what the manifests say; all of them, or none.
import type { Command } from 'commander';
import type { ApplyAnswer } from '../../api/apply.js';
import { closing, filesOption, namespaceOption } from '../flags.js';
import { clientOf } from '../lab/client.js';
import { asApplied } from '../objects/applied.js';
import { Kinds } from '../objects/discovery.js';
import { type ManifestFlags, readManifests, stopAtErrors } from '../objects/manifests.js';
import { dryRunOf, dryRunQuery, type OutcomeFlags, outcomeOptions, printOutcomes } from '../objects/outcome.js';
import { refusalIssues } from '../objects/refusal.js';
import { appliedWarnings } from '../objects/warnings.js';

const APPLY_PATH = '/apis/kubewire.dev/v1alpha1/apply';

async function apply(flags: ManifestFlags & OutcomeFlags, command: Command): Promise<void> {
  const dryRun = dryRunOf(flags, 'apply');
  const client = clientOf(command);
  const kinds = await Kinds.load(client);
  const { manifests, context } = readManifests(flags, kinds, command, 'nothing applied');
  // The server says all that a client could say, and only the server knows whether the object exists.
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
  closing(
    command,
    'kubewire apply -f shop.yaml\nkubewire apply -f shop/ --dry-run=server\ncat web.yaml | kubewire apply -f -',
  );
}
