// flows.ts - `kubewire flows`: who talks to whom in the running lab, through which Service, by which rule; what was refused.
import type { Command } from 'commander';
import type { FlowViewList } from '../../api/flows.js';
import { humanDuration } from '../../cluster/columns/age.js';
import { formatEndpoint } from '../../model/address.js';
import type { FlowTuple } from '../../observe/conntrack.js';
import type { FlowView } from '../../observe/flows.js';
import { closing, outputOption } from '../flags.js';
import { nodesAsked, serviceAsked } from '../lab/asked.js';
import { type Client, clientOf, labOption } from '../lab/client.js';
import { paint } from '../print/colour.js';
import { fitTable, terminalWidth } from '../print/fit.js';

interface FlowsFlags {
  readonly follow?: boolean;
  readonly service?: string;
  readonly namespace?: string;
  readonly node?: string;
  readonly from?: string;
  readonly to?: string;
  readonly dropped?: boolean;
  readonly output?: string;
}

/** Pause between two looks of --follow, in milliseconds. */
const LOOK_MS = 1000;

const COLUMNS = [
  { heading: 'NODE' },
  { heading: 'PROTO' },
  { heading: 'STATE' },
  { heading: 'FROM', shrinks: true },
  { heading: 'TO', shrinks: true },
  { heading: 'SERVICE', shrinks: true },
  { heading: 'ENDPOINT', shrinks: true },
  { heading: 'PACKETS', gives: 3 },
  { heading: 'BYTES', gives: 2 },
  { heading: 'AGE', gives: 1 },
];
const WIDE = [{ heading: 'LEAVES AS' }, { heading: 'ANSWER' }, { heading: 'RULE' }];

/** `10.96.0.9:80`; without a port where the protocol has none. */
const end = (address: string, port: number): string => (port === 0 ? address : formatEndpoint(address, port));
const arrow = (tuple: FlowTuple): string =>
  `${end(tuple.source, tuple.sourcePort)} → ${end(tuple.destination, tuple.destinationPort)}`;

/** `pod/shop/web-1:40000`, or the address where nobody is known by it. */
const named = (name: string, address: string, port: number): string =>
  name === address ? end(address, port) : port === 0 ? name : `${name}:${port}`;

function cellsOf(flow: FlowView): string[] {
  const { node, protocol, verdict, state, reason, from, to, service, original, packets, bytes, age } = flow;
  const { before, after } = original;
  return [
    node,
    protocol,
    verdict === 'forwarded' ? state || '-' : `${verdict} (${reason})`,
    named(from, before.source, before.sourcePort),
    end(before.destination, before.destinationPort),
    service ?? '-',
    verdict === 'forwarded' ? named(to, after.destination, after.destinationPort) : '-',
    String(packets),
    String(bytes),
    age === null ? '-' : humanDuration(age * 1000),
  ];
}

const wideCells = ({ original, reply, rule }: FlowView): string[] => [
  arrow(original.after),
  reply ? `${arrow(reply.before)} as ${arrow(reply.after)}` : '-',
  rule ?? '-',
];

function printFlows(flows: readonly FlowView[], wide: boolean, stream: NodeJS.WriteStream): void {
  const rows = flows.map((flow) => [...cellsOf(flow), ...(wide ? wideCells(flow) : [])]);
  const columns = wide ? [...COLUMNS, ...WIDE] : COLUMNS;
  const width = wide ? Number.POSITIVE_INFINITY : terminalWidth(stream);
  const [head = '', ...lines] = fitTable(columns, rows, width);
  stream.write(`${paint(stream, 'bold', head)}\n${lines.map((line) => `${line}\n`).join('')}`);
}

type Look = () => Promise<FlowView[]>;

/** How the flows of the lab are asked for again and again, with what the flags leave of them. */
async function lookOf(client: Client, flags: FlowsFlags): Promise<Look> {
  const { from, to, dropped = false } = flags;
  const all = (): Promise<FlowViewList> => client.get<FlowViewList>('/apis/kubewire.dev/v1alpha1/flows', { from, to });
  const first = await all();
  const tracked = first.items.map(({ service }) => service);
  const service = await serviceAsked(client, tracked, flags);
  const node =
    flags.node === undefined || flags.node === 'fabric' ? flags.node : (await nodesAsked(client, flags.node))[0];
  const fits = (flow: FlowView): boolean =>
    (node === undefined || flow.node === node) &&
    (service === undefined || flow.service?.split(':')[0] === service) &&
    (flow.verdict !== 'forwarded') === dropped;
  return async () => (await all()).items.filter(fits);
}

type FlowEvent = 'NEW' | 'UPDATE' | 'END';

function keyOf({ node, verdict, reason, protocol, original: { before } }: FlowView): string {
  return verdict === 'forwarded' ? `${node} ${protocol} ${arrow(before)}` : `${node} ${reason}`;
}

/** What of a flow is news: its state, or that more packets were refused. Growth of a connection is not. */
const newsOf = ({ verdict, state, seenReply, packets }: FlowView): string =>
  verdict === 'forwarded' ? `${state} ${seenReply}` : String(packets);

function tellEvent(event: FlowEvent, flow: FlowView, json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify({ event, flow })}\n`);
  else process.stdout.write(`${event.padEnd(6)} ${cellsOf(flow).join('  ')}\n`);
}

/** Until Ctrl-C, a line for every flow that begins, changes its state or ends. */
async function follow(look: Look, json: boolean): Promise<void> {
  let known = new Map((await look()).map((flow) => [keyOf(flow), flow]));
  process.stderr.write('Waiting for flows; Ctrl-C ends it.\n');
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const now = new Map((await look()).map((flow) => [keyOf(flow), flow]));
    for (const [key, flow] of now) {
      const before = known.get(key);
      if (!before) tellEvent('NEW', flow, json);
      else if (newsOf(before) !== newsOf(flow)) tellEvent('UPDATE', flow, json);
    }
    for (const [key, flow] of known) if (!now.has(key)) tellEvent('END', flow, json);
    known = now;
  }
}

async function flows(flags: FlowsFlags, command: Command): Promise<void> {
  const look = await lookOf(clientOf(command), flags);
  const json = flags.output === 'json';
  if (flags.follow) return follow(look, json);
  const found = await look();
  if (json) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  else if (found.length === 0)
    process.stderr.write(flags.dropped ? 'Nothing was dropped or refused\n' : 'No flows found\n');
  else printFlows(found, flags.output === 'wide', process.stdout);
}

export function register(program: Command): void {
  const command = program
    .command('flows')
    .description(
      'Show who talks to whom in the running lab: every connection on every node that tracks it, with the service that\n' +
        'rewrote it, the endpoint that it got, packets and bytes in both directions, state and age. -o wide adds how\n' +
        'packets and answers look after the node, and the rule that chose the endpoint.',
    )
    .option('-f, --follow', 'go on, with a line for every flow that begins, changes or ends')
    .option('--service <service>', 'through this service only')
    .option('-n, --namespace <namespace>', 'namespace of a service without one')
    .option('--node <node>', 'of this node only')
    .option('--from <name>', 'from this sender only, as the list names it: pod/NAMESPACE/NAME, node/NAME, client/NAME')
    .option('--to <name>', 'to this receiver only')
    .option('--dropped', 'what was dropped or refused instead: the last packet for each reason and node');
  labOption(outputOption(command, ['json', 'wide'])).action(flows);
  closing(
    command,
    'kubewire flows\nkubewire flows --service shop/web -f\nkubewire flows --dropped\n' +
      'kubewire flows --from client/outside -o wide\nkubewire flows -o json',
  );
}
