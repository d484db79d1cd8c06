// conntrack.ts - `kubewire conntrack`: the connections that the nodes of the running lab track, as conntrack(8) shows them.
import { setTimeout } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { FlowList } from '../../api/dataplane.js';
import { labAccess, reexecInUserNamespace, runInNamespace } from '../../lab/host/process.js';
import type { KubeObject } from '../../model/objects.js';
import type { FlowRecord, FlowTuple } from '../../observe/conntrack.js';
import { PROTOCOL_WORDS } from '../../observe/flows.js';
import { answerType, PROTOCOL } from '../../wire/headers.js';
import { usage } from '../failure.js';
import { closing, outputOption } from '../flags.js';
import { nodesAsked, serviceAsked } from '../lab/asked.js';
import { type Client, clientOf, labOption } from '../lab/client.js';
import { readLosses } from '../lab/losses.js';
import { getLab, netnsOf } from '../lab/objects.js';

interface ConntrackFlags {
  readonly node?: string;
  readonly proto?: string;
  readonly src?: string;
  readonly dst?: string;
  readonly service?: string;
  readonly namespace?: string;
  readonly event?: boolean;
  readonly statistics?: boolean;
  readonly output?: string;
}

/** Pause between two looks of -E, in milliseconds. */
const LOOK_MS = 200;

function tupleText(tuple: FlowTuple, { protocol, icmp }: FlowRecord, reply: boolean): string {
  const addresses = `src=${tuple.source} dst=${tuple.destination}`;
  if (icmp) {
    const type = reply ? answerType(protocol === PROTOCOL.ICMP ? 4 : 6, icmp.type) : icmp.type;
    return `${addresses} type=${type} code=${icmp.code} id=${tuple.sourcePort || tuple.destinationPort}`;
  }
  if (protocol === PROTOCOL.GRE) return `${addresses} srckey=0x0 dstkey=0x0`;
  if (!PROTOCOL_WORDS[protocol]) return addresses;
  return `${addresses} sport=${tuple.sourcePort} dport=${tuple.destinationPort}`;
}

/** A line as conntrack(8) prints it, followed by what only kubewire knows: node, Service, rewriting. */
export function flowText(flow: FlowRecord): string {
  const { protocol, timeout, state, original, reply } = flow;
  const head = `${(PROTOCOL_WORDS[protocol] ?? 'unknown').padEnd(8)} ${protocol} ${timeout} ${state === '' ? '' : `${state} `}`;
  const unreplied = flow.seenReply ? '' : ' [UNREPLIED]';
  const assured = flow.assured ? ' [ASSURED]' : '';
  const rewritten = [flow.dnat ? 'dnat' : '', flow.snat ? 'snat' : ''].filter((word) => word !== '').join(',');
  return (
    `${head}${tupleText(original, flow, false)}${unreplied} ${tupleText(reply, flow, true)}${assured} mark=0 use=1` +
    ` node=${flow.node} service=${flow.service ?? '-'} nat=${rewritten || '-'}`
  );
}

function fits(
  flow: FlowRecord,
  flags: Omit<ConntrackFlags, 'service'> & { readonly service: string | undefined },
): boolean {
  const { proto, src, dst, service } = flags;
  return (
    (proto === undefined || PROTOCOL_WORDS[flow.protocol] === proto) &&
    (src === undefined || flow.original.source === src) &&
    (dst === undefined || flow.original.destination === dst) &&
    (service === undefined || (flow.service ?? '').split(':')[0] === service)
  );
}

type Look = () => Promise<FlowRecord[]>;

async function lookOf(client: Client, nodes: readonly string[], flags: ConntrackFlags): Promise<Look> {
  const all = async (): Promise<FlowRecord[]> => {
    const path = (node: string): string => `/apis/kubewire.dev/v1alpha1/nodes/${encodeURIComponent(node)}/flows`;
    const lists = await Promise.all(nodes.map((node) => client.get<FlowList>(path(node))));
    return lists.flatMap(({ items }) => items);
  };
  const tracked = (await all()).map((flow) => flow.service);
  const service = await serviceAsked(client, tracked, flags);
  return async () => (await all()).filter((flow) => fits(flow, { ...flags, service }));
}

const keyOf = ({ node, protocol, original }: FlowRecord): string =>
  `${node} ${protocol} ${Object.values(original).join(' ')}`;
const newsOf = ({ state, seenReply, assured }: FlowRecord): string => `${state} ${seenReply} ${assured}`;

/** Until Ctrl-C, a line for every connection that begins, changes its state or ends, as `conntrack -E` has it. */
async function follow(look: Look, json: boolean): Promise<void> {
  const tell = (event: string, flow: FlowRecord): void => {
    const line = json ? JSON.stringify({ event, flow }) : `${`[${event}]`.padStart(9)} ${flowText(flow)}`;
    process.stdout.write(`${line}\n`);
  };
  let known = new Map((await look()).map((flow) => [keyOf(flow), flow]));
  process.stderr.write('Waiting for connections; Ctrl-C ends it.\n');
  for (;;) {
    await setTimeout(LOOK_MS);
    const now = new Map((await look()).map((flow) => [keyOf(flow), flow]));
    for (const [key, flow] of known) if (!now.has(key)) tell('DESTROY', flow);
    for (const [key, flow] of now) {
      const before = known.get(key);
      if (!before) tell('NEW', flow);
      else if (newsOf(before) !== newsOf(flow)) tell('UPDATE', flow);
    }
    known = now;
  }
}

/** Counts of one node, by the names of `conntrack -S`. */
type Statistics = Readonly<Record<string, number>>;

async function ourStatistics(client: Client, node: string): Promise<Statistics> {
  const [list] = await readLosses(client, [node]);
  const { flows = 0, capacity = 0, madeRoom = 0, turnedAway = 0 } = list?.table ?? {};
  const invalid = list?.items.find(({ reason }) => reason === 'INVALID_STATE')?.count ?? 0;
  return { entries: flows, capacity, invalid, drop: turnedAway, early_drop: madeRoom };
}

/** The kernel's own, of the namespace of the node: a line of hexadecimal numbers for each processor. */
async function kernelStatistics(client: Client, node: string): Promise<Statistics> {
  const { items } = await client.get<FlowList>(`/apis/kubewire.dev/v1alpha1/nodes/${encodeURIComponent(node)}/flows`);
  const netns = netnsOf(await client.get<KubeObject>(`/api/v1/nodes/${encodeURIComponent(node)}`));
  const { code, stdout } = await runInNamespace(netns, ['cat', '/proc/net/stat/nf_conntrack'], { timeoutMs: 5000 });
  const [heading = '', ...rows] = code === 0 ? stdout.trim().split('\n') : [];
  const names = heading.split(/\s+/);
  const sums = new Map<string, number>();
  for (const row of rows) {
    for (const [i, word] of row.trim().split(/\s+/).entries()) {
      const name = names[i] ?? '';
      if (name !== 'entries') sums.set(name, (sums.get(name) ?? 0) + Number.parseInt(word, 16));
    }
  }
  const asked = ['found', 'invalid', 'insert', 'insert_failed', 'drop', 'early_drop', 'icmp_error', 'search_restart'];
  return {
    entries: items.length,
    ...Object.fromEntries(asked.flatMap((name) => (sums.has(name) ? [[name, sums.get(name)]] : []))),
  };
}

async function statistics(client: Client, nodes: readonly string[], json: boolean): Promise<void> {
  const { spec } = await getLab(client);
  if (spec.dataplane !== 'kubewire' && labAccess() === 'user-namespace') reexecInUserNamespace();
  const ask = spec.dataplane === 'kubewire' ? ourStatistics : kernelStatistics;
  const rows = await Promise.all(nodes.map(async (node) => ({ node, ...(await ask(client, node)) })));
  const text = (row: object): string =>
    `${Object.entries(row)
      .map((pair) => pair.join('='))
      .join(' ')}\n`;
  process.stdout.write(json ? `${JSON.stringify(rows, null, 2)}\n` : rows.map(text).join(''));
}

async function conntrack(flags: ConntrackFlags, command: Command): Promise<void> {
  const client = clientOf(command);
  const nodes = await nodesAsked(client, flags.node);
  const json = flags.output === 'json';
  if (flags.event && flags.statistics) throw usage('-E and -S exclude each other', 'conntrack');
  if (flags.statistics) return statistics(client, nodes, json);
  const look = await lookOf(client, nodes, flags);
  if (flags.event) return follow(look, json);
  const flows = await look();
  if (json) process.stdout.write(`${JSON.stringify(flows, null, 2)}\n`);
  else process.stdout.write(flows.map((flow) => `${flowText(flow)}\n`).join(''));
  if (!json && flows.length === 0) process.stderr.write('No connections found\n');
}

export function register(program: Command): void {
  const command = program
    .command('conntrack')
    .description(
      'Show the connections that the nodes of the running lab track: lines of conntrack -L (or, with -E, of what begins,\n' +
        'changes and ends; with -S, the counts of each node), followed by the node, the service that rewrote the connection,\n' +
        'and what was rewritten. On a kernel dataplane they are those of the kernel.',
    )
    .option('--node <node>', 'of this node only')
    .addOption(new Option('-p, --proto <protocol>', 'of this protocol only').choices(Object.values(PROTOCOL_WORDS)))
    .option('-s, --src <address>', 'from this address only')
    .option('-d, --dst <address>', 'to this address only, as the client wrote it')
    .option('--service <service>', 'through this service only')
    .option('-n, --namespace <namespace>', 'namespace of a service without one')
    .option('-L, --list', 'list them, which is what happens anyway')
    .option('-E, --event', 'go on, with a line for every connection that begins, changes its state or ends')
    .option('-S, --statistics', 'count instead: entries, invalid packets, what was dropped for want of room');
  labOption(outputOption(command, ['json'])).action(conntrack);
  closing(
    command,
    'kubewire conntrack -L\nkubewire conntrack -E -p tcp\nkubewire conntrack -S\nkubewire conntrack --node node-1 -p udp\nkubewire conntrack --service shop/web -o json',
  );
}
