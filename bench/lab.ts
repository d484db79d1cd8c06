// lab.ts - a whole lab for suites, and the objects that they put into it.
import { type Emulator, startEmulator } from '../src/emulator/emulator.js';
import type { KubeObject } from '../src/model/objects.js';
import { createTopology } from '../src/topology/topology.js';

/** A pod that listens nowhere. */
export const idlePod = (name: string, nodeName: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'default',
    labels: { app: name },
    annotations: { 'kubewire.dev/run': 'sleep infinity' },
  },
  spec: { nodeName, containers: [{ name: 'idle', image: 'example.com/idle:1' }] },
});

interface BenchLab {
  readonly offloads: boolean;
  readonly seed: number;
  readonly dns?: boolean;
  readonly objects: readonly KubeObject[];
}

/** Two nodes on one shard, with these objects in force. */
export async function startLab({ offloads, seed, dns = false, objects }: BenchLab): Promise<Emulator> {
  const emulator = await startEmulator({
    name: 'bench',
    topology: createTopology({ count: 2 }),
    strategy: 'nftables',
    shards: 1,
    offloads,
    dns,
    seed,
    socketPath: null,
    clock: () => new Date(),
    report: (message) => process.stderr.write(`${message}\n`),
  });
  const { refused } = emulator.cluster.apply(objects);
  if (refused.length > 0) throw new Error(`refused: ${JSON.stringify(refused)}`);
  await emulator.settled();
  return emulator;
}

/** The network namespace of a pod, as a path. */
export const podNamespace = ({ cluster: { store } }: Emulator, name: string): string =>
  store.get('Pod', 'default', name)?.metadata.annotations?.['kubewire.dev/netns'] ?? '';
