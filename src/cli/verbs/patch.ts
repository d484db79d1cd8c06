// patch.ts - `kubewire patch`: change fields of an object by a patch on the command line.
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { type Command, Option } from 'commander';
import { Exit, usage } from '../failure.js';
import { closing, namespaceOption, type ScopeFlags } from '../flags.js';
import { clientOf } from '../lab/client.js';
import { changeObjects, type Patch } from '../objects/change.js';
import { Kinds } from '../objects/discovery.js';
import { dryRunOf, type OutcomeFlags, outcomeOptions, printOutcomes } from '../objects/outcome.js';
import { selectObjects } from '../objects/select.js';

interface PatchFlags extends ScopeFlags, OutcomeFlags {
  readonly patch?: string;
  readonly patchFile?: string;
  readonly type: Patch['type'];
  readonly subresource?: string;
}

function patchText(flags: PatchFlags): string {
  if (flags.patch !== undefined && flags.patchFile !== undefined) {
    throw usage('only one of --patch and --patch-file may be given', 'patch');
  }
  if (flags.patch !== undefined && flags.patch !== '') return flags.patch;
  if (flags.patchFile === undefined)
    throw usage('must specify --patch or --patch-file containing the contents of the patch', 'patch');
  try {
    return readFileSync(flags.patchFile === '-' ? 0 : flags.patchFile, 'utf8');
  } catch (error) {
    throw new Exit(1, `error: cannot read the patch file "${flags.patchFile}": ${(error as Error).message}`);
  }
}

/** JSON or YAML → value. The YAML parser is loaded only for what is no JSON. */
async function parsePatch(text: string, type: Patch['type']): Promise<unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const { parse, YAMLParseError } = await import('yaml');
    try {
      value = parse(text);
    } catch (error) {
      if (!(error instanceof YAMLParseError)) throw error;
      throw new Exit(1, `error: unable to parse "${text.trim()}": ${error.message.split('\n')[0]}`);
    }
  }
  const fits =
    type === 'json' ? Array.isArray(value) : value !== null && typeof value === 'object' && !Array.isArray(value);
  if (fits) return value;
  const wanted = type === 'json' ? 'a list of operations' : 'an object such as {"spec":{…}}';
  throw new Exit(1, `error: a ${type} patch is ${wanted}, not: ${text.trim()}`);
}

async function patch(words: string[], flags: PatchFlags, command: Command): Promise<void> {
  const dryRun = dryRunOf(flags, 'patch');
  const body = await parsePatch(patchText(flags), flags.type);
  const client = clientOf(command);
  const kinds = await Kinds.load(client);
  const selections = selectObjects(words, 'patch', kinds);
  if (selections.some(({ names }) => names.length === 0)) {
    throw usage('one or more resources must be specified as <resource> <name> or <resource>/<name>', 'patch');
  }
  const one: Patch = { type: flags.type, body, ...(flags.subresource ? { subresource: flags.subresource } : {}) };
  await changeObjects(
    client,
    selections,
    { namespace: flags.namespace, dryRun },
    () => one,
    ({ before, object }) => {
      const same =
        dryRun !== 'client' &&
        isDeepStrictEqual(before, { ...object, apiVersion: before.apiVersion, kind: before.kind });
      printOutcomes([{ object, done: same ? 'patched (no change)' : 'patched' }], flags, 'patch', kinds);
    },
  );
}

export function register(program: Command): void {
  const command = program
    .command('patch')
    .description('Change fields of an object by a patch.')
    .argument('[TYPE|TYPE/NAME] [NAME...]')
    .option('-p, --patch <patch>', 'the patch, as JSON or YAML')
    .option('--patch-file <file>', 'a file with the patch')
    .addOption(
      new Option('--type <type>', 'how the patch is read').choices(['strategic', 'merge', 'json']).default('strategic'),
    )
    .option('--subresource <name>', 'patch status or scale instead of the object');
  outcomeOptions(namespaceOption(command)).action(patch);
  closing(
    command,
    `kubewire patch svc web -p '{"spec":{"sessionAffinity":"ClientIP"}}'
kubewire patch svc web --type=json -p '[{"op":"replace","path":"/spec/ports/0/port","value":8080}]'`,
  );
}
