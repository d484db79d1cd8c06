// world.ts - flags that several verbs share to say what is traced: manifests, nodes, kube-proxy's own options; or the lab.
import type { Command } from 'commander';
import { STRATEGY_NAMES } from '../../compile/strategy.js';
import type { LabSpec } from '../../lab/registration.js';
import type { LoadedObject } from '../../manifest/load.js';
import { parseAddress, parseCidr } from '../../model/address.js';
import type { KubeObject } from '../../model/objects.js';
import { RefusedChange, worldsOfChange } from '../../observe/change.js';
import { type ImpliedNode, worldFromObjects } from '../../observe/objects.js';
import type { Taking } from '../../observe/taking.js';
import { type LabObjects, type World, worldOfLab } from '../../observe/world.js';
import { withoutKind } from '../../topology/naming.js';
import { usage } from '../failure.js';
import { offer } from '../flags.js';
import { type Client, labOption } from '../lab/client.js';
import { type LiveFlags, liveOptions, readLive, unwritten } from './live.js';
import { explain, type FileFlags, loadFiles, objectsOf } from './manifests.js';
import { configOf, list, proxyOptions } from './proxyflags.js';

export { strategyOf } from './proxyflags.js';

export interface WorldFlags extends FileFlags, LiveFlags {
  filename: string[];
  engine: string;
  node?: string;
  nodeIp: string[];
  nodeLabel: string[];
  nodePodCidr: string[];
}

const more = (value: string, before: string[] = []): string[] => [...before, value];

/**
 * `-f`, which a verb puts first in its help. Without it the running lab is meant.
 * @param open the list may go on without repeating the flag (`-f a.yaml b.yaml`); not for verbs with arguments
 */
export const manifestOption = (command: Command, open: boolean): Command =>
  command.option(
    `-f, --filename <path${open ? '...' : ''}>`,
    'manifests: a file, a directory or - for standard input; may be repeated (default: the running lab)',
    more,
    [],
  );

/** Nothing is given, so the running lab is meant. */
export const meansLab = ({ filename, kubeconfig }: WorldFlags): boolean =>
  filename.length === 0 && kubeconfig === undefined;

export const strategyOption = (command: Command): Command =>
  command.addOption(
    offer(
      command.createOption(
        '--strategy <name>',
        'how rules are looked up (default: that of --proxy-mode, else nftables)',
      ),
      STRATEGY_NAMES,
    ),
  );

/** What `-f` holds, where a guess is not what is meant. */
export const takingOptions = (command: Command): Command =>
  command
    .option('--recorded', 'the state of a cluster: the objects are taken as they are')
    .option('--allocate', 'manifests: addresses, ports, pods and slices are given as the lab gives them');

/**
 * Adds the remaining flags after those of the verb, in groups of their own, because few people need them.
 * @param open lists may go on without repeating the flag
 */
export function worldOptions(command: Command, open: boolean): Command {
  const dots = open ? '...' : '';
  command
    .option('-n, --namespace <namespace>', 'namespace of names without one (default "default")')
    .addOption(
      offer(
        command
          .createOption('--engine <kind>', 'what runs the tables (default: native if it is built)')
          .default('auto'),
        ['native', 'reference'],
      ),
    );
  liveOptions(labOption(command));
  command.optionsGroup('What -f holds (a guess, told when it could be otherwise):');
  takingOptions(command);
  command.optionsGroup('A node that no manifest describes:');
  command
    .option(`--node-ip <address${dots}>`, 'its addresses; the first of a family is its own', list, [])
    .option(`--node-label <key=value${dots}>`, 'its labels, e.g. topology.kubernetes.io/zone=zone-a', list, [])
    .option(`--node-pod-cidr <cidr${dots}>`, 'its pod ranges', list, []);
  command.optionsGroup("kube-proxy's flags and the cluster's:");
  return proxyOptions(command, open);
}

function impliedNode(flags: WorldFlags, verb: string, nodes: readonly (string | undefined)[]): ImpliedNode | null {
  const text = flags.node ?? nodes.find((node) => node !== undefined);
  const name = text === undefined ? undefined : withoutKind(text, 'node');
  const bad = flags.nodeIp.find((address) => !parseAddress(address));
  if (bad !== undefined) throw usage(`--node-ip: "${bad}" is not an IP address`, verb);
  const range = flags.nodePodCidr.find((text) => !parseCidr(text));
  if (range !== undefined) throw usage(`--node-pod-cidr: "${range}" is not a CIDR`, verb);
  if (flags.nodeIp.length > 0 && name === undefined) throw usage('--node-ip needs --node NAME', verb);
  if (name === undefined) return null;
  const labels = flags.nodeLabel.map((text) => {
    const at = text.indexOf('=');
    if (at < 1) throw usage(`--node-label: "${text}" is not KEY=VALUE`, verb);
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  return { name, addresses: flags.nodeIp, labels: Object.fromEntries(labels), podCIDRs: flags.nodePodCidr };
}

/** A world, and the objects from which it was made. */
interface Situation {
  readonly world: World;
  readonly objects: readonly LoadedObject[];
}

async function fromManifests(
  flags: WorldFlags,
  verb: string,
  nodes: readonly (string | undefined)[],
  bareNode: boolean,
): Promise<Situation> {
  const { loaded, taking } = loadFiles(flags, flags.filename, verb);
  const options = { impliedNode: impliedNode(flags, verb, nodes), config: configOf(flags, verb), bareNode, taking };
  try {
    const world = await worldFromObjects(objectsOf(loaded), options);
    return { world, objects: loaded.objects };
  } catch (error) {
    return explain(loaded, error);
  }
}

async function fromLive(
  flags: WorldFlags,
  verb: string,
  nodes: readonly (string | undefined)[],
  bareNode: boolean,
): Promise<Situation> {
  const { objects } = await readLive(flags, verb);
  const taking: Taking = { how: 'recorded', why: 'a cluster runs it' };
  const options = { impliedNode: impliedNode(flags, verb, nodes), config: configOf(flags, verb), bareNode, taking };
  return { world: await worldFromObjects(objects, options), objects: objects.map(unwritten) };
}

/** What the flags bring along: manifests or a live cluster; null: neither, the running lab is meant. */
async function fromGiven(
  flags: WorldFlags,
  verb: string,
  nodes: readonly (string | undefined)[],
  bareNode: boolean,
): Promise<Situation | null> {
  if (flags.kubeconfig === undefined) {
    return flags.filename.length > 0 ? fromManifests(flags, verb, nodes, bareNode) : null;
  }
  if (flags.filename.length > 0) throw usage('-f and --kubeconfig exclude each other', verb);
  return fromLive(flags, verb, nodes, bareNode);
}

/** The worlds before and after a change of manifests. Whatever stays keeps its addresses. */
export async function loadWorlds(
  flags: WorldFlags,
  before: readonly string[],
  after: readonly string[],
  verb: string,
  nodes: readonly string[],
): Promise<readonly [World, World]> {
  const [old, young] = [loadFiles(flags, before, verb), loadFiles(flags, after, verb)];
  const options = { impliedNode: impliedNode(flags, verb, nodes), config: configOf(flags, verb) };
  // A change counts as recorded only if both sides are.
  const taking = [old.taking, young.taking].find(({ how }) => how === 'allocate') ?? old.taking;
  try {
    return await worldsOfChange(objectsOf(old.loaded), objectsOf(young.loaded), { ...options, taking });
  } catch (error) {
    return explain(error instanceof RefusedChange ? young.loaded : old.loaded, error);
  }
}

/** What the running lab consists of, as its API says. */
export async function readLabWorld(client: Client): Promise<World & { readonly strategy: string }> {
  const items = async (path: string): Promise<KubeObject[]> => (await client.get<{ items: KubeObject[] }>(path)).items;
  const lab = await client.get<{ spec: LabSpec }>(`/apis/kubewire.dev/v1alpha1/labs/${client.labName}`);
  const [services, endpointSlices, nodes, pods] = await Promise.all([
    items('/api/v1/services'),
    items('/apis/discovery.k8s.io/v1/endpointslices'),
    items('/api/v1/nodes'),
    items('/api/v1/pods'),
  ]);
  const world = worldOfLab(lab.spec, { services, endpointSlices, nodes, pods } as unknown as LabObjects);
  return { ...world, strategy: lab.spec.strategy };
}

async function fromLab(client: Client, flags: WorldFlags, verb: string): Promise<World> {
  const { strategy, ...world } = await readLabWorld(client);
  const asked = flags.strategy ?? (flags.proxyMode || undefined);
  flags.strategy = asked ?? strategy;
  const config = { ...world.config, ...configOf(flags, verb) };
  return asked === undefined ? { ...world, config } : { ...world, config, strategies: new Map() };
}

/**
 * The world that the flags describe: manifests with -f, else the running lab, whose strategy becomes the default.
 * If none is asked for, its nodes may each have their own (World.strategies).
 * @param nodes names of the nodes that flows mention
 * @param bareNode a node of a recorded cluster may be named without its addresses
 */
export async function loadWorld(
  flags: WorldFlags,
  verb: string,
  client: () => Client,
  nodes: readonly (string | undefined)[] = [],
  bareNode = false,
): Promise<World> {
  const given = await fromGiven(flags, verb, nodes, bareNode);
  return given?.world ?? fromLab(client(), flags, verb);
}

/** The same, with the objects as they were written. */
export async function loadSituation(
  flags: WorldFlags,
  verb: string,
  client: () => Client,
  nodes: readonly (string | undefined)[] = [],
  bareNode = false,
): Promise<Situation> {
  const given = await fromGiven(flags, verb, nodes, bareNode);
  if (given) return given;
  const world = await fromLab(client(), flags, verb);
  const { services, endpointSlices, pods = [] } = world.snapshot;
  const placed = (kind: string, objects: readonly KubeObject[]): LoadedObject[] =>
    objects.map((object) => unwritten({ ...object, kind }));
  return {
    world,
    objects: [...placed('Service', services), ...placed('EndpointSlice', endpointSlices), ...placed('Pod', pods)],
  };
}
