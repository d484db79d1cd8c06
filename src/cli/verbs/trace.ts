// trace.ts - kubewire trace: shows what happens to a packet and which rule decides it, from manifests or a running lab.
import { type Command, Option } from 'commander';
import type { AffinityList, FlowList } from '../../api/dataplane.js';
import { labAccess, reexecInUserNamespace } from '../../lab/host/process.js';
import type { KernelDataplaneName } from '../../lab/netfilter/names.js';
import { advise } from '../../observe/advice.js';
import { engineFactory } from '../../observe/engines.js';
import type { FlowRequest } from '../../observe/flow.js';
import { type Memory, openConnections, recall } from '../../observe/history.js';
import { tellStory } from '../../observe/story.js';
import { Tracer } from '../../observe/trace.js';
import { askKernel } from '../../observe/witness.js';
import { usage } from '../failure.js';
import { closing, offer, outputOption } from '../flags.js';
import { type Client, clientOf } from '../lab/client.js';
import { getLab } from '../lab/objects.js';
import { dataplaneOf, dataplaneOption } from '../packets/dataplane.js';
import { readFlows } from '../packets/flows.js';
import {
  loadWorld,
  manifestOption,
  meansLab,
  strategyOf,
  strategyOption,
  type WorldFlags,
  worldOptions,
} from '../packets/world.js';
import { asPage } from '../print/page.js';
import { type Told, tracePage } from '../print/tracepage.js';

interface Flags extends WorldFlags {
  from?: string;
  to?: string;
  proto: string;
  dataplane: string;
  flows?: string;
  fresh?: boolean;
  output: string;
}

const EXAMPLES = `
kubewire trace -f shop.yaml --from pod/client --to svc/web:80
kubewire trace -f shop.yaml --from 203.0.113.10 --to 192.168.0.11:30080 --strategy iptables
kubewire trace -f recorded.yaml --node n1 --node-ip 192.168.0.2 --cluster-cidr 10.0.0.0/8 \\
    --from 10.0.0.2 --to 172.30.0.41:80 -o json
kubewire trace -f recorded.yaml --flows flows.json -o json     many flows: [{"node","from","to","proto"}, ...]
kubewire trace -f shop.yaml --dataplane kernel-nftables --from pod/client --to svc/web:80
kubewire trace --from pod/client --to web.default.svc:80       in the running lab`;

const NOTES = `
Sources are IP[:PORT], pod/NAME, deploy/NAME, svc/NAME, node/NAME or client/NAME; destinations IP:PORT, svc/NAME:PORT,
pod/NAME:PORT or a DNS name:PORT. A NAME is NAME, NAMESPACE/NAME or NAME.NAMESPACE, of a pod also its beginning.
--node says which node's rules are asked; without it the packet starts where its sender is.
--dataplane kernel-nftables or kernel-iptables sends the packet through the real kernel with the rules that kube-proxy would
load, in a namespace of its own: the verdict and the endpoints are the kernel's, from many connections.`;

function requestsOf(flags: Flags): FlowRequest[] {
  if (flags.flows !== undefined) {
    return readFlows(flags.flows).map((flow) => ({ ...flow, node: flow.node ?? flags.node }));
  }
  if (flags.from === undefined || flags.to === undefined) {
    throw usage('--from and --to are needed (or --flows FILE)', 'trace');
  }
  return [{ node: flags.node, from: flags.from, to: flags.to, proto: flags.proto }];
}

function print(traces: readonly Told[], flags: Flags): void {
  const page = asPage(flags.output, () => tracePage(traces));
  if (page !== null) {
    process.stdout.write(page);
    return;
  }
  if (flags.output !== 'json') {
    const stories = traces.map(({ result, advice }) => tellStory(result, advice));
    process.stdout.write(stories.join(`\n${'-'.repeat(72)}\n\n`));
    return;
  }
  const objects = traces.map(({ result, advice }) => ({ ...result, advice }));
  process.stdout.write(`${JSON.stringify(flags.flows === undefined ? objects[0] : objects, null, 2)}\n`);
}

/** The kernel is asked in namespaces. If this user may not make any, the program starts again in one where it may. */
function kernelOf(flags: Flags): KernelDataplaneName | null {
  const { dataplane, strategy } = dataplaneOf(flags, 'trace');
  if (dataplane === 'kubewire') return null;
  if (strategy !== undefined) flags.strategy = strategy;
  if (labAccess() === 'user-namespace') reexecInUserNamespace();
  return dataplane;
}

/** What the lab's nodes remember says nothing about another strategy or other flags. */
const askedAsItIs = ({ strategy, proxyMode }: Flags): boolean => strategy === undefined && proxyMode === undefined;

/** What a node of the running lab remembers; with the kernel, its connections alone. Null for the fabric. */
async function memoryOf(client: Client, node: string): Promise<Memory | null> {
  if (node === 'fabric') return null;
  const path = `/apis/kubewire.dev/v1alpha1/nodes/${encodeURIComponent(node)}`;
  const { items: flows } = await client.get<FlowList>(`${path}/flows`);
  if ((await getLab(client)).spec.dataplane !== 'kubewire') return { flows, affinities: [] };
  const { items: affinities } = await client.get<AffinityList>(`${path}/affinities`);
  return { flows, affinities };
}

async function run(flags: Flags, command: Command): Promise<void> {
  const kernel = kernelOf(flags);
  const requests = requestsOf(flags);
  // Before the world is read, because that makes the lab's strategy the default of the flag.
  const live = kernel === null && meansLab(flags) && !flags.fresh && askedAsItIs(flags);
  const nodes = requests.map((request) => request.node);
  const world = await loadWorld(flags, 'trace', () => clientOf(command), nodes);
  const tracer = new Tracer(world, strategyOf(flags, 'trace'), await engineFactory(flags.engine), world.strategies);
  const namespace = flags.namespace ?? 'default';
  const client = live ? clientOf(command) : null;
  const traces: Told[] = [];
  for (const request of requests) {
    const afresh = tracer.follow(request, namespace);
    const memory = client ? await memoryOf(client, afresh.result.node) : null;
    const recalled = memory ? recall(afresh, memory) : null;
    const followed = recalled ? tracer.follow(request, namespace, recalled) : afresh;
    const result = kernel === null ? followed.result : await askKernel(followed, kernel);
    const open = memory && openConnections(afresh, memory);
    const history = [...(recalled ? [recalled.sentence] : []), ...(open ? [open] : [])];
    traces.push({ result, advice: [...history, ...advise(world, followed)], stages: followed.told.stages });
  }
  print(traces, flags);
}

export function register(program: Command): void {
  const command = program.command('trace').description('Tell what happens to a packet, and because of which rule');
  manifestOption(command, true)
    .option('--from <source>', 'IP[:PORT], pod/NAME, node/NAME or client/NAME')
    .option('--to <destination>', 'IP:PORT, svc/NAME:PORT or DNSNAME:PORT');
  outputOption(strategyOption(command), ['text', 'json', 'html', 'md'], 'text')
    .addOption(offer(new Option('--proto <protocol>', 'what is sent').default('tcp'), ['tcp', 'udp', 'sctp', 'icmp']))
    .option('--fresh', 'in the running lab: as if the client had no connection and no affinity yet')
    .option('--node <node>', 'the node whose rules are asked')
    .option('--flows <file>', 'JSON array of {node, from, to, proto}; results come in the same order');
  worldOptions(dataplaneOption(command), true).action((flags: Flags, self: Command) => run(flags, self));
  closing(command, EXAMPLES, {}, NOTES);
}
