// validate.ts - kubewire validate: what the API server would say about manifests, without a lab or a cluster.

import type { Command } from 'commander';
import { createCluster } from '../../cluster/cluster.js';
import { BUILT_IN } from '../../cluster/kinds/registry.js';
import { checkObjects } from '../../manifest/check.js';
import { conflictIssues } from '../../manifest/conflicts.js';
import { KINDS } from '../../manifest/kinds.js';
import { type LoadedObject, type LoadResult, loadManifests } from '../../manifest/load.js';
import { issueText, type PrintOptions, report } from '../../manifest/print.js';
import { parseGates } from '../../manifest/validate/gates.js';
import type { Issue } from '../../model/issue.js';
import { usage } from '../failure.js';
import { closing, outputOption } from '../flags.js';
import { asLoaded } from '../lab/mirror.js';
import { applyAll, asApplied } from '../objects/applied.js';
import { refusalIssues } from '../objects/refusal.js';
import { fileWarnings } from '../objects/warnings.js';
import { type LiveFlags, liveOptions, readLive, unwritten } from '../packets/live.js';
import { wantsColour } from '../print/colour.js';

interface Options extends LiveFlags {
  filename: string[];
  old: string[];
  namespace?: string;
  output: string;
  featureGates: string;
  warnings?: boolean;
}

const EXAMPLES = `
kubewire validate -f shop.yaml                    one file
kubewire validate -f manifests/ -f extra.yaml     all manifests of a directory, and a file
cat shop.yaml | kubewire validate -f -            standard input
kubewire validate -f new.yaml --old old.yaml      would this update be accepted?
kubewire validate -f shop.yaml -o json            for editors and CI
kubewire validate -f shop.yaml -o json --warnings with what is valid, and seldom meant`;

const NOTES = `
JSON is an array of mistakes; warnings go to standard error, or with --warnings into the array, with type "Warning". They
never change the exit code. With --old, objects that carry a
resourceVersion are compared as they are; others are defaulted, and what the old ones had allocated is carried over.`;

const more = (value: string, list: string[]): string[] => [...list, value];

/** One finding as editors and CI read it. */
function record(issue: Issue): Record<string, unknown> {
  const { place, kind, namespace, name, type, field, message } = issue;
  return {
    file: place?.file ?? null,
    line: place?.line ?? null,
    column: place?.column ?? null,
    kind: kind ?? null,
    namespace: namespace ?? null,
    name: name ?? null,
    type,
    field,
    message,
  };
}

function printWarnings(warnings: readonly Issue[], options: PrintOptions): void {
  for (const warning of warnings) process.stderr.write(`${issueText(warning, options)}\n`);
}

function printText(
  loaded: LoadResult,
  issues: readonly Issue[],
  warnings: readonly Issue[],
  options: PrintOptions,
): void {
  for (const notice of loaded.notices) process.stderr.write(`${notice}\n`);
  printWarnings(warnings, options);
  process.stderr.write(report(issues, options, 'not valid'));
  const count = loaded.objects.length;
  if (issues.length === 0) process.stdout.write(`${count} object${count === 1 ? '' : 's'} valid\n`);
}

/** What a cluster says of kinds on which no packet depends: it stores them, by the rules of their kinds. */
function storedIssues(objects: readonly LoadedObject[]): Issue[] {
  const stored = objects.filter(({ object: { apiVersion, kind } }) => !Object.hasOwn(KINDS, `${apiVersion}/${kind}`));
  if (stored.length === 0) return [];
  const cluster = createCluster();
  for (const name of new Set(stored.flatMap(({ object }) => object.metadata.namespace ?? []))) {
    if (cluster.store.get('Namespace', '', name)) continue;
    cluster.store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  return applyAll(
    cluster,
    stored.map(({ object }) => asApplied(object)),
  ).flatMap(({ index, object, error }) => {
    const loaded = stored[index];
    // A form that is wrong was told already.
    return loaded && loaded.broken.length === 0 ? refusalIssues({ loaded, object }, error.status) : [];
  });
}

async function run(options: Options): Promise<void> {
  const live = options.kubeconfig !== undefined;
  if (live && options.filename.length > 0) throw usage('-f and --kubeconfig exclude each other', 'validate');
  if (!live && options.filename.length === 0)
    throw usage('at least one -f FILE is needed, or --kubeconfig', 'validate');
  const gates = parseGates(options.featureGates);
  if (typeof gates === 'string')
    throw usage(`not a feature gate: "${gates}", write Name=true or Name=false`, 'validate');
  const namespace = options.namespace === undefined ? {} : { namespace: options.namespace };
  const served = (apiVersion: string, kind: string) => BUILT_IN.ofObject({ apiVersion, kind });
  const where = { keepStored: options.old.length === 0, keepBare: true, served, ...namespace };
  const loaded = live
    ? asLoaded((await readLive(options, 'validate')).objects.map(unwritten))
    : loadManifests(options.filename, where);
  const olds = loadManifests(options.old, where);
  const found = [
    ...[...loaded.issues, ...olds.issues, ...checkObjects(loaded.objects, olds.objects, gates)],
    ...conflictIssues(loaded.objects),
    ...(options.old.length === 0 ? storedIssues(loaded.objects) : []),
  ];
  const issues = found.filter(({ type }) => type !== 'Warning');
  const warnings = [...found.filter(({ type }) => type === 'Warning'), ...fileWarnings(loaded.objects)];
  const source: PrintOptions = {
    colour: wantsColour(process.stderr),
    sourceLine: (place) => loaded.sourceLine(place) ?? olds.sourceLine(place),
    documentAt: loaded.documentAt,
  };
  if (options.output === 'json') {
    const told = options.warnings === true ? [...issues, ...warnings] : issues;
    process.stdout.write(`${JSON.stringify(told.map(record), null, 2)}\n`);
    if (options.warnings !== true) printWarnings(warnings, source);
  } else printText(loaded, issues, warnings, source);
  if (issues.length > 0) process.exitCode = 1;
}

export function register(program: Command): void {
  const command = program
    .command('validate')
    .description('Check manifests as the API server would, without a lab')
    .option('-f, --filename <path>', 'file, directory or - for standard input; may be repeated', more, [])
    .option('--old <path>', 'the objects that these replace: check an update', more, [])
    .option('-n, --namespace <namespace>', 'namespace of objects that name none (default "default")')
    .option('--warnings', 'with -o json: warnings stand in the array, too')
    .option('--feature-gates <list>', 'gates of the API server, as Name=true,Name=false', '')
    .action((options: Options) => run(options));
  outputOption(liveOptions(command), ['text', 'json'], 'text');
  closing(command, EXAMPLES, { 0: 'everything is valid', 1: 'something is not' }, NOTES);
}
