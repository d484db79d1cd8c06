// status.ts - `kubewire status`: what is running, since when, and whether everything is in force.

import type { Command } from 'commander';
import { humanDuration } from '../../cluster/columns/age.js';
import type { FastPath } from '../../lab/registration.js';
import { isPodReady } from '../../model/conditions.js';
import type { Pod } from '../../model/objects.js';
import { pressureText } from '../../observe/losses.js';
import { closing, outputOption } from '../flags.js';
import { type Client, clientOf, labOption } from '../lab/client.js';
import { readLosses } from '../lab/losses.js';
import { BEHIND_REMEDY, getLab, type LabObject, listAll } from '../lab/objects.js';
import { DESCRIPTION, tabulate } from '../print/tabwriter.js';

interface StatusFlags {
  readonly output?: string;
}

interface Summary {
  readonly name: string;
  readonly phase: string;
  readonly pid: number;
  readonly startTime: string;
  readonly strategy: string;
  /** The strategy in force on each node. */
  readonly strategies: Readonly<Record<string, string>>;
  readonly dataplane: string;
  readonly shards: number;
  readonly offloads: boolean;
  /** Who carries established connections. */
  readonly fastPath: FastPath;
  readonly nodes: number;
  /** Nodes that are switched off. */
  readonly stopped: readonly string[];
  readonly pods: { readonly running: number; readonly total: number };
  readonly services: number;
  readonly problems: readonly string[];
  /** The latest notices of the lab, oldest first. */
  readonly notices: readonly string[];
  /** Connection tables that are or were full; empty where the kernel tracks connections. */
  readonly pressure: readonly string[];
}

function summarise(lab: LabObject, pods: readonly Pod[], services: number, pressure: readonly string[]): Summary {
  const { spec, status, metadata } = lab;
  return {
    name: metadata.name,
    phase: status.phase,
    pid: status.pid,
    startTime: status.startTime,
    strategy: spec.strategy,
    strategies: status.strategies,
    dataplane: spec.dataplane,
    shards: spec.shards,
    offloads: spec.offloads,
    fastPath: spec.fastPath,
    nodes: spec.topology.nodes.length,
    stopped: status.stopped ?? [],
    pods: { running: pods.filter(isPodReady).length, total: pods.length },
    services,
    problems: status.problems,
    notices: status.notices,
    pressure,
  };
}

/** `nftables`, or `nftables, ipvs on node-2` where nodes have their own. */
function strategyText({ strategy, strategies }: Summary): string {
  const others = Object.entries(strategies).filter(([, own]) => own !== strategy && own !== '');
  return [strategy, ...others.map(([node, own]) => `${own} on ${node}`)].join(', ');
}

function dataplaneText(summary: Summary): string {
  const { dataplane, strategy, shards, offloads } = summary;
  if (dataplane !== 'kubewire') return `the kernel, with the rules of ${strategy}`;
  return `${strategyText(summary)}; ${shards} shard${shards === 1 ? '' : 's'}, offloads ${offloads ? 'on' : 'off'}`;
}

const fastPathText = ({ fastPath }: Summary): string =>
  fastPath.carrier === 'ebpf' ? 'established connections in the kernel (eBPF)' : `none: ${fastPath.why}`;

const switchedOff = ({ stopped }: Summary): string[] =>
  stopped.length === 0 ? [] : [`switched off: ${stopped.join(', ')}`];

function printText(summary: Summary): void {
  const { pods, problems, pressure, notices } = summary;
  const age = humanDuration(Date.now() - Date.parse(summary.startTime));
  const rows = [
    ['Lab:', summary.name],
    ['State:', `${summary.phase}, process ${summary.pid}, for ${age}`],
    ['Dataplane:', dataplaneText(summary)],
    ...(summary.dataplane === 'kubewire' ? [['Fast path:', fastPathText(summary)]] : []),
    ['Nodes:', [String(summary.nodes), ...switchedOff(summary)].join(', ')],
    ['Pods:', `${pods.running}/${pods.total} ready`],
    ['Services:', String(summary.services)],
    [
      'Tables:',
      problems.length === 0 ? 'in force' : `${problems.length} node${problems.length === 1 ? '' : 's'} behind`,
    ],
    ...[...problems, ...(problems.length > 0 ? [BEHIND_REMEDY] : [])].map((line) => ['', line]),
    ...pressure.map((line, i) => [i === 0 ? 'Connections:' : '', line]),
    ...notices.map((line, i) => [i === 0 ? 'Notices:' : '', line]),
  ];
  process.stdout.write(tabulate(rows, DESCRIPTION));
}

async function pressureIn(client: Client, { spec }: LabObject): Promise<string[]> {
  if (spec.dataplane !== 'kubewire') return [];
  const lists = await readLosses(client, [...spec.topology.nodes.map(({ name }) => name), 'fabric']);
  return lists.flatMap(({ table }) => pressureText(table) ?? []);
}

async function status(flags: StatusFlags, command: Command): Promise<void> {
  const client = clientOf(command);
  const [lab, pods, services] = await Promise.all([
    getLab(client),
    listAll<Pod>(client, 'Pod'),
    listAll(client, 'Service'),
  ]);
  const summary = summarise(lab, pods, services.length, await pressureIn(client, lab));
  if (flags.output === 'json') process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
  else printText(summary);
  if (summary.problems.length > 0) process.exitCode = 1;
}

export function register(program: Command): void {
  const command = program.command('status').description('Show whether a lab isPodReady, and what is in force in it.');
  labOption(outputOption(command, ['json'])).action(status);
  closing(command, 'kubewire status\nkubewire status -o json', {
    0: 'all tables are in force',
    1: 'no lab isPodReady, or a node is behind',
  });
}
