// node.ts - `kubewire node`: switches machines of the running lab off and on, takes their pods away, and themselves.
import { Argument, type Command } from 'commander';
import { isReason } from '../../live/status.js';
import type { Node, Pod } from '../../model/objects.js';
import { nodeNamed } from '../../topology/naming.js';
import { Exit, usage } from '../failure.js';
import { closing, offer } from '../flags.js';
import { type Client, clientOf, labOption, PATCH_TYPES } from '../lab/client.js';
import { getLab, listAll } from '../lab/objects.js';

/** Time that a node has to go or come, in milliseconds. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 50;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LOOK_MS));

/** The machine that was meant. Throws Exit 1 when the lab has none of that name. */
async function machineNamed(client: Client, text: string): Promise<string> {
  const { spec } = await getLab(client);
  return nodeNamed(text, spec.topology.nodes).name;
}

/** Whether this changed anything. Resolves when it is done. */
async function turn(client: Client, name: string, on: boolean): Promise<boolean> {
  const { spec, metadata } = await getLab(client);
  const others = (spec.stopped ?? []).filter((one) => one !== name);
  const was = others.length === (spec.stopped ?? []).length;
  if (was === on) return false;
  // With the version that was read, so that two who do this at once do not undo each other.
  const { resourceVersion } = metadata;
  const body = { metadata: { resourceVersion }, spec: { stopped: on ? others : [...others, name] } };
  const path = `/apis/kubewire.dev/v1alpha1/labs/${client.labName}`;
  await client.exchange('PATCH', path, { body, contentType: PATCH_TYPES.merge });
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { status } = await getLab(client);
    if (on !== (status.stopped ?? []).includes(name)) return true;
    if (performance.now() > deadline) throw new Exit(1, `error: ${name} is still as it was\nSee: kubewire status`);
    await pause();
  }
}

async function stop(client: Client, name: string): Promise<void> {
  say(`node/${name} ${(await turn(client, name, false)) ? 'stopped' : 'is stopped already'}`);
}

async function start(client: Client, name: string): Promise<void> {
  say(`node/${name} ${(await turn(client, name, true)) ? 'started' : 'runs already'}`);
}

async function cordon(client: Client, name: string, unschedulable: boolean): Promise<void> {
  const path = `/api/v1/nodes/${encodeURIComponent(name)}`;
  const { spec } = await client.get<Node>(path);
  const word = unschedulable ? 'cordoned' : 'uncordoned';
  if ((spec?.unschedulable ?? false) === unschedulable) return say(`node/${name} already ${word}`);
  const body = { spec: { unschedulable: unschedulable || null } };
  await client.exchange('PATCH', path, { body, contentType: PATCH_TYPES.merge });
  say(`node/${name} ${word}`);
}

/** Pods of a DaemonSet would only come back: kubectl drain leaves them, too, when it is told to. */
const leaves = ({ metadata, spec, status }: Pod, node: string): boolean =>
  spec.nodeName === node &&
  !/^(Succeeded|Failed)$/.test(status?.phase ?? '') &&
  !metadata.ownerReferences?.some(({ kind, controller }) => controller && kind === 'DaemonSet');

/** Asks for an eviction until no PodDisruptionBudget is against it any more. */
async function evict(client: Client, { metadata }: Pod): Promise<void> {
  const { namespace = 'default', name } = metadata;
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  say(`evicting pod ${namespace}/${name}`);
  for (;;) {
    try {
      await client.exchange('POST', path, { body });
      return;
    } catch (error) {
      if (isReason(error, 'NotFound')) return;
      if (!isReason(error, 'TooManyRequests')) throw error;
    }
    await pause();
  }
}

async function drain(client: Client, name: string): Promise<void> {
  await cordon(client, name, true);
  const pods = (await listAll<Pod>(client, 'Pod')).filter((pod) => leaves(pod, name));
  await Promise.all(pods.map((pod) => evict(client, pod)));
  const gone = new Set(pods.map(({ metadata }) => metadata.uid));
  while ((await listAll<Pod>(client, 'Pod')).some(({ metadata }) => gone.has(metadata.uid))) await pause();
  say(`node/${name} drained`);
}

const isMember = async (client: Client, name: string): Promise<boolean> =>
  (await listAll<Node>(client, 'Node')).some(({ metadata }) => metadata.name === name);

/** As who takes a machine out of service: its pods go first, then it leaves the cluster, and then it is switched off. */
async function remove(client: Client, name: string): Promise<void> {
  if (await isMember(client, name)) {
    await drain(client, name);
    await client.exchange('DELETE', `/api/v1/nodes/${encodeURIComponent(name)}`);
  }
  await turn(client, name, false);
  say(`node/${name} removed`);
}

/** Its kubelet starts and makes the node known. One that runs without being known starts again. */
async function add(client: Client, name: string): Promise<void> {
  if (await isMember(client, name)) return say(`node/${name} is one already`);
  await turn(client, name, false);
  await turn(client, name, true);
  say(`node/${name} added`);
}

type Action = (client: Client, node: string) => Promise<void>;

const ACTIONS: Readonly<Record<string, { readonly about: string; readonly run: Action }>> = {
  stop: { about: 'switch it off, as if somebody pulled its plug', run: stop },
  start: { about: 'switch it on again', run: start },
  remove: { about: 'drain it, delete it from the cluster, switch it off', run: remove },
  add: { about: 'switch it on and make it known again, after remove or kubectl delete node', run: add },
  drain: { about: 'cordon it and evict its pods, but for those of DaemonSets', run: drain },
  cordon: { about: 'no more pods for it', run: (client, node) => cordon(client, node, true) },
  uncordon: { about: 'pods for it again', run: (client, node) => cordon(client, node, false) },
};

async function run(action: string, names: string[], _flags: unknown, command: Command): Promise<void> {
  const chosen = ACTIONS[action];
  if (!chosen) throw usage(`"${action}" is none of ${Object.keys(ACTIONS).join(', ')}`, 'node');
  if (names.length === 0) throw usage(`which node? node ${action} NAME`, 'node');
  const client = clientOf(command);
  const machines: string[] = [];
  for (const name of names) machines.push(await machineNamed(client, name));
  for (const machine of machines) await chosen.run(client, machine);
}

export function register(program: Command): void {
  const width = Math.max(...Object.keys(ACTIONS).map((name) => name.length));
  const list = Object.entries(ACTIONS).map(([name, { about }]) => `  ${name.padEnd(width)}  ${about}`);
  const command = program
    .command('node')
    .description(
      'Switch machines of the running lab off and on. A node that is off says nothing: after the time of up --node-grace it\n' +
        'is lost, and after what its pods tolerate they are replaced elsewhere, with other addresses.',
    )
    .addArgument(offer(new Argument('<action>', 'what to do'), Object.keys(ACTIONS)))
    .argument('[node...]', 'the machines');
  labOption(command).action(run);
  closing(
    command,
    'kubewire node stop node-2\nkubewire node start node-2\nkubewire node drain node-3\n' +
      'kubewire node remove node-3\nkubewire node add node-3',
    {},
    `Actions:\n${list.join('\n')}`,
  );
}
