// drops.ts - `kubewire drops`: what the running lab's nodes dropped and refused, the last packet of each, and remedies.
import type { Command } from 'commander';
import type { LossList } from '../../api/dataplane.js';
import { humanDuration } from '../../cluster/columns/age.js';
import { type LossRecord, pressureText } from '../../observe/losses.js';
import { Exit } from '../failure.js';
import { closing, outputOption } from '../flags.js';
import { type Client, clientOf, labOption } from '../lab/client.js';
import { readLosses } from '../lab/losses.js';
import { getLab } from '../lab/objects.js';
import { paint } from '../print/colour.js';
import { fitTable, terminalWidth, wrap } from '../print/fit.js';

interface DropsFlags {
  readonly node?: string;
  readonly watch?: boolean;
  readonly all?: boolean;
  readonly output?: string;
}

/** Pause between two looks of --watch, in milliseconds. */
const LOOK_MS = 1000;

const FABRIC = 'fabric';

/** What every interface sends when it comes up and nobody needs to answer. Shown with --all. */
const ORDINARY: ReadonlySet<string> = new Set(['ARP_IGNORED', 'NEIGHBOUR_IGNORED', 'MULTICAST']);

async function nodesOf(client: Client, node: string | undefined): Promise<string[]> {
  const { spec } = await getLab(client);
  if (spec.dataplane !== 'kubewire') {
    throw new Exit(
      1,
      'error: the kernel carries the packets of this lab, and it counts no reasons\n' +
        'Start one with --dataplane kubewire, or ask a packet: kubewire trace --from … --to …',
    );
  }
  return node === undefined ? [...spec.topology.nodes.map(({ name }) => name), FABRIC] : [node];
}

const recordsOf = (lists: readonly LossList[], all: boolean): LossRecord[] =>
  lists.flatMap(({ items }) => items).filter(({ reason }) => all || !ORDINARY.has(reason));

/** Sentences about connection tables that are or were full. */
const pressures = (lists: readonly LossList[]): string[] => lists.flatMap(({ table }) => pressureText(table) ?? []);

const COLUMNS = [
  { heading: 'NODE' },
  { heading: 'REASON' },
  { heading: 'COUNT' },
  { heading: 'LAST', gives: 2 },
  { heading: 'FROM', gives: 1, shrinks: true },
  { heading: 'PACKET', shrinks: true },
];

function cellsOf({ node, reason, count, example }: LossRecord): string[] {
  const age = example ? humanDuration(example.secondsAgo * 1000) : '-';
  return [node, reason, String(count), age, example?.from ?? '-', example?.packet ?? '-'];
}

/** The table; under it, once for each reason, what it means and what to do. */
function printDrops(records: readonly LossRecord[], stream: NodeJS.WriteStream): void {
  const width = terminalWidth(stream);
  const [head = '', ...lines] = fitTable(COLUMNS, records.map(cellsOf), width);
  stream.write(`${paint(stream, 'bold', head)}\n${lines.map((line) => `${line}\n`).join('')}`);
  const reasons = new Map(records.map((record) => [record.reason, record]));
  for (const { reason, sentence, remedy } of reasons.values()) {
    stream.write(`\n${paint(stream, 'bold', reason)}  ${wrap(`${sentence}.`, width - reason.length - 2, '')}\n`);
    if (remedy !== '') stream.write(`${wrap(remedy, width, '  ')}\n`);
  }
}

/**
 * Prints, until Ctrl-C, a line for each reason whose count has grown since the last look, and for tables that got
 * fuller.
 */
async function watchDrops(client: Client, nodes: readonly string[], all: boolean): Promise<void> {
  const before = new Map<string, number>();
  const grown = (key: string, count: number): number => {
    const more = count - (before.get(key) ?? 0);
    before.set(key, count);
    return more;
  };
  const look = async (tell: (line: string) => void): Promise<void> => {
    const lists = await readLosses(client, nodes);
    for (const { node, reason, count, example, sentence } of recordsOf(lists, all)) {
      const more = grown(`${node} ${reason}`, count);
      if (more > 0) tell(`${node}  ${reason} +${more}  ${example?.packet ?? ''}  ${sentence}`);
    }
    for (const { table } of lists) {
      const more = grown(`${table.node} made room`, table.madeRoom);
      if (more > 0) tell(`${table.node}  early drop +${more}  ${pressureText(table)}`);
    }
  };
  await look(() => undefined);
  process.stderr.write('Waiting for packets that are dropped or refused; Ctrl-C ends it.\n');
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    await look((line) => process.stdout.write(`${line}\n`));
  }
}

async function drops(flags: DropsFlags, command: Command): Promise<void> {
  const client = clientOf(command);
  const all = flags.all ?? false;
  const nodes = await nodesOf(client, flags.node);
  if (flags.watch) return watchDrops(client, nodes, all);
  const lists = await readLosses(client, nodes);
  const records = recordsOf(lists, all);
  if (flags.output === 'json') {
    process.stdout.write(`${JSON.stringify(records, null, 2)}\n`);
    return;
  }
  if (records.length === 0) process.stderr.write('Nothing was dropped or refused\n');
  else printDrops(records, process.stdout);
  for (const sentence of pressures(lists)) process.stdout.write(`\n${sentence}.\n`);
}

export function register(program: Command): void {
  const command = program
    .command('drops')
    .description(
      'Show what the nodes of the running lab dropped or refused since it was started: reason, how often, the last\n' +
        'packet, and what to do about it. The load balancer and the routes to the outside are node "fabric".',
    )
    .option('--node <node>', 'of this node only')
    .option('-w, --watch', 'go on, with a line for whatever is dropped from now on')
    .option('--all', 'also what is never answered: ARP and neighbour chatter, multicast');
  labOption(outputOption(command, ['json'])).action(drops);
  closing(command, 'kubewire drops\nkubewire drops --node node-1\nkubewire drops --watch\nkubewire drops -o json');
}
