// top.ts - `kubewire top`: a live view of nodes and Services: packets and bits a second, connections, drops.
import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import type { NodeTraffic, TrafficReport } from '../../api/flows.js';
import { type Rated, ratesBetween, type Totals } from '../../observe/rates.js';
import type { TrafficEdge } from '../../observe/traffic.js';
import { closing, outputOption } from '../flags.js';
import { type Client, clientOf, labOption } from '../lab/client.js';
import { wholeNumber } from '../lab/number.js';
import { stopSignal } from '../lab/signal.js';
import { paint } from '../print/colour.js';
import { fitTable, terminalWidth } from '../print/fit.js';

interface TopFlags {
  readonly once?: boolean;
  readonly interval: number;
  readonly output?: string;
}

/** Clears the screen and goes to its upper left corner. */
const CLEAR = '\x1b[2J\x1b[H';
const NO_SERVICE = '(no service)';

const nodeTotals = ({ receivedPackets, sentPackets, receivedBytes, sentBytes, refused }: NodeTraffic): Totals => ({
  packets: receivedPackets,
  sent: sentPackets,
  bytes: receivedBytes,
  sentBytes,
  drops: Object.values(refused).reduce((sum, count) => sum + count, 0),
});

function serviceTotals(edges: readonly TrafficEdge[]): Map<string, Totals> {
  const totals = new Map<string, Totals>();
  for (const { service, packets, bytes, begun } of edges) {
    const name = service ?? NO_SERVICE;
    const { packets: p = 0, bytes: b = 0, begun: n = 0 } = totals.get(name) ?? {};
    totals.set(name, { packets: p + packets, bytes: b + bytes, begun: n + begun });
  }
  return totals;
}

const flowsOf = (edges: readonly TrafficEdge[], name: string): number =>
  edges.reduce((sum, { service, flows }) => sum + ((service ?? NO_SERVICE) === name ? flows : 0), 0);

interface View {
  readonly nodes: readonly (Rated & { readonly flows: number; readonly capacity: number })[];
  readonly services: readonly (Rated & { readonly flows: number })[];
}

/** What happened between two reports. The busiest Services come first. */
function viewOf(before: TrafficReport, now: TrafficReport): View {
  const seconds = (now.at - before.at) / 1000;
  const byNode = ({ nodes }: TrafficReport) => new Map(nodes.map((node) => [node.node, nodeTotals(node)]));
  const nodes = ratesBetween(byNode(before), byNode(now), seconds).map((rated) => {
    const { flows = 0, capacity = 0 } = now.nodes.find(({ node }) => node === rated.name) ?? {};
    return { ...rated, flows, capacity };
  });
  const services = ratesBetween(serviceTotals(before.edges), serviceTotals(now.edges), seconds)
    .map((rated) => ({ ...rated, flows: flowsOf(now.edges, rated.name) }))
    .sort((a, b) => (b.rates.packets ?? 0) - (a.rates.packets ?? 0) || b.flows - a.flows);
  return { nodes, services };
}

const UNITS = ['', 'k', 'M', 'G', 'T'];

/** `1.2k`, `950`, `3.4M` */
function short(value: number): string {
  let [rest, unit] = [value, 0];
  for (; rest >= 999.5 && unit < UNITS.length - 1; unit++) rest /= 1000;
  return `${rest >= 99.5 || Number.isInteger(rest) ? Math.round(rest) : rest.toFixed(1)}${UNITS[unit]}`;
}

const NODE_COLUMNS = ['NODE', 'PACKETS/S', 'BIT/S', 'SENT/S', 'SENT BIT/S', 'FLOWS', 'DROPS/S'];
const SERVICE_COLUMNS = ['SERVICE', 'PACKETS/S', 'BIT/S', 'NEW/S', 'FLOWS'];

function linesOf({ nodes, services }: View, width: number): string[] {
  const heads = (names: readonly string[]) => names.map((heading, i) => ({ heading, shrinks: i === 0 }));
  const cells = (rates: Totals, ...keys: readonly string[]): string[] =>
    keys.map((key) => short(key.toLowerCase().endsWith('bytes') ? (rates[key] ?? 0) * 8 : (rates[key] ?? 0)));
  const nodeRows = nodes.map(({ name, rates, flows, capacity }) => [
    ...[name, ...cells(rates, 'packets', 'bytes', 'sent', 'sentBytes')],
    ...[`${flows}${capacity > 0 ? ` of ${short(capacity)}` : ''}`, ...cells(rates, 'drops')],
  ]);
  const serviceRows = services.map(({ name, rates, flows }) => [
    name,
    ...cells(rates, 'packets', 'bytes', 'begun'),
    String(flows),
  ]);
  return [
    ...(nodes.length > 0 ? [...fitTable(heads(NODE_COLUMNS), nodeRows, width), ''] : []),
    ...fitTable(heads(SERVICE_COLUMNS), serviceRows, width),
  ];
}

const read = (client: Client): Promise<TrafficReport> => client.get('/apis/kubewire.dev/v1alpha1/traffic');

/** Until Ctrl-C, or for one table. */
async function top(flags: TopFlags, command: Command): Promise<void> {
  const client = clientOf(command);
  const { stdout } = process;
  const once = flags.once === true || flags.output === 'json' || !stdout.isTTY;
  let isOver = false;
  const stop = once
    ? null
    : stopSignal().promise.then(() => {
        isOver = true;
      });
  for (let before = await read(client); !isOver; ) {
    await Promise.race([setTimeout(flags.interval * 1000), ...(stop ? [stop] : [])]);
    const now = await read(client);
    const view = viewOf(before, now);
    before = now;
    if (flags.output === 'json') stdout.write(`${JSON.stringify(view, null, 2)}\n`);
    else {
      const lines = linesOf(view, terminalWidth(stdout));
      const shown = once ? lines : lines.slice(0, Math.max(1, (stdout.rows ?? Number.POSITIVE_INFINITY) - 2));
      const head = once ? '' : `${CLEAR}${paint(stdout, 'bold', `lab ${client.labName}`)}  Ctrl-C ends it\n`;
      stdout.write(`${head}${shown.join('\n')}\n`);
    }
    if (once) return;
  }
}

export function register(program: Command): void {
  const command = program
    .command('top')
    .description(
      'Show what the nodes and services of the running lab do, once a second until Ctrl-C: packets and bits a second, new\n' +
        'connections, tracked connections, drops. Where the output is no terminal, one table. (kubectl top shows CPU and memory.)',
    )
    .option('--once', 'one table')
    .option('--interval <seconds>', 'between two looks', (text) => wholeNumber(text, '--interval', 'top', 1, 3600), 1);
  labOption(outputOption(command, ['json'])).action(top);
  closing(command, 'kubewire top\nkubewire top --once\nkubewire top -o json | jq .services');
}
