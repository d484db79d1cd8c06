// smoke.ts - suite `smoke`: one TCP stream through Services beside the bare copy loop, interleaved in one run.

import { type Emulator, startEmulator } from '../src/emulator.js';
import { createTopology } from '../src/lab/topology.js';
import type { KubeObject } from '../src/model/objects.js';
import { startFloor } from './floor.js';
import { type IperfPath, iperfGbit } from './iperf.js';
import { type Row, summarise } from './row.js';

const ROUNDS = 5;
const SECONDS = 2;
const PORT = 5201;

/** A pod whose ports are left free for iperf3. */
const pod = (name: string, nodeName: string): KubeObject => ({
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

const service = (name: string, app: string, type: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { type, selector: { app }, ports: [{ port: PORT, targetPort: PORT }] },
});

const netns = (object: KubeObject | undefined): string => object?.metadata.annotations?.['kubewire.dev/netns'] ?? '';

/** A lab with a client and a server on node-1 and a server on node-2, each server behind a Service of its own. */
async function startLab(offloads: boolean): Promise<Emulator> {
  const emulator = await startEmulator({
    name: 'bench',
    topology: createTopology({ count: 2 }),
    strategy: 'nftables',
    shards: 1,
    offloads,
    seed: 1,
    socketPath: null,
    clock: () => new Date(),
    report: (message) => process.stderr.write(`${message}\n`),
  });
  const objects = [pod('client', 'node-1'), pod('near', 'node-1'), pod('far', 'node-2')];
  emulator.cluster.apply([...objects, service('near', 'near', 'ClusterIP'), service('far', 'far', 'LoadBalancer')]);
  await emulator.settled();
  return emulator;
}

function pathsOf({ cluster: { store }, machine }: Emulator): Record<string, IperfPath> {
  const podNs = (name: string): string => netns(store.get('Pod', 'default', name));
  const spec = (name: string) => store.get('Service', 'default', name)?.spec as { clusterIP: string };
  const status = store.get('Service', 'default', 'far')?.status as { loadBalancer: { ingress: { ip: string }[] } };
  const outside = machine('client/outside')?.path ?? '';
  return {
    'pod → ClusterIP → pod on the same node': {
      client: podNs('client'),
      server: podNs('near'),
      target: spec('near').clusterIP,
    },
    'pod → ClusterIP → pod on another node': {
      client: podNs('client'),
      server: podNs('far'),
      target: spec('far').clusterIP,
    },
    'outside → LoadBalancer → pod': {
      client: outside,
      server: podNs('far'),
      target: status.loadBalancer.ingress[0]?.ip ?? '',
    },
  };
}

/** Runs the suite; `progress` is told before every measurement. */
export async function smoke(offloads: boolean, progress: (text: string) => void): Promise<Row[]> {
  const floor = startFloor(offloads);
  const lab = await startLab(offloads);
  try {
    const paths: Record<string, IperfPath> = {
      'TAP → copy loop → TAP': { client: floor.a, server: floor.b, target: floor.target },
      ...pathsOf(lab),
    };
    const measured = new Map(Object.keys(paths).map((name) => [name, [] as number[]]));
    for (let round = 1; round <= ROUNDS; round++) {
      for (const [name, path] of Object.entries(paths)) {
        progress(`round ${round} of ${ROUNDS}: ${name}`);
        measured.get(name)?.push(await iperfGbit(path, SECONDS));
      }
    }
    return [...measured].map(([path, values], i) => ({
      suite: 'smoke',
      dataplane: i === 0 ? 'copy' : 'kubewire',
      strategy: i === 0 ? null : 'nftables',
      services: i === 0 ? null : 2,
      endpoints: i === 0 ? null : 2,
      flows: 1,
      frameBytes: null,
      path,
      metric: offloads ? 'TCP throughput' : 'TCP throughput, offloads off',
      unit: 'Gbit/s',
      ...summarise(values),
    }));
  } finally {
    await lab.close();
    await floor.close();
  }
}
