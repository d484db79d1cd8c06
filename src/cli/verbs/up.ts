// up.ts - `kubewire up`: starts a lab, fills it with manifests, and keeps it until Ctrl-C, or in the background.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Command } from 'commander';
import { Exit } from '../failure.js';
import { closing, filesOption } from '../flags.js';
import { invocation } from '../invocation.js';
import { Client } from '../lab/client.js';
import { showPage } from '../lab/dash.js';
import { labOptions, labOptionsOf, type UpFlags } from '../lab/flags.js';
import { type LabOptions, prepareLab, Steps, startLab } from '../lab/run.js';
import { sayHowToUse } from '../lab/welcome.js';
import { liveOptions } from '../packets/live.js';

/** Set in the process that `--detach` leaves behind. */
const BACKGROUND = 'KUBEWIRE_BACKGROUND';
/** Pause between two looks while waiting, in milliseconds. */
const LOOK_MS = 50;

/** The process that stays: it has no terminal to write to any more. */
function leaveTerminal(): void {
  closeSync(2);
  openSync('/dev/null', 'w');
}

async function runForeground(options: LabOptions, dash: boolean): Promise<void> {
  const steps = new Steps();
  const lab = await startLab(await prepareLab(options), steps, (running) => {
    const background = process.env[BACKGROUND] !== undefined;
    const flag = options.name === 'default' ? '' : ` --name ${options.name}`;
    sayHowToUse(running, options.name, background ? `  ${invocation()}${flag} down` : 'Ctrl-C ends it.');
    if (background) leaveTerminal();
  });
  if (dash && process.env[BACKGROUND] === undefined) await showPage(new Client(options.name), true);
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

/** Starts this command again in the background and waits until its lab runs, or has said why it does not. */
async function runDetached(name: string): Promise<void> {
  const words = process.argv.slice(1).filter((word) => word !== '--detach' && word !== '--detach=true');
  const child = spawn(process.execPath, [...process.execArgv, ...words], {
    detached: true,
    stdio: ['inherit', 'ignore', 'inherit'],
    env: { ...process.env, [BACKGROUND]: '1' },
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on('exit', (code) => resolve(code ?? 1));
    child.on('error', reject);
  });
  const client = new Client(name);
  for (;;) {
    const code = await Promise.race([ended, new Promise<null>((resolve) => setTimeout(() => resolve(null), LOOK_MS))]);
    // The other process has already said what was wrong.
    if (code !== null) throw new Exit(code);
    if (await isRunning(client)) break;
  }
  child.unref();
}

async function up(flags: UpFlags & { readonly dash?: boolean }, command: Command): Promise<void> {
  const { name = 'default' } = command.optsWithGlobals<{ name?: string }>();
  const options = labOptions(flags, name, 'up');
  const dash = flags.dash === true;
  if (flags.detach && process.env[BACKGROUND] === undefined) {
    await runDetached(name);
    if (dash) await showPage(new Client(name), true);
  } else await runForeground(options, dash);
}

export function register(program: Command): void {
  const command = program
    .command('up')
    .description(
      'Start a lab: nodes, pods and an outside client as network namespaces, and a dataplane between them that does\n' +
        'what kube-proxy would. It runs until Ctrl-C; the network of this machine is never touched.',
    );
  filesOption(command, 'a manifest, a directory of them, or - for standard input; may be repeated');
  labOptionsOf(liveOptions(command))
    .option('--detach', 'return when the lab runs, and leave it in the background')
    .option('--dash', 'show the lab in a browser, and print the address of the page')
    .option('--state <directory>', 'keep all objects there: the next lab with it has them, and starts its pods anew')
    .action(up);
  closing(
    command,
    'kubewire up -f examples/shop\nkubewire up --kubeconfig ~/.kube/config    the Services of a live cluster as they change, with stand-ins for its pods\nkubewire up -f shop.yaml --nodes 5 --strategy ipvs --detach\n' +
      'kubewire up --service-cluster-ip-range 10.0.0.0/16,2001:db8::/112 --load-balancer-pool none\n' +
      'kubewire up --nodes 0 --recorded    only the API: Pods are what a client says that they are',
  );
}
