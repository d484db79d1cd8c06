// yard.ts - for tests of the fast path: may it run here, and pods whose interfaces are cables.
import type { Pool } from '../../src/engine/pool.js';
import { addressesInForce } from '../../src/lab/host/addresses.js';
import { configureInterface, createNamespace, type Namespace } from '../../src/lab/host/host.js';
import { openYard, type Yard } from '../../src/lab/host/yard.js';
import { noLab } from './sandbox.js';

/** Why there is no fast path here; false where there is one. */
export function noFastPath(): string | false {
  const why = noLab();
  if (why !== false) return why;
  try {
    openYard().close();
    return false;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Pod 10.244.1.<host> and fd00:10:244:1::<host> of node 1, as makePod of sandbox.ts, at a cable of the yard. */
export async function makeCabledPod(yard: Yard, pool: Pool, host: 5 | 6): Promise<Namespace> {
  const ns = createNamespace();
  const port = host - 3;
  const spec = { mac: `02:00:00:00:01:0${port}`, mtu: 1500, offloads: true, addresses: [], ranges: [], divert: false };
  const cable = yard.connector(`port1.${port}`)(ns, spec);
  const addresses = [`10.244.1.${host}/24`, `fd00:10:244:1::${host}/64`];
  const routes = [
    { prefix: '0.0.0.0/0', via: '10.244.1.1' },
    { prefix: '::/0', via: 'fd00:10:244:1::1' },
  ];
  configureInterface(ns, 'eth0', { up: true, addresses, routes });
  await addressesInForce(ns, 'eth0', addresses);
  await pool.attachTap(1, port, cable);
  return ns;
}
