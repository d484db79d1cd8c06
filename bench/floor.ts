// floor.ts - the yardstick: two namespaces whose TAPs are joined by a bare copy loop on a pool worker.
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { configureInterface, createNamespace, createTap, type Namespace } from '../src/lab/kernel.js';

export interface Floor {
  readonly a: Namespace;
  readonly b: Namespace;
  /** Address of b. */
  readonly target: string;
  close(): Promise<void>;
}

/** The same TAP options as in the lab: header and offloads as the kernel grants them. */
function end(name: string, mac: string, address: string, offloads: boolean) {
  const ns = createNamespace();
  const tap = createTap(ns, { name, mac, mtu: 1500, offloads });
  configureInterface(ns, name, { addresses: [address], up: true });
  return { ns, tap };
}

export function startFloor(offloads: boolean): Floor {
  const a = end('eth0', '02:00:00:00:0f:01', '198.18.0.1/30', offloads);
  const b = end('eth0', '02:00:00:00:0f:02', '198.18.0.2/30', offloads);
  const pool = new Piscina({ minThreads: 1, maxThreads: 1 });
  const { port1, port2 } = new MessageChannel();
  const task = pool.run(
    { fdA: a.tap.fd, fdB: b.tap.fd, messages: port2 },
    { filename: new URL('../src/engine/shard.js', import.meta.url).href, name: 'runFloor', transferList: [port2] },
  );
  return {
    a: a.ns,
    b: b.ns,
    target: '198.18.0.2',
    async close() {
      port1.postMessage('stop');
      await task;
      port1.close();
      await pool.destroy();
      a.ns.close();
      b.ns.close();
    },
  };
}
