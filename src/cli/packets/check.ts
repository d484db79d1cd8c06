// check.ts - one check of the running lab, for `check` and `demo`: what is sent, and how the result is shown.
import { type EchoProbe, type EchoRow, echoProbes, runEchoes } from '../../lab/check/echo.js';
import { type Level, runSurvey, SURVEY_DEFAULTS, type SurveyRow } from '../../lab/check/survey.js';
import { userNamespaceOf } from '../../lab/host/host.js';
import { execInNamespace } from '../../lab/host/process.js';
import { Fault } from '../../model/fault.js';
import type { Service } from '../../model/objects.js';
import { serviceNamed } from '../../topology/naming.js';
import { podNotes, serviceNotes } from '../../topology/notes.js';
import { Exit } from '../failure.js';
import type { Client } from '../lab/client.js';
import { printEchoes, printNotes, printRemedies, printTable, summaryText } from '../print/check.js';
import { checkPage } from '../print/checkpage.js';
import { paint } from '../print/colour.js';
import { terminalWidth } from '../print/fit.js';
import { asPage } from '../print/page.js';
import {
  type CheckWorld,
  firstClusterIP,
  hostPortsOfLab,
  isLabsOwn,
  makeProbes,
  OpenNamespaces,
  readWorld,
} from './probes.js';

/** What is asked. */
interface CheckRequest {
  /** Requests per row. */
  readonly requests: number;
  /** Services as typed: `NAME`, `svc/NAME`, `NAMESPACE/NAME`; none: all of them. */
  readonly services: readonly string[];
  /**
   * The namespace of names that carry none. Without names: check only its Services; undefined: those of all
   * namespaces.
   */
  readonly namespace: string | undefined;
}

interface CheckResult {
  readonly rows: readonly SurveyRow[];
  /** ICMP rows; empty when single Services were asked for. */
  readonly echoes: readonly EchoRow[];
  /** Sentences about Services that no row tells. */
  readonly notes: readonly string[];
  readonly seconds: number;
}

/** What is shown of a result. */
interface CheckView {
  readonly output: 'wide' | 'json' | 'html' | 'md' | undefined;
  readonly levels: ReadonlySet<Level>;
}

export const EVERYTHING: ReadonlySet<Level> = new Set(['works', 'specified', 'wrong']);

/** The Services to check. Throws Fault NOT_FOUND for a name that does not exist. */
function wantedServices({ snapshot }: CheckWorld, { services: names, namespace }: CheckRequest): readonly Service[] {
  const { services } = snapshot;
  if (names.length === 0) {
    return services.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
  }
  return names.map((name) => serviceNamed(name, services, namespace ?? 'default'));
}

/** The ICMP rows; none, and a warning with the reason, where raw-socket cannot be used. */
async function echoesOf(probes: readonly EchoProbe[]): Promise<readonly EchoRow[]> {
  try {
    return await runEchoes(probes);
  } catch (error) {
    if (!(error instanceof Fault && error.code === 'TOOL_MISSING')) throw error;
    const warning = paint(process.stderr, 'yellow', 'warning:');
    process.stderr.write(`${warning} going on without pings: ${error.message}\n`);
    return [];
  }
}

/** Sends all requests and judges the answers. Throws Exit 1 when the lab has nothing to check. */
export async function runCheck(client: Client, request: CheckRequest): Promise<CheckResult> {
  const start = performance.now();
  const world = await readWorld(client);
  for (const problem of world.lab.status.problems)
    process.stderr.write(`${paint(process.stderr, 'yellow', 'warning:')} ${problem}\n`);
  const all = request.services.length === 0;
  const wanted = wantedServices(world, request).filter((service) => !all || !isLabsOwn(service, world));
  const notes = [...wanted.flatMap(serviceNotes), ...(all ? podNotes(world.pods) : [])];
  const namespaces = new OpenNamespaces();
  try {
    const probes = makeProbes(world, namespaces, wanted, all ? hostPortsOfLab(world) : []);
    if (probes.length === 0 && notes.length === 0) {
      throw new Exit(1, 'error: no Service has a frontend to check\nApply some: kubewire apply -f examples/shop');
    }
    const rows = await runSurvey(probes, { ...SURVEY_DEFAULTS, requests: request.requests });
    const modes = new Map(world.plans.map(({ node, config }) => [node.name, config.proxyMode]));
    const echoes = all ? await echoesOf(echoProbes(world.sources, firstClusterIP(world), modes)) : [];
    return { rows, echoes, notes, seconds: (performance.now() - start) / 1000 };
  } finally {
    namespaces.close();
  }
}

/** Prints the result for a person, or as JSON; sets exit code 1 if a row is wrong. */
export function printCheck(result: CheckResult, { output, levels }: CheckView): void {
  const { rows, echoes, notes, seconds } = result;
  const { stdout } = process;
  const passed = [...rows, ...echoes].every((row) => row.ok);
  if (!passed) process.exitCode = 1;
  const shown = rows.filter(({ level }) => levels.has(level));
  const heard = echoes.filter(({ ok }) => levels.has(ok ? 'works' : 'wrong'));
  if (output === 'json') {
    stdout.write(`${JSON.stringify({ passed, rows: shown, echoes: heard, notes, seconds }, null, 2)}\n`);
    return;
  }
  const summary = summaryText(rows, echoes, seconds, output === 'wide');
  const page = asPage(output, () => checkPage(shown, heard, levels.has('works') ? notes : [], summary));
  if (page !== null) {
    stdout.write(page);
    return;
  }
  const width = terminalWidth(stdout);
  const wide = output === 'wide';
  printTable(rows, { wide, levels, width }, stdout);
  printRemedies(shown, width, stdout);
  if (levels.has('works')) printNotes(notes, width, stdout);
  if (heard.length > 0) printEchoes(heard, width, stdout);
  if (rows.length === 0 && echoes.length === 0) return;
  stdout.write(`\n${paint(stdout, passed ? 'green' : 'red', summary)}\n`);
}

/** Set in the copy of this command that runs inside the lab's user namespace, so that there is only one copy. */
const INSIDE = 'KUBEWIRE_CHECK_INSIDE';

/**
 * Sockets in namespaces of another user namespace need its rights, and a process with threads cannot enter one. Then
 * this command runs once more, inside. Returns true if it did.
 */
export async function ranInside(client: Client): Promise<boolean> {
  if (process.env[INSIDE] !== undefined) return false;
  const { lab, sources } = await readWorld(client);
  const door = sources.clients[0] ?? sources.nodes[0];
  if (!door || userNamespaceOf(lab.status.pid) === userNamespaceOf('self')) return false;
  const env = { ...process.env, [INSIDE]: '1', KUBEWIRE_USER_NAMESPACE: String(process.getuid?.() ?? 0) };
  const words = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.exitCode = await execInNamespace(door.netns, words, { env });
  return true;
}
