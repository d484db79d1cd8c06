// impair.ts - `kubewire impair`: links that lose, delay, repeat, damage or hold back packets, in the words of tc-netem(8).
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { LinkCountsList } from '../../api/dataplane.js';
import type { LinkCounts } from '../../lab/links/links.js';
import { DISTRIBUTIONS, type LinkSpec, specOf } from '../../lab/links/spec.js';
import { StatusFailure } from '../../live/status.js';
import type { KubeObject } from '../../model/objects.js';
import { splitKind } from '../../topology/naming.js';
import { usage } from '../failure.js';
import { closing, namespaceOption, outputOption } from '../flags.js';
import { type Client, clientOf } from '../lab/client.js';
import { wholeNumber } from '../lab/number.js';
import { getLab, listAll } from '../lab/objects.js';
import { findTarget } from '../lab/target.js';
import { paint } from '../print/colour.js';
import { fitTable, terminalWidth } from '../print/fit.js';

interface ImpairFlags extends Omit<LinkSpec, 'from' | 'to'> {
  readonly namespace: string;
  readonly clear?: boolean;
  readonly output?: string;
}

const LINKS = '/apis/kubewire.dev/v1alpha1/links';
const NOT_FOUND = 404;

/** The keys of LinkSpec that are flags, in the order in which they are listed. */
const EFFECTS = [
  ...['delay', 'jitter', 'distribution', 'loss', 'duplicate', 'reorder', 'corrupt', 'rate', 'limit'],
  ...['limitBytes', 'mtu', 'down', 'seed', 'at', 'for'],
] as const;

/** An end as the object has it, with its namespace. Pods may be named by a beginning that several share. */
async function endOf(client: Client, text: string, namespace: string): Promise<string> {
  if (text === 'any') return text;
  const { kind, rest } = splitKind(text);
  if (kind === null || kind === 'pod') return `pod/${rest.includes('/') ? rest : `${namespace}/${rest}`}`;
  const [word = '', port] = kind === 'service' ? rest.split(':') : [rest];
  const { metadata } = await findTarget(client, `${text.slice(0, text.indexOf('/'))}/${word}`, namespace);
  if (kind === 'service') return `svc/${metadata.namespace}/${metadata.name}${port === undefined ? '' : `:${port}`}`;
  if (kind === 'node' || kind === 'client') return `${kind}/${metadata.name}`;
  throw usage(`"${text}" is no end of a link: use pod/, node/, client/ or svc/ and a name, or any`, 'impair');
}

/** A name that says both ends: one link for each pair. */
const nameOf = (from: string, to: string): string => `${from}-to-${to}`.toLowerCase().replace(/[^a-z0-9.-]+/g, '-');

function effectsOf(flags: ImpairFlags): Partial<LinkSpec> {
  const given = flags as unknown as Readonly<Record<string, unknown>>;
  const effects = Object.fromEntries(EFFECTS.flatMap((key) => (given[key] === undefined ? [] : [[key, given[key]]])));
  const { distribution } = flags;
  if (distribution === undefined || DISTRIBUTIONS.includes(distribution)) return effects;
  const { distribution: _, ...rest } = effects;
  return { ...rest, samples: samplesIn(distribution) };
}

/** The numbers in a file of tc's (maketable): `#` begins a comment. */
function samplesIn(path: string): number[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const names = DISTRIBUTIONS.join(', ');
    throw usage(`--distribution is ${names} or a file; ${path} cannot be read: ${(error as Error).message}`, 'impair');
  }
  const words = text
    .replace(/#.*/g, '')
    .split(/\s+/)
    .filter((word) => word !== '');
  const bad = words.find((word) => !/^-?\d+$/.test(word));
  if (bad !== undefined || words.length === 0)
    throw usage(`${path}: ${bad ? `"${bad}" is no whole number` : 'no numbers'}`, 'impair');
  return words.map(Number);
}

async function put(client: Client, from: string, to: string, effects: Partial<LinkSpec>): Promise<string> {
  const name = nameOf(from, to);
  const link = {
    apiVersion: 'kubewire.dev/v1alpha1',
    kind: 'Link',
    metadata: { name },
    spec: { from, to, ...effects },
  };
  // A schedule counts from when the object was made, so another impairment is another object.
  await remove(client, name);
  await client.exchange('POST', LINKS, { body: link });
  return name;
}

async function remove(client: Client, name: string): Promise<boolean> {
  try {
    await client.exchange('DELETE', `${LINKS}/${name}`);
    return true;
  } catch (error) {
    if (error instanceof StatusFailure && error.status.code === NOT_FOUND) return false;
    throw error;
  }
}

const COLUMNS = [
  { heading: 'FROM', shrinks: true },
  { heading: 'TO', shrinks: true },
  { heading: 'EFFECTS', shrinks: true },
  { heading: 'ACTIVE' },
  { heading: 'MATCHED' },
  { heading: 'LOST' },
  { heading: 'WAITING', gives: 3 },
  { heading: 'TWICE', gives: 2 },
  { heading: 'REORDERED', gives: 1 },
  { heading: 'DAMAGED', gives: 4 },
];

const lostOf = ({ lost, down, overflowed, tooLong }: LinkCounts): number => lost + down + overflowed + tooLong;

function cellsOf(link: KubeObject, counts: LinkCounts | undefined): string[] {
  const { from = 'any', to = 'any', ...effects } = specOf(link);
  const words = Object.entries(effects).map(([key, value]) =>
    value === true ? key : `${key} ${Array.isArray(value) ? `(${value.length})` : value}`,
  );
  const numbers = counts
    ? [counts.matched, lostOf(counts), counts.waiting, counts.duplicated, counts.reordered, counts.corrupted]
    : [];
  return [from, to, words.join(', '), counts?.active ? 'yes' : 'no', ...numbers.map(String)];
}

async function list(client: Client, output: string | undefined): Promise<void> {
  const { spec } = await getLab(client);
  const links = await listAll<KubeObject>(client, 'Link');
  const items =
    spec.dataplane === 'kubewire'
      ? (await client.get<LinkCountsList>('/apis/kubewire.dev/v1alpha1/linkcounts')).items
      : [];
  const countsOf = (link: KubeObject) => items.find(({ name }) => name === link.metadata.name);
  if (output === 'json') {
    const told = links.map((link) => ({ ...specOf(link), ...countsOf(link) }));
    process.stdout.write(`${JSON.stringify(told, null, 2)}\n`);
    return;
  }
  if (links.length === 0) {
    process.stderr.write('No link misbehaves\n');
    return;
  }
  const rows = links.map((link) => cellsOf(link, countsOf(link)));
  const [head = '', ...lines] = fitTable(COLUMNS, rows, terminalWidth(process.stdout));
  process.stdout.write(`${paint(process.stdout, 'bold', head)}\n${lines.map((line) => `${line}\n`).join('')}`);
}

async function clear(client: Client, ends: readonly string[]): Promise<void> {
  const [from, to] = ends;
  const links = await listAll<KubeObject>(client, 'Link');
  const wanted = links.filter((link) => from === undefined || (specOf(link).from === from && specOf(link).to === to));
  for (const { metadata } of wanted) await remove(client, metadata.name);
  process.stdout.write(`${wanted.length} ${wanted.length === 1 ? 'link' : 'links'} mended\n`);
}

async function impair(from: string | undefined, to: string | undefined, flags: ImpairFlags, command: Command) {
  const client = clientOf(command);
  const effects = effectsOf(flags);
  if (from !== undefined && to === undefined) throw usage('a link has two ends: FROM and TO', 'impair');
  const ends = await Promise.all(
    [from, to].flatMap((end) => (end === undefined ? [] : [endOf(client, end, flags.namespace)])),
  );
  if (flags.clear) return clear(client, ends);
  const [source, target] = ends;
  if (source === undefined || target === undefined) return list(client, flags.output);
  if (Object.keys(effects).length === 0) throw usage('say what happens on the link, such as --loss 20%', 'impair');
  await put(client, source, target, effects);
  process.stdout.write(`link from ${source} to ${target} impaired\n`);
}

const number = (flag: string, most: number) => (text: string) => wholeNumber(text, flag, 'impair', 0, most);

export function register(program: Command): void {
  const command = program
    .command('impair')
    .description(
      'Let the packets from one end to another get lost, late, twice or damaged; answers take another link. Without ends,\n' +
        'list such links and how many packets each has matched. Units are those of tc-netem(8), and so are the effects.\n' +
        'The same seed does the same to the same packets. Chances take a correlation as a second word, as for tc: so much of\n' +
        'each draw is the one before, which makes runs, and rare things rarer.',
    )
    .argument(
      '[from]',
      'who sends: pod/NAME (also the beginning of a name), node/NAME with its pods, client/NAME, svc/NAME[:PORT], any',
    )
    .argument('[to]', 'who receives')
    .option('--delay <time>', 'how long packets are on their way, such as 20ms')
    .option('--jitter <time>', 'by how much that varies; "5ms 25%" with a correlation')
    .option(
      '--distribution <name>',
      "how it varies: uniform, normal, pareto, or a file of tc's (such as /usr/lib/tc/pareto.dist)",
    )
    .option('--loss <chance>', 'such as 20%, "20% 25%" with a correlation, or in bursts: "gemodel P [R [1-H [1-K]]]"')
    .option('--duplicate <chance>', 'that a packet arrives twice')
    .option('--reorder <chance>', 'that a packet is not delayed and overtakes others')
    .option('--corrupt <chance>', 'that a bit is flipped; checksums then tell')
    .option('--rate <rate>', 'such as 10mbit, 500kbit or 125kbps (bytes)')
    .option('--limit <packets>', 'how many may wait (default 1000); more are lost', number('--limit', 1_000_000))
    .option('--limit-bytes <bytes>', 'how many bytes may wait', number('--limit-bytes', 0xffffffff))
    .option('--mtu <bytes>', 'longer packets are lost without a word', number('--mtu', 65_535))
    .option('--down', 'nothing gets through')
    .option('--seed <number>', 'of what happens by chance (default 1)', number('--seed', 0xffffffff))
    .option('--at <time>', 'when it begins, from now')
    .option('--for <time>', 'how long it lasts')
    .option('--clear', 'mend this link, or all');
  namespaceOption(outputOption(command, ['json'])).action(impair);
  closing(
    command,
    'kubewire impair client/outside svc/web -n shop --delay 20ms --loss 5%\nkubewire impair node/node-1 node/node-2 --down --for 10s\n' +
      'kubewire impair pod/shop/web any --rate 10mbit --limit 100\nkubewire impair\nkubewire impair --clear',
  );
}
