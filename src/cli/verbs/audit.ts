// audit.ts - kubewire audit: what is wrong with the rules of a whole cluster, gathered by pods that run for minutes.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { gather } from '../../audit/gather.js';
import { metricsOf } from '../../audit/metrics.js';
import { type FleetReport, fleetReport, isWell } from '../../audit/report.js';
import { changeLines, differenceLine, fleetLines, sumLine, tellFleet } from '../../audit/story.js';
import { passedOver, type VisitOptions } from '../../audit/visit.js';
import type { Changer } from '../../live/changer.js';
import { LIVE_PATHS, liveObjects } from '../../live/objects.js';
import { Watched } from '../../live/watched.js';
import { durationSeconds } from '../../model/duration.js';
import type { KubeObject, Node } from '../../model/objects.js';
import { timestamp } from '../../model/timestamp.js';
import { worldFromObjects } from '../../observe/objects.js';
import type { World } from '../../observe/world.js';
import { usage } from '../failure.js';
import { closing, outputOption } from '../flags.js';
import { stopSignal } from '../lab/signal.js';
import { changerOf, type LiveFlags } from '../packets/live.js';
import { configOf, type ProxyFlags, proxyOptions } from '../packets/proxyflags.js';
import { scriptPath } from '../packets/script.js';
import { asPage, type Page, typedCommand } from '../print/page.js';

interface Flags extends LiveFlags, ProxyFlags {
  namespace: string;
  allNodes?: boolean;
  image: string;
  timeout: string;
  watch?: boolean;
  every: string;
  output: string;
}

const EXAMPLES = `
kubewire audit --kubeconfig ~/.kube/config
kubewire audit --kubeconfig ~/.kube/config --all-nodes -o html > audit.html
kubewire audit --kubeconfig ~/.kube/config -o prometheus > /var/lib/node_exporter/kubewire.prom
kubewire audit --kubeconfig ~/.kube/config --all-nodes --watch --every 5m    tells what comes and goes`;

const NOTES = `
A DaemonSet of a name of its own comes to run for as long as it takes, and with it a ConfigMap that holds the script of kubewire
collect. Its pods share the network of their nodes, have of all capabilities NET_ADMIN and NET_RAW alone (iptables-save and nft
need them), see their own files read-only, and change nothing. What they gathered is in their logs until they are taken away.
Services, EndpointSlices, Nodes and Pods are read before and after: what is wrong by both readings is told. The user of the
kubeconfig must be allowed to create and delete DaemonSets and ConfigMaps in the namespace, and to read its pods and logs.
What an interrupted audit leaves: kubectl -n kube-system delete ds,cm -l app.kubernetes.io/name=kubewire-audit`;

function secondsOf(text: string, flag: string): number {
  const seconds = durationSeconds(text);
  if (seconds !== null && seconds > 0) return seconds;
  throw usage(`${flag} is a duration such as 90s or 10m, not "${text}"`, 'audit');
}

const readAll = async (cluster: Changer): Promise<KubeObject[]> => liveObjects(await Watched.read(cluster, LIVE_PATHS));

const worldOf = (objects: readonly KubeObject[], flags: Flags): Promise<World> =>
  worldFromObjects(objects, {
    impliedNode: null,
    config: configOf(flags, 'audit'),
    taking: { how: 'recorded', why: 'a cluster runs it' },
  });

/** One visit to every node, and what came of it. */
async function once(cluster: Changer, flags: Flags): Promise<FleetReport> {
  const allNodes = flags.allNodes === true;
  const before = await readAll(cluster);
  const nodes = before
    .filter((object): object is Node => object.kind === 'Node')
    .map((node) => ({ node: node.metadata.name, problem: passedOver(node, allNodes) }));
  const options: VisitOptions = {
    name: `kubewire-audit-${randomBytes(4).toString('hex')}`,
    namespace: flags.namespace,
    image: flags.image,
    allNodes,
    script: readFileSync(scriptPath(), 'utf8'),
  };
  const patience = { timeoutMs: secondsOf(flags.timeout, '--timeout') * 1000, clock: Date.now, pause };
  const visited = nodes.filter(({ problem }) => problem === '').map(({ node }) => node);
  const gathered = await gather(cluster, options, visited, patience);
  const worlds = await Promise.all([before, await readAll(cluster)].map((objects) => worldOf(objects, flags)));
  return fleetReport({
    context: cluster.target.context,
    gathered,
    passedOver: nodes.filter(({ problem }) => problem !== ''),
    worlds,
    given: configOf(flags, 'audit'),
  });
}

function pageOf(report: FleetReport): Page {
  const { context, nodes, unheard, passedOver: left, findings, disagreements } = report;
  const row = (mark: '✓' | '✗' | '', node: string, rules: string, found: string) => ({
    mark,
    cells: [node, rules, found],
  });
  return {
    title: `Audit of ${context}`,
    answer: sumLine(report),
    well: isWell(report),
    sections: [
      {
        title: 'Nodes',
        table: {
          head: ['Node', "kube-proxy's rules", 'Findings'],
          rows: [
            ...nodes.map((one) =>
              row(one.findings === 0 ? '✓' : '✗', one.node, one.modes.join(', ') || 'none', String(one.findings)),
            ),
            ...unheard.map(({ node, problem }) => row('✗', node, 'not heard', problem)),
            ...left.map(({ node, problem }) => row('', node, 'passed over', problem)),
          ],
        },
      },
      ...findings.map((one) => ({ title: one.message, lines: fleetLines(one, nodes.length).slice(1) })),
      ...(disagreements.length === 0 ? [] : [{ title: 'How nodes differ', lines: disagreements.map(differenceLine) }]),
    ],
    legend: [
      ['✓', 'nothing is wrong there'],
      ['✗', 'something is wrong there, or it was not heard'],
    ],
    again: typedCommand(),
  };
}

async function print(report: FleetReport, output: string): Promise<void> {
  const page = asPage(output, () => pageOf(report));
  if (page !== null) process.stdout.write(page);
  else if (output === 'json') process.stdout.write(`${JSON.stringify(report)}\n`);
  else process.stdout.write(output === 'prometheus' ? await metricsOf(report) : tellFleet(report));
}

/** Again and again, until it is asked to end: the first report whole, then what came and what went. */
async function watch(cluster: Changer, flags: Flags, every: number): Promise<void> {
  const asked = stopSignal();
  const ended = new AbortController();
  void asked.promise.then(() => ended.abort());
  let last: FleetReport | null = null;
  while (!ended.signal.aborted) {
    const report: FleetReport = await once(cluster, flags);
    if (last === null || flags.output === 'json') await print(report, flags.output);
    else for (const line of changeLines(last, report)) process.stdout.write(`${timestamp(new Date())} ${line}\n`);
    last = report;
    process.exitCode = isWell(report) ? 0 : 1;
    await pause(every * 1000, undefined, { signal: ended.signal }).catch(() => undefined);
  }
}

async function run(flags: Flags): Promise<void> {
  const every = secondsOf(flags.every, '--every');
  if (flags.watch && !['text', 'json'].includes(flags.output))
    throw usage('--watch prints text or json, one report after the other', 'audit');
  const cluster = changerOf(flags, 'audit');
  if (flags.watch) return watch(cluster, flags, every);
  const report = await once(cluster, flags);
  await print(report, flags.output);
  if (!isWell(report)) process.exitCode = 1;
}

export function register(program: Command): void {
  const command = program
    .command('audit')
    .description("Tell what is wrong with the rules of a cluster's nodes, which pods of its own gather")
    .option('--kubeconfig <path>', 'the cluster (default: in a pod, its own)')
    .option('--context <name>', 'with --kubeconfig: the context (default: the current one)')
    .option('--all-nodes', 'also nodes whose taints keep ordinary pods away, such as control planes')
    .option('-n, --namespace <namespace>', 'where the pods run: it must allow hostNetwork', 'kube-system')
    .option(
      '--image <image>',
      'what they run: a shell, iptables, nft, ip and their like',
      'docker.io/nicolaka/netshoot:v0.13',
    )
    .option('--timeout <duration>', 'how long to wait for all nodes', '2m')
    .option('--watch', 'do it again and again, and tell what has changed')
    .option('--every <duration>', 'with --watch: how often', '10m');
  outputOption(command, ['text', 'json', 'html', 'md', 'prometheus'], 'text');
  command.optionsGroup("kube-proxy's flags and the cluster's:");
  proxyOptions(command, false).action(run);
  closing(command, EXAMPLES, { 1: 'not done, or something is wrong, or a node was not heard' }, NOTES);
}
