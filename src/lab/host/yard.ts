// yard.ts - the yard of a lab: the namespace in which the other ends of its machines' cables lie, where BPF programs carry
// established connections (native/bpf/README.md).
import type { LendingMaps } from '../../engine/shard.js';
import { createNamespace, kernel, type Namespace, setSysctl, type Tap, withKernel } from './host.js';

/** As named by --fast-path. */
export const FAST_PATHS = ['ebpf', 'off'] as const;
export type FastPathName = (typeof FAST_PATHS)[number];

/** The addon's class, defined by native/binding/yard_object.cc. */
interface YardAddon {
  readonly Yard: new (namespace: number, leases: number) => NativeYard;
}

interface NativeYard {
  plug(machine: number, name: string, mac: string, mtu: number, port: string): Cable;
  maps(): LendingMaps;
  close(): void;
}

/** The engine's end of a cable, and the number of the cable. */
interface Cable extends Tap {
  readonly cable: number;
}

interface CableOptions {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  /** What the TAP is called; a cable that replaces another one takes over its TAP. */
  readonly port: string;
}

export interface Yard {
  readonly maps: LendingMaps;
  /** Gives a machine an interface, still down, instead of the one of this name that it may have. */
  plug(machine: Namespace, options: CableOptions): Cable;
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
      plug: (machine, { name, mac, mtu, port }) => withKernel(() => native.plug(machine.fd, name, mac, mtu, port)),
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
