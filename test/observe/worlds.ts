// worlds.ts - worlds to trace in, from a few objects.
import { fileURLToPath } from 'node:url';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import { loadManifests } from '../../src/manifest/load.js';
import type { KubeObject, Node } from '../../src/model/objects.js';
import { worldFromObjects } from '../../src/observe/objects.js';
import { type TraceResult, Tracer } from '../../src/observe/trace.js';
import { podsOfSlices, type World } from '../../src/observe/world.js';
import type { ProxyConfig } from '../../src/plan/plan.js';

const CONFIG: Partial<ProxyConfig> = {
  clusterCIDR: ['10.9.0.0/16'],
  serviceClusterIPRange: ['10.8.0.0/16'],
};

function node(name: string, number: number, addresses: readonly string[]): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: {} },
    spec: { podCIDRs: [`10.9.${number}.0/24`] },
    status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
  };
}

/** Two nodes: n1 with a second address, n2. */
const NODES = [node('n1', 1, ['192.168.7.1', '192.168.8.1']), node('n2', 2, ['192.168.7.2'])];

export const world = (objects: readonly KubeObject[], config: Partial<ProxyConfig> = {}): Promise<World> =>
  worldFromObjects([...NODES, ...objects], { impliedNode: null, config: { ...CONFIG, ...config } });

/** Asks the rules of n1 unless `at` says otherwise. */
export function ask(given: World, strategy: string, from: string, to: string, at: string | null = 'n1', proto = 'tcp') {
  const tracer = new Tracer(given, strategy, createReferenceEngine);
  return tracer.trace({ node: at ?? undefined, from, to, proto }, 'shop');
}

/** `dnat 10.9.1.1:8080 10.9.2.1:8080*` (a star = masqueraded), `reject NO_ENDPOINTS`, … */
export function brief({ verdict, reason, backends }: TraceResult): string {
  if (verdict !== 'dnat') return `${verdict} ${reason}`;
  const list = backends.map(({ address, port, masquerade }) => `${address}:${port}${masquerade ? '*' : ''}`);
  return ['dnat', ...list].join(' ');
}

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url)).replace('/dist/examples/', '/examples/');

/** The world of a folder of examples, with a pod behind every endpoint that names a node. */
export async function exampleWorld(folder: string): Promise<World> {
  const loaded = loadManifests([`${EXAMPLES}${folder}`]);
  const given = await worldFromObjects(
    loaded.objects.map(({ object }) => object),
    { impliedNode: null, config: { serviceClusterIPRange: ['10.96.0.0/16', 'fd00:10:96::/112'] } },
  );
  const known = new Set(given.pods.flatMap(({ addresses }) => addresses));
  const others = podsOfSlices(given, given.snapshot.endpointSlices, []);
  return { ...given, pods: [...given.pods, ...others.filter(({ addresses }) => !addresses.some((a) => known.has(a)))] };
}
