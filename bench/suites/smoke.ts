// smoke.ts - suite `smoke`: one TCP stream through the Services of a whole lab, compared with the bare copy loop.
import type { Emulator } from '../../src/emulator/emulator.js';
import type { KubeObject } from '../../src/model/objects.js';
import { startFloor } from '../floor.js';
import { type IperfPath, iperfGbit } from '../iperf.js';
import { idlePod, podNamespace, startLab } from '../lab.js';
import { bars, made } from '../output/chart.js';
import { times } from '../output/number.js';
import { measured, type Row } from '../row.js';
import type { Suite } from '../suite.js';

const PORT = 5201;
const COPY = 'TAP → copy loop → TAP';
const NEAR = 'pod → ClusterIP → pod on the same node';

const service = (name: string, app: string, type: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { type, selector: { app }, ports: [{ port: PORT, targetPort: PORT }] },
});

function pathsOf(lab: Emulator): Record<string, IperfPath> {
  const {
    cluster: { store },
    machine,
  } = lab;
  const podNs = (name: string): string => podNamespace(lab, name);
  const spec = (name: string) => store.get('Service', 'default', name)?.spec as { clusterIP: string };
  const status = store.get('Service', 'default', 'far')?.status as { loadBalancer: { ingress: { ip: string }[] } };
  const outside = machine('client/outside')?.path ?? '';
  return {
    [NEAR]: { client: podNs('client'), server: podNs('near'), target: spec('near').clusterIP },
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

async function measure(offloads: boolean, seconds: number, seed: number) {
  const floor = startFloor(offloads, 0);
  const objects = [
    ...[idlePod('client', 'node-1'), idlePod('near', 'node-1'), idlePod('far', 'node-2')],
    ...[service('near', 'near', 'ClusterIP'), service('far', 'far', 'LoadBalancer')],
  ];
  const lab = await startLab({ offloads, seed, objects });
  try {
    const paths = { [COPY]: { client: floor.a, server: floor.b, target: floor.target }, ...pathsOf(lab) };
    const measurements = [];
    for (const [path, ends] of Object.entries(paths)) {
      const copy = path === COPY;
      const subject = {
        dataplane: copy ? 'copy' : 'kubewire',
        strategy: copy ? null : 'nftables',
        services: copy ? null : 2,
        endpoints: copy ? null : 2,
        flows: 1,
        path,
        metric: offloads ? 'TCP throughput' : 'TCP throughput, offloads off',
        unit: 'Gbit/s',
      };
      measurements.push(measured(subject, await iperfGbit(ends, seconds)));
    }
    return { measurements, skipped: [] };
  } finally {
    await lab.close();
    await floor.close();
  }
}

function findings(rows: readonly Row[]): string[] {
  const of = (metric: string, path: string) => rows.find((row) => row.metric === metric && row.path === path)?.median;
  const near = of('TCP throughput', NEAR);
  const floor = of('TCP throughput', COPY);
  const plain = of('TCP throughput, offloads off', NEAR);
  return [
    ...(near && floor
      ? [`A TCP stream through a ClusterIP runs at ${times(near / floor)} the speed of the bare copy loop.`]
      : []),
    ...(near && plain ? [`Segmentation offload makes it ${times(near / plain)} as fast.`] : []),
  ];
}

export const suite: Suite = {
  name: 'smoke',
  title: 'A whole lab',
  about:
    'One TCP stream (iperf3) between programs in namespaces: through a ClusterIP on one node, to another node, and from ' +
    'outside through a LoadBalancer; beside two TAP devices joined by a loop that only copies. With and without ' +
    'checksum and segmentation offload.',
  needsLab: true,
  rounds: { tiny: 1, quick: 1, full: 5 },
  cells: (scale) =>
    (scale === 'tiny' ? [true] : [true, false]).map((offloads) => {
      const seconds = scale === 'full' ? 2 : 1;
      return { label: `offloads ${offloads ? 'on' : 'off'}`, seconds: 4 * seconds + 3, params: { offloads, seconds } };
    }),
  measure: ({ offloads, seconds }, seed) => measure(offloads === true, Number(seconds), seed),
  findings,
  charts: (rows) =>
    made(
      bars(
        'One TCP stream',
        rows.filter(({ metric }) => metric === 'TCP throughput'),
      ),
    ),
};
