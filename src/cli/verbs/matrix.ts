// matrix.ts - kubewire matrix: every kind of source × every frontend of a Service, under each strategy.
import type { Command } from 'commander';
import { reasonSpec } from '../../abi/reasons.js';
import { STRATEGY_NAMES } from '../../compile/strategy.js';
import { formatEndpoint } from '../../model/address.js';
import type { Service } from '../../model/objects.js';
import { engineFactory } from '../../observe/engines.js';
import { MatrixBuilder, type MatrixCell, type MatrixRow, selectServices } from '../../observe/matrix.js';
import { closing, outputOption } from '../flags.js';
import { clientOf } from '../lab/client.js';
import {
  loadWorld,
  manifestOption,
  strategyOf,
  strategyOption,
  type WorldFlags,
  worldOptions,
} from '../packets/world.js';
import { asPage, type Page, typedCommand } from '../print/page.js';
import { TABLE, tabulate } from '../print/tabwriter.js';

interface Flags extends WorldFlags {
  output: string;
}

const EXAMPLES = `
kubewire matrix -f shop.yaml web                   all strategies beside each other
kubewire matrix -f shop.yaml web --strategy ipvs   one strategy
kubewire matrix web -o json                        a Service of the running lab`;

const NOTES = `
A cell says how many endpoints the packet can reach and whether they see the client's address ("kept") or the node's
("masq"), or that the answers go astray ("no answer"). Rows in which the strategies differ are marked with "*".`;

/** What clients meet where no Service rule matches their packet. */
function untouchedText(reason: string): string {
  if (reason === 'LOCAL_DELIVERY') return 'refused: no such port';
  const spec = reasonSpec(reason);
  return spec && spec.class !== 'deliver' ? spec.brief : 'no rule';
}

function cellText(cell: MatrixCell | undefined): string {
  if (!cell) return '';
  const brief = reasonSpec(cell.reason)?.brief ?? cell.reason;
  if (cell.verdict === 'none') return untouchedText(cell.reason);
  if (cell.verdict === 'accept') return 'health check';
  if (cell.verdict !== 'dnat') return `${cell.verdict === 'reject' ? 'refused' : 'dropped'}: ${brief}`;
  const source = { kept: 'kept', masqueraded: 'masq', mixed: 'some masq' }[cell.source ?? 'kept'];
  const end = cell.astray ? 'no answer' : source;
  return `${cell.backends.length} endpoint${cell.backends.length === 1 ? '' : 's'}, ${end}`;
}

const cellsOf = (row: MatrixRow, strategies: readonly string[]): string[] => [
  row.frontend,
  `${formatEndpoint(row.address, row.port)}/${row.protocol}`,
  row.role,
  ...strategies.map((strategy) => cellText(row.results[strategy])),
];

const headOf = (strategies: readonly string[]): string[] => ['FRONTEND', 'ADDRESS', 'SOURCE', ...strategies];

function table(rows: readonly MatrixRow[], strategies: readonly string[]): string {
  const head = [...headOf(strategies).map((name) => name.toUpperCase()), ''];
  const lines = rows.map((row) => [...cellsOf(row, strategies), row.differs ? '*' : '']);
  return tabulate([head, ...lines], TABLE).replace(/ +$/gm, '');
}

function byService(rows: readonly MatrixRow[]): ReadonlyMap<string, readonly MatrixRow[]> {
  const services = new Map<string, MatrixRow[]>();
  for (const row of rows) services.set(row.service, [...(services.get(row.service) ?? []), row]);
  return services;
}

/** How many rows differ, or that only one strategy was asked. */
function summaryText(rows: readonly MatrixRow[], strategies: readonly string[]): string {
  if (strategies.length < 2) return `Under ${strategies[0] ?? 'no strategy'} alone.`;
  const different = rows.filter((row) => row.differs).length;
  return `${different} of ${rows.length} rows differ between strategies.`;
}

const matrixPage = (rows: readonly MatrixRow[], strategies: readonly string[]): Page => ({
  title: 'What reaches what',
  answer: summaryText(rows, strategies),
  well: !rows.some(({ differs }) => differs),
  sections: [...byService(rows)].map(([title, own]) => ({
    title,
    table: {
      head: headOf(strategies),
      rows: own.map((row) => ({ mark: row.differs ? ('*' as const) : ('' as const), cells: cellsOf(row, strategies) })),
    },
  })),
  legend: [
    ['*', 'the strategies differ'],
    ['kept', "endpoints see the client's own address"],
    ['masq', 'endpoints see the address of the node'],
    ['no answer', 'endpoints on other nodes get the request and answer past the node that chose them'],
  ],
  again: typedCommand(),
});

function print(rows: readonly MatrixRow[], strategies: readonly string[], output: string): void {
  const page = asPage(output, () => matrixPage(rows, strategies));
  if (page !== null || output === 'json') {
    process.stdout.write(page ?? `${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  const parts = [...byService(rows)].map(([service, own]) => `${service}\n${table(own, strategies)}`);
  process.stdout.write(parts.join('\n'));
  if (rows.length > 0) process.stdout.write(`\n${summaryText(rows, strategies)}\n`);
}

/** So many Services are done at a time, from one set of tables. */
const BATCH = 32;

/** All rows. On a terminal the progress is shown meanwhile. */
async function rowsOf(builder: MatrixBuilder, services: readonly Service[]): Promise<MatrixRow[]> {
  const { stderr } = process;
  const rows: MatrixRow[] = [];
  for (let first = 0; first < services.length; first += BATCH) {
    if (first > 0 && stderr.isTTY) stderr.write(`\r\x1b[K${first} of ${services.length} Services`);
    rows.push(...builder.rows(services.slice(first, first + BATCH)));
    // Lets Ctrl-C through.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (stderr.isTTY) stderr.write('\r\x1b[K');
  return rows;
}

async function run(names: readonly string[], flags: Flags, command: Command): Promise<void> {
  const one = flags.strategy !== undefined || flags.proxyMode !== undefined;
  const strategies = one ? [strategyOf(flags, 'matrix')] : STRATEGY_NAMES;
  const world = await loadWorld(flags, 'matrix', () => clientOf(command));
  const builder = new MatrixBuilder(world, strategies, await engineFactory(flags.engine));
  const services = selectServices(world, names, flags.namespace ?? 'default');
  const rows = [...(await rowsOf(builder, services)), ...(names.length === 0 ? builder.hostPortRows() : [])];
  if (rows.length === 0) process.stderr.write('No frontends: headless and ExternalName Services have none.\n');
  print(rows, strategies, flags.output);
}

export function register(program: Command): void {
  const command = program
    .command('matrix')
    .description('Show every kind of source × every frontend of Services, for each strategy')
    .argument('[service...]', 'NAME or NAMESPACE/NAME; without any all Services, and the hostPorts of pods');
  outputOption(strategyOption(manifestOption(command, false)), ['text', 'json', 'html', 'md'], 'text');
  worldOptions(command.option('--node <node>', 'name of the node that --node-ip describes'), false).action(
    (names: string[], flags: Flags, self: Command) => run(names, flags, self),
  );
  closing(command, EXAMPLES, {}, NOTES);
}
