// addresses.ts - waits until the addresses given to an interface are in force.
import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '../../model/fault.js';
import { type Namespace, withKernel } from './host.js';

/** A kernel worker activates IPv6 addresses, usually within a millisecond unless the machine is very busy. */
const PATIENCE_MS = 10_000;

/**
 * Resolves once packets to these addresses are delivered. IPv4 addresses are active at once.
 * @param name the interface on which they arrive
 */
export async function addressesInForce(ns: Namespace, name: string, addresses: readonly string[]): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let pending = addresses; ; await pause(1)) {
    pending = withKernel((addon) => addon.pendingAddresses(ns.fd, name, pending));
    if (pending.length === 0) return;
    if (performance.now() > deadline) {
      throw new Fault(
        'KERNEL_BUSY',
        `the kernel did not put ${pending.join(', ')} in force within ${PATIENCE_MS / 1000} s`,
        'End what keeps the machine busy, and try again.',
      );
    }
  }
}
