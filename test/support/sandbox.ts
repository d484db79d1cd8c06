// sandbox.ts - for tests that need a kernel: may they run, and two pods on one node over real TAPs.

import { encodeImage } from '../../src/image/encode.js';
import { addressesInForce } from '../../src/lab/host/addresses.js';
import { configureInterface, createNamespace, createTap, type Namespace, type Tap } from '../../src/lab/host/host.js';
import { labAccess } from '../../src/lab/host/process.js';
import { KERNEL_TOOLS, type KernelMode } from '../../src/lab/netfilter/rules.js';
import { requireTools } from '../../src/lab/netfilter/tools.js';
import { makeTables, NODE_1, type ServiceSpec } from './tables.js';

/** Why tests with namespaces and TAPs cannot run here; false when they can. */
export function noLab(): string | false {
  try {
    return labAccess() === 'direct' ? false : 'needs root: this user could only use a user namespace';
  } catch (error) {
    return `needs root: ${(error as Error).message}`;
  }
}

export interface TestPod {
  readonly ns: Namespace;
  readonly tap: Tap;
}

/** Pod 10.244.1.<host> and fd00:10:244:1::<host>, as NODE_1 knows 5 (port 2) and 6 (port 3). */
export async function makePod(host: 5 | 6, offloads = true): Promise<TestPod> {
  const ns = createNamespace();
  const tap = createTap(ns, { name: 'eth0', mac: `02:00:00:00:01:0${host - 3}`, mtu: 1500, offloads });
  const addresses = [`10.244.1.${host}/24`, `fd00:10:244:1::${host}/64`];
  configureInterface(ns, 'eth0', {
    up: true,
    addresses,
    routes: [
      { prefix: '0.0.0.0/0', via: '10.244.1.1' },
      { prefix: '::/0', via: 'fd00:10:244:1::1' },
    ],
  });
  await addressesInForce(ns, 'eth0', addresses);
  return { ns, tap };
}

const PORTS = [5201, 8080] as const;

/** A Service on 10.96.0.10 and fd00:10:96::10, ports 5201 and 8080, TCP and UDP, whose one endpoint is pod 6. */
const SERVICES: readonly ServiceSpec[] = PORTS.flatMap((port) =>
  (
    [
      ['10.96.0.10', `10.244.1.6:${port}`],
      ['fd00:10:96::10', `[fd00:10:244:1::6]:${port}`],
    ] as const
  ).map(([address, endpoint]) => ({
    frontends: (['TCP', 'UDP'] as const).map((protocol) => ({ kind: 'CLUSTER_IP' as const, address, port, protocol })),
    cluster: [endpoint],
    local: [endpoint],
  })),
);

/** The image of node 1 with that Service. */
export const nodeImage = (generation = 1n, services = SERVICES): Uint8Array =>
  encodeImage(makeTables({ ...NODE_1, generation, services }));

/** Why the kernel cannot be a dataplane here; false when it can. */
export function noKernelDataplane(mode: KernelMode): string | false {
  try {
    requireTools(KERNEL_TOOLS[mode]);
    return noLab();
  } catch (error) {
    return (error as Error).message;
  }
}
