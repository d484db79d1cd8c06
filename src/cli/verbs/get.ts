// get.ts - `kubewire get`: objects of the running lab as a table, or in the form that `-o` names.
import { type Command, Option } from 'commander';
import type { KubeObject } from '../../model/objects.js';
import { Exit, usage } from '../failure.js';
import {
  allNamespacesOption,
  closing,
  fieldSelectorOption,
  namespaceOf,
  namespaceOption,
  offer,
  type ScopeFlags,
  selectorOption,
} from '../flags.js';
import { type Client, clientOf } from '../lab/client.js';
import { collectionPath, type Kind, Kinds, kindText } from '../objects/discovery.js';
import { type Fetched, fetchSelections } from '../objects/fetch.js';
import { type Selection, selectObjects } from '../objects/select.js';
import { statusText } from '../objects/status.js';
import { OBJECT_FORMATS, type Output, parseOutput } from '../print/output.js';
import { sortObjects } from '../print/sort.js';
import { headerRow, objectRow, type TableOptions } from '../print/table.js';
import { GrowingTable, TABLE, tabulate } from '../print/tabwriter.js';

interface GetFlags extends ScopeFlags {
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly output?: string;
  readonly showLabels?: boolean;
  readonly labelColumns?: string;
  readonly headers: boolean;
  readonly showManagedFields?: boolean;
  readonly sortBy?: string;
  readonly watch?: boolean;
  readonly watchOnly?: boolean;
  readonly ignoreNotFound?: boolean;
}

function tableOptions(flags: GetFlags, kind: Kind, several: boolean, now: number): TableOptions {
  return {
    wide: flags.output === 'wide',
    namespaced: flags.allNamespaces === true && kind.namespaced,
    prefix: several ? `${kindText(kind)}/` : '',
    showLabels: flags.showLabels === true,
    labelColumns: flags.labelColumns?.split(',') ?? [],
    now,
  };
}

function printTables(found: readonly Fetched[], flags: GetFlags, several: boolean, now: number): void {
  const tables = found
    .filter(({ objects }) => objects.length > 0)
    .map(({ kind, objects }) => {
      const options = tableOptions(flags, kind, several, now);
      const rows = objects.map((object) => objectRow(object, options));
      return tabulate(flags.headers ? [headerRow(kind.kind, options), ...rows] : rows, TABLE);
    });
  process.stdout.write(tables.join('\n'));
}

/** kubectl prints this to stderr, and only where a person would see an empty table. */
function sayNothingFound(found: readonly Fetched[], flags: GetFlags): void {
  if (flags.ignoreNotFound) return;
  const somewhere = found.some(({ kind }) => kind.namespaced) && !flags.allNamespaces;
  process.stderr.write(`No resources found${somewhere ? ` in ${flags.namespace} namespace.` : ''}\n`);
}

function checkFlags(selections: readonly Selection[], flags: GetFlags): void {
  const named = selections.some(({ names }) => names.length > 0);
  if (named && flags.allNamespaces)
    throw new Exit(1, 'error: a resource cannot be retrieved by name across all namespaces');
  if ((flags.watch || flags.watchOnly) && selections.length > 1) {
    throw usage('you may only specify a single resource type to watch', 'get');
  }
}

/** Prints what is there and then every change, a line each, until the lab ends or the user stops it. */
async function watchObjects(
  client: Client,
  fetched: Fetched,
  flags: GetFlags,
  selection: Selection,
  output: Output | null,
): Promise<void> {
  const { kind } = fetched;
  const table = new GrowingTable();
  let headed = !flags.headers;
  const show = (objects: readonly KubeObject[]): void => {
    if (objects.length === 0) return;
    if (output) {
      for (const object of objects) process.stdout.write(output.print([object], true));
      return;
    }
    const options = tableOptions(flags, kind, false, Date.now());
    const rows = objects.map((object) => objectRow(object, options));
    process.stdout.write(table.add(headed ? rows : [headerRow(kind.kind, options), ...rows]));
    headed = true;
  };
  if (!flags.watchOnly) show(flags.sortBy ? sortObjects(fetched.objects, flags.sortBy) : fetched.objects);
  const [name] = selection.names;
  const events = client.watch(collectionPath(kind, namespaceOf(flags)), {
    labelSelector: flags.selector,
    fieldSelector: name === undefined ? flags.fieldSelector : `metadata.name=${name}`,
    resourceVersion: fetched.resourceVersion,
  });
  for await (const { type, object } of events) {
    if (type === 'ERROR') throw new Exit(1, statusText(object as never));
    if (type !== 'BOOKMARK') show([object]);
  }
}

async function get(words: string[], flags: GetFlags, command: Command): Promise<void> {
  const client = clientOf(command);
  const kinds = await Kinds.load(client);
  const nameOf = (object: KubeObject): string => {
    const kind = kinds.ofObject(object.apiVersion, object.kind);
    return `${kind ? kindText(kind) : object.kind.toLowerCase()}/${object.metadata.name}`;
  };
  const { headers, showManagedFields: managedFields = false } = flags;
  const output = parseOutput(flags.output, { nameOf, headers, managedFields });
  const selections = selectObjects(words, 'get', kinds);
  checkFlags(selections, flags);
  const namespace = namespaceOf(flags);
  const { found, refusals } = await fetchSelections(client, selections, {
    namespace,
    labelSelector: flags.selector,
    fieldSelector: flags.fieldSelector,
    ignoreNotFound: flags.ignoreNotFound,
  });
  const [first] = found;
  const [selection] = selections;
  if ((flags.watch || flags.watchOnly) && first && selection && refusals.length === 0) {
    return watchObjects(client, first, flags, selection, output);
  }
  const sorted = flags.sortBy
    ? found.map((one) => ({ ...one, objects: sortObjects(one.objects, flags.sortBy ?? '') }))
    : found;
  const objects = sorted.flatMap((one) => one.objects);
  const kindsShown = found.filter(
    ({ objects: some }, i) => some.length > 0 || selections[i]?.names.length === 0,
  ).length;
  const single = selections.length === 1 && selection?.names.length === 1;
  if (output) {
    if (!single || objects.length > 0) process.stdout.write(output.print(objects, single));
  } else if (objects.length > 0) printTables(sorted, flags, kindsShown > 1, Date.now());
  else if (refusals.length === 0) sayNothingFound(found, flags);
  if (refusals.length > 0) throw new Exit(1, refusals.map(({ status }) => statusText(status)).join('\n'));
}

export function register(program: Command): void {
  const command = program
    .command('get')
    .description('Show objects of the running lab: one line each, or whole with -o.')
    .argument('[TYPE|TYPE/NAME] [NAME...]');
  command.addOption(offer(new Option('-o, --output <format>', 'what is printed'), ['wide', ...OBJECT_FORMATS]));
  namespaceOption(allNamespacesOption(fieldSelectorOption(selectorOption(command))))
    .option('--show-labels', 'a last column with all labels')
    .option('-L, --label-columns <labels>', 'a column for each of these labels')
    .option('--no-headers', 'no line of headings')
    .option('--show-managed-fields', 'in documents, also who owns which field')
    .option('--sort-by <path>', 'order by a field, for example .metadata.creationTimestamp')
    .option('-w, --watch', 'print what is there, then every change')
    .option('--watch-only', 'print changes only')
    .option('--ignore-not-found', 'no error for a name that does not exist')
    .action(get);
  closing(
    command,
    `
kubewire get services
kubewire get svc,pods -o wide
kubewire get endpointslices -l kubernetes.io/service-name=web
kubewire get svc web -o jsonpath='{.spec.clusterIP}'
kubewire get pods -A -w`,
  );
}
