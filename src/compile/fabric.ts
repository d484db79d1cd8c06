// fabric.ts - tables of the fabric: it routes between nodes and the outside and spreads load-balancer addresses over nodes.
import {
  type BackendRow,
  FrontendKind,
  type FrontendRow,
  ServiceFlag,
  type ServiceRow,
  Strategy,
} from '../abi/abi.gen.js';
import { buildSlots, frontendKey } from '../image/hash.js';
import type { TableSet } from '../image/table.js';
import { mustAddress } from '../model/address.js';
import { IdTable } from '../plan/ids.js';
import type { Attachment, NodePlan } from '../plan/plan.js';
import { compileNetwork } from './network.js';
import { VACANT } from './services.js';

type Spread = Attachment['spread'][number];

const frontendRow = (spread: Spread, service: number): FrontendRow => ({
  address: mustAddress(spread.address).bytes,
  port_be: 0,
  protocol: 0,
  kind: FrontendKind.SPREAD,
  service,
  id: spread.id,
  flags: 0,
});

const serviceRow = (spread: Spread, first: number): ServiceRow => ({
  ...VACANT,
  id: spread.id,
  flags: spread.nodes.length > 0 ? ServiceFlag.HAS_ENDPOINTS : 0,
  clusterFirst: first,
  clusterCount: spread.nodes.length,
});

/**
 * The load balancer, in a plan without Services: each address of Attachment.spread goes, unchanged, to one of its nodes.
 * Each address appears once.
 */
export function compileFabric(plan: NodePlan, attachment: Attachment, generation: bigint, seed: number): TableSet {
  const ids = new IdTable();
  const services: ServiceRow[] = [];
  const frontends: FrontendRow[] = [];
  const backends: BackendRow[] = [];
  for (const [service, spread] of attachment.spread.entries()) {
    frontends.push(frontendRow(spread, service));
    services.push(serviceRow(spread, backends.length));
    for (const node of spread.nodes) {
      backends.push({
        address: mustAddress(node).bytes,
        port_be: 0,
        flags: 0,
        id: ids.of(`${spread.address}/${node}`),
        weight: 1,
        service,
      });
    }
  }
  return {
    ...compileNetwork(plan, attachment, 0, seed),
    FRONTEND: frontends,
    FRONTEND_SLOT: buildSlots(
      frontends.map((row) => frontendKey(row.address, 0, 0)),
      seed,
    ),
    CLUSTER_IP_SLOT: buildSlots([], seed),
    SERVICE: services,
    MEMBER: backends.map((_, index) => ({ index })),
    BACKEND: backends,
    SOURCE_RANGE: [],
    RING: [],
    PILOT: [],
    PERFECT: [],
    strategy: Strategy.NFTABLES,
    generation,
    hashSeed: seed,
    nodeId: plan.node.id,
    buckets: 0,
    spread: 0,
    names: {
      services: attachment.spread.map((spread) => `load-balancer/${spread.address}`),
      ports: attachment.ports.map((port) => port.name),
    },
  };
}
