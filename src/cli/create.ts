// create.ts - `kubewire create -f`: new objects from manifests; all of them, or none.
import type { Command } from 'commander';
import { clientOf } from './client.js';
import { performWrites, tryWrites, type Write } from './commit.js';
import { Kinds } from './discovery.js';
import { examples, filesOption, namespaceOption } from './flags.js';
import { type ManifestFlags, readManifests, stopAtErrors } from './manifests.js';
import { dryRunOf, type OutcomeFlags, outcomeOptions, printOutcomes } from './outcome.js';

async function create(flags: ManifestFlags & OutcomeFlags, command: Command): Promise<void> {
  const dryRun = dryRunOf(flags, 'create');
  const client = clientOf(command);
  const kinds = await Kinds.load(client);
  const manifests = readManifests(flags, kinds, command, 'nothing created');
  const writes = manifests.map(
    (manifest): Write => ({ manifest, current: undefined, change: manifest.object, done: 'created' }),
  );
  if (dryRun === 'client') {
    printOutcomes(
      manifests.map(({ object }) => ({ object, done: 'created' })),
      flags,
      'create',
      kinds,
    );
    return;
  }
  const { issues, tried } = await tryWrites(client, writes);
  stopAtErrors(issues, 'nothing created');
  if (dryRun === 'server') return printOutcomes(tried, flags, 'create', kinds);
  const { issues: late, written } = await performWrites(client, writes);
  stopAtErrors(late, 'nothing created');
  printOutcomes(written, flags, 'create', kinds);
}

export function register(program: Command): void {
  const command = program
    .command('create')
    .description('Create the objects of manifests in the running lab; if one is wrong or exists, none is created.');
  filesOption(command, 'a manifest, a directory of them, or - for standard input; may be repeated');
  outcomeOptions(namespaceOption(command)).action(create);
  examples(command, 'kubewire create -f web.yaml');
}
