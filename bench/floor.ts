// floor.ts - the yardstick: two namespaces whose TAPs are joined by a bare copy loop on a pool worker.
import { createFloor } from '../src/engine/pool.js';
import { configureInterface, createNamespace, createTap, type Namespace } from '../src/lab/host/host.js';

interface Floor {
  readonly a: Namespace;
  readonly b: Namespace;
  /** Address of namespace b. */
  readonly target: string;
  close(): Promise<void>;
}

/** The same TAP options as in the lab: header and offloads, as far as the kernel grants them. */
function end(name: string, mac: string, address: string, offloads: boolean) {
  const ns = createNamespace();
  const tap = createTap(ns, { name, mac, mtu: 1500, offloads });
  configureInterface(ns, name, { addresses: [address], up: true });
  return { ns, tap };
}

export function startFloor(offloads: boolean): Floor {
  const a = end('eth0', '02:00:00:00:0f:01', '198.18.0.1/30', offloads);
  const b = end('eth0', '02:00:00:00:0f:02', '198.18.0.2/30', offloads);
  const loop = createFloor(a.tap, b.tap);
  return {
    a: a.ns,
    b: b.ns,
    target: '198.18.0.2',
    async close() {
      await loop.close();
      a.ns.close();
      b.ns.close();
    },
  };
}
