// check.ts - `kubewire check`: real requests from every kind of source to every frontend, and were they right.
import type { Command } from 'commander';
import { type EchoRow, echoProbes, runEchoes } from '../../lab/check/echo.js';
import { runSurvey, SURVEY_DEFAULTS, type SurveyRow } from '../../lab/check/survey.js';
import { execInNamespace, userNamespaceOf } from '../../lab/host/host.js';
import { Exit, usage } from '../failure.js';
import { examples } from '../flags.js';
import { type Client, clientOf, labOption } from '../lab/client.js';
import { wholeNumber } from '../lab/run.js';
import { firstClusterIP, makeProbes, OpenNamespaces, readWorld } from '../packets/probes.js';
import { printEchoes, printTable, summaryText } from '../print/check.js';
import { paint } from '../print/colour.js';

interface CheckFlags {
  readonly requests: string;
  readonly output?: string;
}

/** Set in the copy of this command that runs inside the lab's user namespace, so that there is only one. */
const INSIDE = 'KUBEWIRE_CHECK_INSIDE';

export interface CheckResult {
  readonly rows: readonly SurveyRow[];
  /** ICMP; empty when single Services were asked for. */
  readonly echoes: readonly EchoRow[];
  readonly seconds: number;
}

/** Sends everything and judges it. Throws Exit 1 when the lab has nothing to check. */
export async function runCheck(client: Client, requests: number, services: readonly string[]): Promise<CheckResult> {
  const start = performance.now();
  const world = await readWorld(client);
  for (const problem of world.lab.status.problems)
    process.stderr.write(`${paint(process.stderr, 'yellow', 'warning:')} ${problem}\n`);
  const known = new Set(world.snapshot.services.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  const wanted = services.map((name) => (name.includes('/') ? name : `default/${name}`));
  const missing = wanted.find((name) => !known.has(name));
  if (missing) throw new Exit(1, `error: no Service ${missing}\nSee: kubewire get services -A`);
  const namespaces = new OpenNamespaces();
  try {
    const probes = makeProbes(world, namespaces, new Set(wanted));
    if (probes.length === 0) {
      throw new Exit(1, 'error: no Service has a frontend to check\nApply some: kubewire apply -f examples/shop');
    }
    const rows = await runSurvey(probes, { ...SURVEY_DEFAULTS, requests });
    const modes = new Map(world.plans.map(({ node, config }) => [node.name, config.proxyMode]));
    const echoes = wanted.length > 0 ? [] : await runEchoes(echoProbes(world.sources, firstClusterIP(world), modes));
    return { rows, echoes, seconds: (performance.now() - start) / 1000 };
  } finally {
    namespaces.close();
  }
}

/** The result for a person, or as JSON; sets exit code 1 when a row is wrong. */
export function printCheck(result: CheckResult, output: string | undefined): void {
  const { rows, echoes } = result;
  const passed = [...rows, ...echoes].every((row) => row.ok);
  if (output === 'json') process.stdout.write(`${JSON.stringify({ passed, ...result }, null, 2)}\n`);
  else {
    printTable(rows, output === 'wide', process.stdout);
    if (echoes.length > 0) printEchoes(echoes, process.stdout);
    const text = summaryText(rows, echoes, result.seconds);
    process.stdout.write(`\n${paint(process.stdout, passed ? 'green' : 'red', text)}\n`);
  }
  if (!passed) process.exitCode = 1;
}

/**
 * Sockets in the namespaces of another user namespace need its rights, and a process with threads cannot enter one: then
 * this command runs once more, inside. Returns true if that has happened.
 */
async function ranInside(client: Client): Promise<boolean> {
  if (process.env[INSIDE] !== undefined) return false;
  const { lab, sources } = await readWorld(client);
  const door = sources.clients[0] ?? sources.nodes[0];
  if (!door || userNamespaceOf(lab.status.pid) === userNamespaceOf('self')) return false;
  const env = { ...process.env, [INSIDE]: '1', KUBEWIRE_USER_NAMESPACE: String(process.getuid?.() ?? 0) };
  const words = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.exitCode = await execInNamespace(door.netns, words, { env });
  return true;
}

async function check(services: readonly string[], flags: CheckFlags, command: Command): Promise<void> {
  const requests = wholeNumber(flags.requests, '--requests', 'check', 1, 10_000);
  const { output } = flags;
  if (output !== undefined && output !== 'json' && output !== 'wide') {
    throw usage(`unknown output format "${output}", use wide or json`, 'check');
  }
  const client = clientOf(command);
  if (await ranInside(client)) return;
  printCheck(await runCheck(client, requests, services), output);
}

export function register(program: Command): void {
  const command = program
    .command('check')
    .description(
      'Send real HTTP and UDP requests from pods, nodes and the outside to every frontend of every Service, and verify\n' +
        'who answers, which client address the pod sees, and that what should not be reachable is not.\n' +
        'Exit code 0 when everything is as Kubernetes says, else 1.',
    )
    .argument('[services...]', 'NAMESPACE/NAME of the Services to check (default: all)')
    .option('--requests <count>', 'requests for each pair of source and frontend', String(SURVEY_DEFAULTS.requests))
    .option('-o, --output <format>', 'wide (one line a pair) or json');
  labOption(command).action(check);
  examples(command, 'kubewire check\nkubewire check shop/web -o wide\nkubewire check -o json | jq .passed');
}
