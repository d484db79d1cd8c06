// fabric.ts - tables of the fabric: it routes between nodes and the outside and spreads load-balancer addresses over nodes.
import {
  type BackendRow,
  CidrKind,
  type CidrRow,
  FrontendFlag,
  FrontendKind,
  type FrontendRow,
  type IndexRow,
  ServiceFlag,
  ServiceModeFlag,
  type ServiceRow,
  Strategy,
} from '../abi/abi.gen.js';
import { buildSlots, frontendKey } from '../image/hash.js';
import type { TableSet } from '../image/table.js';
import { formatBytes, formatEndpoint, mustAddress } from '../model/address.js';
import { IdTable } from '../plan/ids.js';
import type { Attachment, NodePlan, Proxied } from '../plan/plan.js';
import { swap16 } from '../wire/bytes.js';
import { PROTOCOL } from '../wire/headers.js';
import { cidrFields } from './bytes.js';
import { compileNetwork } from './network.js';
import { VACANT } from './services.js';

/** A frontend of the load balancer and the nodes that it chooses from. */
interface Balanced extends Pick<FrontendRow, 'address' | 'port_be' | 'protocol' | 'kind' | 'id'> {
  readonly name: string;
  readonly nodes: readonly string[];
  /** Port there; 0 = that of the packet. */
  readonly nodePort: number;
  readonly sourceRanges: readonly string[];
}

const spreadOf = ({ address, id, nodes }: Attachment['spread'][number]): Balanced => ({
  address: mustAddress(address).bytes,
  port_be: 0,
  protocol: 0,
  kind: FrontendKind.SPREAD,
  id,
  name: address,
  nodes,
  nodePort: 0,
  sourceRanges: [],
});

const proxiedOf = ({ address, port, protocol, id, ...rest }: Proxied): Balanced => ({
  address: mustAddress(address).bytes,
  port_be: swap16(port),
  protocol: PROTOCOL[protocol],
  kind: FrontendKind.PROXY,
  id,
  name: `${formatEndpoint(address, port)}/${protocol}`,
  ...rest,
});

/** The rows of all frontends; those of number i stand at the same place. */
class Rows {
  readonly FRONTEND: FrontendRow[] = [];
  readonly SERVICE: ServiceRow[] = [];
  readonly BACKEND: BackendRow[] = [];
  readonly SOURCE_RANGE: CidrRow[] = [];
  readonly #ids = new IdTable();

  add(balanced: Balanced): void {
    const { address, port_be, protocol, kind, id, name, nodes, nodePort, sourceRanges } = balanced;
    const service = this.SERVICE.length;
    const first = this.BACKEND.length;
    this.FRONTEND.push({
      ...{ address, port_be, protocol, kind, service, id },
      flags: sourceRanges.length > 0 ? FrontendFlag.FIREWALL : 0,
    });
    this.SERVICE.push({
      ...VACANT,
      id,
      // A flow to a node that may not be chosen any more is forgotten, so that its next packet chooses another.
      flags: ServiceFlag.CLEAN_UDP | (nodes.length > 0 ? ServiceFlag.HAS_ENDPOINTS : 0),
      ...{ clusterFirst: first, clusterCount: nodes.length, servingFirst: first, servingCount: nodes.length },
      ...{ sourceRangeFirst: this.SOURCE_RANGE.length, sourceRangeCount: sourceRanges.length },
    });
    for (const range of sourceRanges) this.SOURCE_RANGE.push({ ...cidrFields(range), kind: CidrKind.SOURCE_RANGE });
    for (const node of nodes) {
      this.BACKEND.push({
        ...{ address: mustAddress(node).bytes, port_be: swap16(nodePort), flags: 0, weight: 1, service },
        id: this.#ids.of(`${name}/${node}`),
      });
    }
  }
}

/** Where the load balancer refuses what none of its ports takes: addresses that it has itself, each once. */
function ownAddresses(frontends: readonly FrontendRow[], seed: number): IndexRow[] {
  const own = new Map<string, number>();
  for (const [i, { kind, address }] of frontends.entries())
    if (kind === FrontendKind.PROXY && !own.has(formatBytes(address))) own.set(formatBytes(address), i);
  const rows = [...own.values()];
  return buildSlots(
    rows.map((row) => frontends[row]?.address ?? new Uint8Array(16)),
    seed,
    rows,
  );
}

/**
 * The load balancer, in a plan without Services: each address of Attachment.spread goes, unchanged, to one of its nodes,
 * and what comes to a port of Attachment.proxied to the NodePort of one, from the router itself. Each address, and each
 * port of one, appears once.
 */
export function compileFabric(plan: NodePlan, attachment: Attachment, generation: bigint, seed: number): TableSet {
  const balanced = [...attachment.spread.map(spreadOf), ...attachment.proxied.map(proxiedOf)];
  const rows = new Rows();
  for (const one of balanced) rows.add(one);
  const { FRONTEND, SERVICE, BACKEND, SOURCE_RANGE } = rows;
  const refuses = attachment.proxied.length > 0 ? ServiceModeFlag.REJECT_UNKNOWN_PORT : 0;
  return {
    ...compileNetwork(plan, attachment, refuses, seed),
    ...{ FRONTEND, SERVICE, BACKEND, SOURCE_RANGE },
    FRONTEND_SLOT: buildSlots(
      FRONTEND.map(({ address, port_be, protocol }) => frontendKey(address, port_be, protocol)),
      seed,
    ),
    CLUSTER_IP_SLOT: ownAddresses(FRONTEND, seed),
    MEMBER: BACKEND.map((_, index) => ({ index })),
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
      services: balanced.map(({ name }) => `load-balancer/${name}`),
      ports: attachment.ports.map((port) => port.name),
    },
  };
}
