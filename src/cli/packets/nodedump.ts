// nodedump.ts - `--node-dump` and the objects beside it: the rules of a node, which node that is, and the ends of packets by name.
import { readFileSync } from 'node:fs';
import { type Known, knownFrom } from '../../dump/objects/known.js';
import { isBundle, textsOf } from '../../dump/read/bundle.js';
import { type DumpText, readDumps } from '../../dump/read/dump.js';
import type { NodeDump } from '../../dump/rules/node.js';
import { localAddresses } from '../../dump/walk/fields.js';
import { formatEndpoint, parseAddress } from '../../model/address.js';
import { Fault } from '../../model/fault.js';
import { planOf } from '../../observe/fleet.js';
import { type FlowRequest, resolveFlow, splitAddress } from '../../observe/flow.js';
import type { World } from '../../observe/world.js';
import { nodeNamed } from '../../topology/naming.js';
import type { LabNode } from '../../topology/topology.js';
import { usage } from '../failure.js';
import { loadSituation, meansLab, type WorldFlags } from './world.js';

export interface DumpFlags extends WorldFlags {
  nodeDump: string[];
  localAddress: string[];
}

export function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    throw new Fault('NOT_FOUND', `cannot read ${path}: ${(error as Error).message}`);
  }
}

/** The dumps in a file, of which there are many in one that `kubewire collect` made. */
function dumpsIn(path: string): DumpText[] {
  const file = path === '-' ? 'stdin' : path;
  const bytes = bytesOf(path);
  return isBundle(bytes) ? textsOf(bytes, file) : [{ file, text: bytes.toString('utf8') }];
}

export function nodeOf({ nodeDump }: DumpFlags): NodeDump {
  if (nodeDump.length === 0) throw usage('--node-dump FILE is needed', 'explain');
  return readDumps(nodeDump.flatMap(dumpsIn));
}

/** The objects that are given beside the dumps. */
export interface Given {
  readonly world: World;
  /** The node that the dumps are of; null where nothing says which of several. */
  readonly home: LabNode | null;
  readonly known: Known;
}

/** `--node`; else the node that has an address of the dumps, or the only one. */
function homeOf({ topology: { nodes } }: World, node: NodeDump, flags: DumpFlags, named: boolean): LabNode | null {
  if (flags.node !== undefined) return nodeNamed(flags.node, nodes);
  if (!named) return null;
  const own = new Set([...(node.addresses ?? []).map(({ address }) => address), ...flags.localAddress]);
  const found = nodes.find(({ addresses }) => addresses.some((address) => own.has(address)));
  return found ?? (nodes.length === 1 ? (nodes[0] ?? null) : null);
}

/** The objects of `-f` or `--kubeconfig`; null without them. */
export async function givenObjects(node: NodeDump, flags: DumpFlags): Promise<Given | null> {
  if (meansLab(flags)) return null;
  const noLab = (): never => {
    throw usage('-f or --kubeconfig is needed', 'explain');
  };
  const { world, objects } = await loadSituation(flags, 'explain', noLab, [flags.node], true);
  const isNamed = objects.some(({ object }) => object.kind === 'Node');
  const [first] = world.topology.nodes;
  if (!first) throw new Fault('NOT_FOUND', 'the objects have no node', 'Name the node of the dumps: --node NAME.');
  const known = knownFrom(objects, planOf(world, first, 'iptables'));
  return { world, home: homeOf(world, node, flags, isNamed), known };
}

/** Addresses of the node: those of its dump and of the flags, else of its object; null where nobody gave any. */
export function addressesOf(node: NodeDump, flags: DumpFlags, given: Given | null): ReadonlySet<string> | null {
  const bad = flags.localAddress.find((text) => !parseAddress(text));
  if (bad !== undefined) throw usage(`--local-address: "${bad}" is not an IP address`, 'explain');
  const told = node.addresses?.map(({ address }) => address) ?? ownAddresses(given);
  if (told.length === 0 && node.addresses === null && flags.localAddress.length === 0) return null;
  return localAddresses([...told, ...flags.localAddress]);
}

const ownAddresses = (given: Given | null): readonly string[] =>
  given?.home ? [...given.home.addresses, ...(given.world.extraAddresses.get(given.home.name) ?? [])] : [];

interface Ends extends Pick<FlowRequest, 'from' | 'to'> {
  /** What names stand for, as sentences. */
  readonly notes: readonly string[];
}

/** The same packet by addresses. Names mean objects, in the grammar of `kubewire trace`. */
export function byAddress(request: FlowRequest, given: Given | null, namespace: string): Ends {
  if (!given || (splitAddress(request.from) && splitAddress(request.to))) return { ...request, notes: [] };
  const node = given.home?.name;
  const { probe, fixedSourcePort, notes } = resolveFlow(given.world, { ...request, node }, namespace);
  const { source, sourcePort, destination, destinationPort } = probe;
  return {
    from: fixedSourcePort ? formatEndpoint(source, sourcePort) : source,
    to: destinationPort === 0 ? destination : formatEndpoint(destination, destinationPort),
    notes: [...(splitAddress(request.from) ? [] : [`${request.from} is ${source}`]), ...notes],
  };
}
