// floor.ts - the yardstick: two namespaces whose TAPs are joined by a C program that only reads and writes (floor/copy.c).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { configureInterface, createNamespace, createTap, type Namespace } from '../src/lab/host/host.js';
import { compiled } from './compiled.js';

interface Floor {
  readonly a: Namespace;
  readonly b: Namespace;
  /** Address of namespace b. */
  readonly target: string;
  close(): Promise<void>;
}

/** How often the polling loop asks in vain before it sleeps: about as long as a wake-up takes. */
export const POLLS = 200;

/** The same TAP options as in the lab: header and offloads, as far as the kernel grants them. */
function end(name: string, mac: string, address: string, offloads: boolean) {
  const ns = createNamespace();
  const tap = createTap(ns, { name, mac, mtu: 1500, offloads });
  configureInterface(ns, name, { addresses: [address], up: true });
  return { ns, tap };
}

/** @param polls empty polls before the loop sleeps; 0 = it sleeps at once */
export function startFloor(offloads: boolean, polls: number): Floor {
  const program = compiled('floor');
  const a = end('eth0', '02:00:00:00:0f:01', '198.18.0.1/30', offloads);
  const b = end('eth0', '02:00:00:00:0f:02', '198.18.0.2/30', offloads);
  const loop = spawn(program, [String(polls)], { stdio: ['ignore', 'ignore', 'inherit', a.tap.fd, b.tap.fd] });
  const ended = once(loop, 'exit');
  for (const { tap } of [a, b]) closeSync(tap.fd);
  return {
    a: a.ns,
    b: b.ns,
    target: '198.18.0.2',
    async close() {
      loop.kill('SIGKILL');
      await ended;
      a.ns.close();
      b.ns.close();
    },
  };
}
