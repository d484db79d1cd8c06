// agent.ts - kubewire agent: runs emulated nodes of a cluster on this machine, joined to those of other machines.
import { hostname, networkInterfaces } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { startAgent } from '../../agent/agent.js';
import { STRATEGY_NAMES } from '../../compile/strategy.js';
import { labAccess } from '../../lab/host/process.js';
import { parseAddress } from '../../model/address.js';
import { durationSeconds } from '../../model/duration.js';
import { Fault } from '../../model/fault.js';
import { MAX_NODES } from '../../topology/topology.js';
import { usage } from '../failure.js';
import { closing, offer } from '../flags.js';
import { wholeNumber } from '../lab/number.js';
import { stopSignal } from '../lab/signal.js';
import { changerOf, type LiveFlags } from '../packets/live.js';
import { list } from '../packets/proxyflags.js';

interface Flags extends LiveFlags {
  name?: string;
  nodes: string;
  capacity: string;
  wireAddress?: string;
  lease: string;
  strategy: string;
  serviceClusterIpRange?: string[];
}

const EXAMPLES = `
kubewire agent --kubeconfig lab.kubeconfig --nodes 3
kubewire agent --kubeconfig lab.kubeconfig --name spare --nodes 0      adopts nodes whose agent is gone
kubewire agent --kubeconfig lab.kubeconfig --wire-address 10.0.0.7     where other agents reach this one`;

const NOTES = `
Emulated nodes are objects kubewire-1, kubewire-2 … with the label and the taint kubewire.dev/emulated: pods come there that
tolerate it. Their Leases in kube-node-lease say which agent runs them. An agent that cannot renew a Lease stops the node with
its pods before others can take it; after the Lease's time another agent adopts it, and its pods start anew. Tables are
made here, from watches, so packets do not wait for the API. Nodes of other agents are reached by VXLAN
(UDP port 14789) between the wire addresses. It needs root.

What it does not do yet: kubectl logs and exec do not reach its pods (on this machine nsenter does, by the path in the pod's
annotation kubewire.dev/netns); tokens of ServiceAccounts are not given to pods; there is no outside client and no load
balancer, and health check node ports are not served; adopted nodes are not given back; a capture sees one agent alone.`;

const LEAST_LEASE = 2;

/** The first address by which other machines may reach this one. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (found) return found.address;
  throw new Fault('USAGE', 'this machine has no IPv4 address besides loopback', 'Say which one: --wire-address IP');
}

function wireAddressOf({ wireAddress = ownAddress() }: Flags): string {
  if (parseAddress(wireAddress)?.family === 'IPv4') return wireAddress;
  throw usage(`--wire-address: "${wireAddress}" is no IPv4 address`, 'agent');
}

function leaseOf({ lease }: Flags): number {
  const seconds = durationSeconds(lease);
  if (seconds !== null && seconds >= LEAST_LEASE) return Math.round(seconds) * 1000;
  throw usage(`--lease is a duration of at least ${LEAST_LEASE}s, not "${lease}"`, 'agent');
}

async function run(flags: Flags): Promise<void> {
  const asked = stopSignal();
  const nodes = wholeNumber(flags.nodes, '--nodes', 'agent', 0, MAX_NODES);
  const { serviceClusterIpRange: serviceCIDRs } = flags;
  const options = {
    cluster: changerOf(flags, 'agent'),
    name: flags.name ?? hostname(),
    nodes,
    capacity: wholeNumber(flags.capacity, '--capacity', 'agent', nodes, MAX_NODES),
    wireAddress: wireAddressOf(flags),
    leaseMs: leaseOf(flags),
    strategy: flags.strategy,
    ranges: serviceCIDRs ? { serviceCIDRs } : {},
  };
  if (labAccess() !== 'direct')
    throw new Fault('NO_PERMISSION', 'an agent joins the network of its machine', 'Run it as root.');
  const agent = await startAgent({
    ...options,
    seed: 1,
    clock: () => new Date(),
    monotonic: () => performance.now(),
    random: Math.random,
    pause: (ms) => pause(ms),
    report: (message) => process.stderr.write(`${message}\n`),
  });
  process.stderr.write(
    `agent ${options.name} has joined ${options.cluster.target.context}; its wire is ${options.wireAddress}\n`,
  );
  await asked.promise;
  await agent.close();
}

export function register(program: Command): void {
  const command = program
    .command('agent')
    .description('Run emulated nodes of a cluster on this machine, joined to those of other machines')
    .option('--kubeconfig <path>', 'the cluster (default: in a pod, its own)')
    .option('--context <name>', 'with --kubeconfig: the context (default: the current one)')
    .option('--name <agent>', 'its name in the cluster (default: the name of this machine)')
    .option('--nodes <count>', 'nodes that it makes, unless it has made them before', '1')
    .option('--capacity <count>', 'nodes that it runs at most, with adopted ones', String(MAX_NODES))
    .option('--wire-address <address>', 'where other agents reach it (default: the first address of this machine)')
    .option('--lease <duration>', 'after so long without a sign of life its nodes are adopted', '15s')
    .addOption(offer(new Option('--strategy <name>', 'how rules are looked up').default('nftables'), STRATEGY_NAMES))
    .option('--service-cluster-ip-range <cidr>', "the cluster's Service ranges, one a family", list)
    .action(run);
  closing(command, EXAMPLES, {}, NOTES);
}
