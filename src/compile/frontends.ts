// frontends.ts - plan frontends → FRONTEND rows and the hashes that find them.
import { FrontendFlag, FrontendKind, type FrontendRow } from '../abi/abi.gen.js';
import { NONE } from '../abi/layout.js';
import { buildSlots, frontendKey, swap16 } from '../image/hash.js';
import type { Sections } from '../image/table.js';
import { IdTable } from '../plan/ids.js';
import type { PlanFrontend } from '../plan/plan.js';
import { AddressPage, ANY_IPV4, ANY_IPV6, PROTOCOL_NUMBERS } from './bytes.js';

const KINDS: Readonly<Record<PlanFrontend['kind'], FrontendKind>> = {
  ClusterIP: FrontendKind.CLUSTER_IP,
  ExternalIP: FrontendKind.EXTERNAL_IP,
  LoadBalancer: FrontendKind.LOAD_BALANCER,
  NodePort: FrontendKind.NODE_PORT,
  HealthCheck: FrontendKind.HEALTH_CHECK,
};

const keyText = (frontend: PlanFrontend): string =>
  `${frontend.family}/${frontend.address}/${frontend.port}/${frontend.protocol}`;

/** How a mode settles two frontends with one key. */
export interface Collisions {
  /** A load-balancer address that is also an external IP of the Service keeps its source ranges (nftables). */
  readonly firewallSticks: boolean;
}

/**
 * Each key once: the first frontend of the plan wins, as the first rule of kube-proxy does. (Services that claim the same
 * external address and port are undefined in Kubernetes; here the one whose name sorts first has it.)
 */
function distinct(frontends: readonly PlanFrontend[], collisions: Collisions): Map<string, PlanFrontend> {
  const byKey = new Map<string, PlanFrontend>();
  for (const frontend of frontends) {
    const key = keyText(frontend);
    const first = byKey.get(key);
    if (!first) byKey.set(key, frontend);
    else if (collisions.firewallSticks && frontend.firewall && first.service === frontend.service) {
      byKey.set(key, { ...first, firewall: true });
    }
  }
  return byKey;
}

function frontendRow(frontend: PlanFrontend, id: number, addresses: AddressPage): FrontendRow {
  const any = frontend.family === 'IPv4' ? ANY_IPV4 : ANY_IPV6;
  return {
    address: frontend.address === '' ? any : addresses.of(frontend.address),
    port_be: swap16(frontend.port),
    protocol: PROTOCOL_NUMBERS[frontend.protocol],
    kind: KINDS[frontend.kind],
    service: frontend.service < 0 ? NONE : frontend.service,
    id,
    flags: frontend.firewall ? FrontendFlag.FIREWALL : 0,
  };
}

/** Hash of the virtual addresses that `kinds` have, each once, to the first frontend on it. */
function addressSlots(
  frontends: Iterable<PlanFrontend>,
  rows: readonly FrontendRow[],
  kinds: ReadonlySet<number>,
  seed: number,
): { index: number }[] {
  const first = new Map<string, number>();
  let i = 0;
  for (const { kind, family, address } of frontends) {
    const known = address === '' ? family : address;
    if (kinds.has(KINDS[kind]) && !first.has(known)) first.set(known, i);
    i++;
  }
  const found = [...first.values()];
  return buildSlots(
    found.map((i) => (rows[i] as FrontendRow).address),
    seed,
    found,
  );
}

/**
 * @param slots whether frontends are found by FRONTEND_SLOT
 * @param knownAddresses kinds whose addresses go into CLUSTER_IP_SLOT: those on which an unknown port is noticed
 */
export function compileFrontends(
  frontends: readonly PlanFrontend[],
  collisions: Collisions,
  slots: boolean,
  knownAddresses: ReadonlySet<number>,
  seed: number,
): Pick<Sections, 'FRONTEND' | 'FRONTEND_SLOT' | 'CLUSTER_IP_SLOT'> {
  const ids = new IdTable();
  const kept = distinct(frontends, collisions);
  const rows: FrontendRow[] = [];
  const addresses = new AddressPage(kept.size);
  for (const [key, frontend] of kept) rows.push(frontendRow(frontend, ids.of(key), addresses));
  return {
    FRONTEND: rows,
    FRONTEND_SLOT: buildSlots(
      slots ? rows.map((row) => frontendKey(row.address, row.port_be, row.protocol)) : [],
      seed,
    ),
    CLUSTER_IP_SLOT: addressSlots(kept.values(), rows, knownAddresses, seed),
  };
}
