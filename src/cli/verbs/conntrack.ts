// conntrack.ts - `kubewire conntrack`: the connections that the nodes of the running lab track, as `conntrack -L` lists them.
import { type Command, Option } from 'commander';
import type { FlowList } from '../../api/dataplane.js';
import type { FlowRecord, FlowTuple } from '../../observe/conntrack.js';
import { PROTOCOL_WORDS } from '../../observe/flows.js';
import { answerType, PROTOCOL } from '../../wire/headers.js';
import { closing, outputOption } from '../flags.js';
import { nodesAsked, serviceAsked } from '../lab/asked.js';
import { clientOf, labOption } from '../lab/client.js';

interface ConntrackFlags {
  readonly node?: string;
  readonly proto?: string;
  readonly src?: string;
  readonly dst?: string;
  readonly service?: string;
  readonly namespace?: string;
  readonly output?: string;
}

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

async function conntrack(flags: ConntrackFlags, command: Command): Promise<void> {
  const client = clientOf(command);
  const nodes = await nodesAsked(client, flags.node);
  const lists = await Promise.all(
    nodes.map((node) => client.get<FlowList>(`/apis/kubewire.dev/v1alpha1/nodes/${encodeURIComponent(node)}/flows`)),
  );
  const all = lists.flatMap(({ items }) => items);
  const service = await serviceAsked(
    client,
    all.map((flow) => flow.service),
    flags,
  );
  const flows = all.filter((flow) => fits(flow, { ...flags, service }));
  if (flags.output === 'json') process.stdout.write(`${JSON.stringify(flows, null, 2)}\n`);
  else process.stdout.write(flows.map((flow) => `${flowText(flow)}\n`).join(''));
  if (flags.output !== 'json' && flows.length === 0) process.stderr.write('No connections found\n');
}

export function register(program: Command): void {
  const command = program
    .command('conntrack')
    .description(
      'List the connections that the nodes of the running lab track: lines of conntrack -L, and behind them the node,\n' +
        'the service that rewrote the connection, and what was rewritten.',
    )
    .option('--node <node>', 'of this node only')
    .addOption(new Option('-p, --proto <protocol>', 'of this protocol only').choices(Object.values(PROTOCOL_WORDS)))
    .option('-s, --src <address>', 'from this address only')
    .option('-d, --dst <address>', 'to this address only, as the client wrote it')
    .option('--service <service>', 'through this service only')
    .option('-n, --namespace <namespace>', 'namespace of a service without one')
    .addOption(new Option('-L, --list', 'as conntrack is called; it is what happens anyway').hideHelp());
  labOption(outputOption(command, ['json'])).action(conntrack);
  closing(
    command,
    'kubewire conntrack\nkubewire conntrack --node node-1 -p udp\nkubewire conntrack --service shop/web -o json',
  );
}
