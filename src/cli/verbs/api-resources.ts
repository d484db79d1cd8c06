// api-resources.ts - `kubewire api-resources`: the kinds that the running lab serves.
import type { Command } from 'commander';
import { closing, outputOption } from '../flags.js';
import { clientOf, labOption } from '../lab/client.js';
import { groupVersion, type Kind, Kinds } from '../objects/discovery.js';
import { TABLE, tabulate } from '../print/tabwriter.js';

interface ApiResourcesFlags {
  readonly headers: boolean;
  readonly namespaced?: boolean;
  readonly apiGroup?: string;
  readonly output?: string;
}

const byGroupAndName = (a: Kind, b: Kind): number =>
  a.group === b.group ? (a.plural < b.plural ? -1 : 1) : a.group < b.group ? -1 : 1;

async function apiResources(flags: ApiResourcesFlags, command: Command): Promise<void> {
  const kinds = await Kinds.load(clientOf(command));
  const chosen = kinds.all
    .filter(({ namespaced }) => flags.namespaced === undefined || namespaced === flags.namespaced)
    .filter(({ group }) => flags.apiGroup === undefined || group === flags.apiGroup)
    .sort(byGroupAndName);
  if (flags.output === 'name') {
    process.stdout.write(
      chosen.map(({ plural, group }) => (group === '' ? `${plural}\n` : `${plural}.${group}\n`)).join(''),
    );
    return;
  }
  const wide = flags.output === 'wide';
  const header = ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND', ...(wide ? ['CATEGORIES'] : [])];
  const rows = chosen.map((kind) => [
    kind.plural,
    kind.shortNames.join(','),
    groupVersion(kind),
    String(kind.namespaced),
    kind.kind,
    ...(wide ? [kind.categories.join(',')] : []),
  ]);
  process.stdout.write(tabulate(flags.headers ? [header, ...rows] : rows, TABLE));
}

export function register(program: Command): void {
  const command = program
    .command('api-resources')
    .description('List the types of objects that the running lab serves.')
    .option('--namespaced', 'only types with namespaces')
    .option('--no-namespaced', 'only types without namespaces')
    .option('--api-group <group>', 'only types of this group')
    .option('--no-headers', 'no line of headings');
  labOption(outputOption(command, ['wide', 'name'])).action((flags: ApiResourcesFlags) => apiResources(flags, command));
  closing(command, 'kubewire api-resources\nkubewire api-resources --api-group apps -o name');
}
