// yard.ts - the yard of a lab: the namespace in which the other ends of its machines' cables lie, where BPF programs carry
// established connections (native/bpf/README.md).
import type { LendingMaps } from '../../engine/shard.js';
import { createNamespace, kernel, setSysctl, type Tap, withKernel } from './host.js';
import { type Connector, INTERFACE } from './sandbox.js';

/** As named by --fast-path. */
export const FAST_PATHS = ['ebpf', 'off'] as const;
export type FastPathName = (typeof FAST_PATHS)[number];

/** The addon's class, defined by native/binding/yard_object.cc. */
interface YardAddon {
  readonly Yard: new (namespace: number, leases: number) => NativeYard;
}

interface NativeYard {
  plug(machine: number, name: string, mac: string, mtu: number, port: string): Tap;
  maps(): LendingMaps;
  close(): void;
}

export interface Yard {
  readonly maps: LendingMaps;
  /** Gives machines an interface, still down, instead of the one that they may have. `port`: the name of their TAP; who
   * takes the place of another machine has its. */
  connector(port: string): Connector;
  close(): void;
}

/** Connections that can be lent at a time: each takes 1.4 KB. The others stay with the engine. */
const LEASES = 8192;

/** Throws where the kernel does not allow BPF programs or lacks what they need. */
export function openYard(): Yard {
  const namespace = createNamespace();
  try {
    // Nobody lives here: the ends of cables must not speak for themselves.
    for (const scope of ['all', 'default']) setSysctl(namespace, `net.ipv6.conf.${scope}.disable_ipv6`, '1');
    const { Yard: Native } = kernel() as unknown as YardAddon;
    const native = withKernel(() => new Native(namespace.fd, LEASES));
    return {
      maps: native.maps(),
      connector:
        (port) =>
        (machine, { mac, mtu }) =>
          withKernel(() => native.plug(machine.fd, INTERFACE, mac, mtu, port)),
      close() {
        native.close();
        namespace.close();
      },
    };
  } catch (error) {
    namespace.close();
    throw error;
  }
}
