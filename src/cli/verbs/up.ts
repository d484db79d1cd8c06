// up.ts - `kubewire up`: starts a lab, fills it with manifests, and keeps it until Ctrl-C, or in the background.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Command } from 'commander';
import type { Service } from '../../model/objects.js';
import { Exit } from '../failure.js';
import { examples, filesOption } from '../flags.js';
import { Client, labOption } from '../lab/client.js';
import { type LabRangeFlags, labRangeOptions, labRanges } from '../lab/ranges.js';
import {
  type LabOptions,
  MAX_NODES,
  MAX_SHARDS,
  prepareLab,
  type RunningLab,
  STRATEGY_NAMES,
  Steps,
  startLab,
  wholeNumber,
} from '../lab/run.js';
import { DATAPLANE_HELP, dataplaneOf } from '../packets/dataplane.js';
import { paint } from '../print/colour.js';

export interface UpFlags extends LabRangeFlags {
  readonly filename?: readonly string[];
  readonly nodes?: string;
  readonly dataplane: string;
  readonly shards?: string;
  readonly offloads: boolean;
  readonly seed: string;
  readonly detach?: boolean;
}

/** Set in the process that `--detach` leaves behind. */
const BACKGROUND = 'KUBEWIRE_BACKGROUND';
/** How often the one who waits looks, milliseconds. */
const LOOK_MS = 50;

export function labOptions(flags: UpFlags, name: string, verb: string): LabOptions {
  return {
    name,
    files: flags.filename ?? [],
    nodes: flags.nodes === undefined ? undefined : wholeNumber(flags.nodes, '--nodes', verb, 0, MAX_NODES),
    strategy: 'nftables',
    ...dataplaneOf(flags, verb),
    shards: flags.shards === undefined ? undefined : wholeNumber(flags.shards, '--shards', verb, 1, MAX_SHARDS),
    offloads: flags.offloads,
    seed: wholeNumber(flags.seed, '--seed', verb, 0, 0xffffffff),
    ranges: labRanges(flags, verb),
  };
}

/** A command line that surely works in this lab: its first load balancer address, else its nodes. */
function tryOut(lab: RunningLab): string {
  const services = lab.emulator.cluster.snapshot().services as readonly Service[];
  for (const { status, spec } of services) {
    const ip = status?.loadBalancer?.ingress?.[0]?.ip;
    const port = spec.ports?.find(({ protocol }) => protocol !== 'UDP' && protocol !== 'SCTP')?.port;
    if (!ip || !port) continue;
    const host = ip.includes(':') ? `[${ip}]` : ip;
    return `exec client/outside -- curl -s http://${host}${port === 80 ? '' : `:${port}`}/`;
  }
  return 'get nodes';
}

/** What to do next, for a person. */
export function sayHowToUse(lab: RunningLab, name: string, ending: string): void {
  const flag = name === 'default' ? '' : ` --name ${name}`;
  const { stderr } = process;
  const commands = ['check', 'get services,pods -A', tryOut(lab)].map((text) => `  kubewire${flag} ${text}`);
  stderr.write(
    `\n${paint(stderr, 'bold', 'The lab runs.')} Try in another terminal:\n${commands.join('\n')}\n${ending}\n`,
  );
}

/** The process that stays: from here on it has no terminal to write to. */
function leaveTerminal(): void {
  closeSync(2);
  openSync('/dev/null', 'w');
}

async function runForeground(options: LabOptions): Promise<void> {
  const steps = new Steps();
  const lab = await startLab(await prepareLab(options), steps, (running) => {
    const background = process.env[BACKGROUND] !== undefined;
    const flag = options.name === 'default' ? '' : ` --name ${options.name}`;
    sayHowToUse(running, options.name, background ? `  kubewire${flag} down` : 'Ctrl-C ends it.');
    if (background) leaveTerminal();
  });
  await lab.asked;
  if (process.env[BACKGROUND] === undefined) process.stderr.write('\nEnding the lab.\n');
  await lab.close();
}

async function isRunning(client: Client): Promise<boolean> {
  try {
    const lab = await client.get<{ status?: { phase?: string } }>(`/apis/kubewire.dev/v1alpha1/labs/${client.labName}`);
    return lab.status?.phase === 'Running';
  } catch {
    return false;
  }
}

/** Starts this command again in the background and waits until its lab runs, or it has said why not. */
async function runDetached(name: string): Promise<void> {
  const words = process.argv.slice(1).filter((word) => word !== '--detach' && word !== '--detach=true');
  const child = spawn(process.execPath, [...process.execArgv, ...words], {
    detached: true,
    stdio: ['inherit', 'ignore', 'inherit'],
    env: { ...process.env, [BACKGROUND]: '1' },
  });
  const ended = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
  const client = new Client(name);
  for (;;) {
    const code = await Promise.race([ended, new Promise<null>((resolve) => setTimeout(() => resolve(null), LOOK_MS))]);
    // It has said itself what was wrong.
    if (code !== null) throw new Exit(code);
    if (await isRunning(client)) break;
  }
  child.unref();
}

async function up(flags: UpFlags, command: Command): Promise<void> {
  const { name = 'default' } = command.optsWithGlobals<{ name?: string }>();
  const options = labOptions(flags, name, 'up');
  if (flags.detach && process.env[BACKGROUND] === undefined) await runDetached(name);
  else await runForeground(options);
}

/** The options that `up` and `demo` share. */
export function labOptionsOf(command: Command): Command {
  labOption(command, 'a name for the lab, when several are to run')
    .option(
      '--nodes <count>',
      'machines of the cluster; 0: only the API and controllers (default: what Node objects say, else 3)',
    )
    .option('--strategy <name>', `how rules are looked up: ${STRATEGY_NAMES.join(', ')} (default "nftables")`)
    .option('--dataplane <name>', DATAPLANE_HELP, 'kubewire')
    .option('--shards <count>', 'threads of the dataplane (default: half of the processors, 1 to 4)')
    .option('--no-offloads', 'no checksum and segmentation offload: every frame is whole and at most 1514 bytes')
    .option('--seed <number>', 'seed of everything that is drawn', '1');
  return labRangeOptions(command);
}

export function register(program: Command): void {
  const command = program
    .command('up')
    .description(
      'Start a lab: nodes, pods and an outside client as network namespaces, and a dataplane between them that does\n' +
        'what kube-proxy would. It runs until Ctrl-C; the network of this machine is never touched.',
    );
  filesOption(command, 'a manifest, a directory of them, or - for standard input; may be repeated');
  labOptionsOf(command).option('--detach', 'return when the lab runs, and leave it in the background').action(up);
  examples(
    command,
    'kubewire up -f examples/shop\nkubewire up -f shop.yaml --nodes 5 --strategy ipvs --detach\n' +
      'kubewire up --service-cluster-ip-range 10.0.0.0/16,2001:db8::/112 --load-balancer-pool none\n' +
      'kubewire up --nodes 0 --recorded    only the API: Pods are what a client says that they are',
  );
}
