// table.ts - TableSet: the typed rows of one node's tables. The only thing that strategies produce.
import type {
  BackendRow,
  CidrRow,
  FrontendRow,
  IndexRow,
  LocalAddressRow,
  NodeRow,
  PerfectRow,
  PortRow,
  RouteRow,
  ServiceRow,
  Strategy,
} from '../abi/abi.gen.js';
import { LAYOUT, type PlacedStruct, Section } from '../abi/abi.gen.js';

/** Row type of every section. Slot sections hold NONE (0xffffffff) in empty slots. */
export interface Sections {
  NODE: NodeRow[];
  PORT: PortRow[];
  ROUTE: RouteRow[];
  ROUTE_SLOT: IndexRow[];
  LOCAL_ADDRESS: LocalAddressRow[];
  CIDR: CidrRow[];
  SOURCE_RANGE: CidrRow[];
  FRONTEND: FrontendRow[];
  FRONTEND_SLOT: IndexRow[];
  SERVICE: ServiceRow[];
  MEMBER: IndexRow[];
  BACKEND: BackendRow[];
  RING: IndexRow[];
  CLUSTER_IP_SLOT: IndexRow[];
  PILOT: IndexRow[];
  PERFECT: PerfectRow[];
}

export type SectionName = keyof Sections;

/** Names behind the stable ids; they never cross into native code. */
export interface TableNames {
  /** ServiceRow index → `namespace/name:port-name-or-number` */
  readonly services: readonly string[];
  /** PortRow index → `pod/ns/name`, `node/name`, `uplink` */
  readonly ports: readonly string[];
}

export interface TableSet extends Sections {
  readonly strategy: Strategy;
  readonly generation: bigint;
  readonly hashSeed: number;
  readonly nodeId: number;
  /** Rows of PILOT that stand for buckets, and rows of PERFECT that pilots spread keys over; 0 under other strategies. */
  readonly buckets: number;
  readonly spread: number;
  readonly names: TableNames;
}

/** Section → number and row layout, in the order in which they stand in an image. */
export const SECTION_LAYOUT: Readonly<Record<SectionName, { kind: number; row: PlacedStruct }>> = {
  NODE: { kind: Section.NODE, row: LAYOUT.NodeRow },
  PORT: { kind: Section.PORT, row: LAYOUT.PortRow },
  ROUTE: { kind: Section.ROUTE, row: LAYOUT.RouteRow },
  ROUTE_SLOT: { kind: Section.ROUTE_SLOT, row: LAYOUT.IndexRow },
  LOCAL_ADDRESS: { kind: Section.LOCAL_ADDRESS, row: LAYOUT.LocalAddressRow },
  CIDR: { kind: Section.CIDR, row: LAYOUT.CidrRow },
  SOURCE_RANGE: { kind: Section.SOURCE_RANGE, row: LAYOUT.CidrRow },
  FRONTEND: { kind: Section.FRONTEND, row: LAYOUT.FrontendRow },
  FRONTEND_SLOT: { kind: Section.FRONTEND_SLOT, row: LAYOUT.IndexRow },
  SERVICE: { kind: Section.SERVICE, row: LAYOUT.ServiceRow },
  MEMBER: { kind: Section.MEMBER, row: LAYOUT.IndexRow },
  BACKEND: { kind: Section.BACKEND, row: LAYOUT.BackendRow },
  RING: { kind: Section.RING, row: LAYOUT.IndexRow },
  CLUSTER_IP_SLOT: { kind: Section.CLUSTER_IP_SLOT, row: LAYOUT.IndexRow },
  PILOT: { kind: Section.PILOT, row: LAYOUT.IndexRow },
  PERFECT: { kind: Section.PERFECT, row: LAYOUT.PerfectRow },
};

const AN_EIGHTH_MORE = (count: number): number => count + Math.ceil(count / 8) + 64;

/** How many rows patches may give a section that has `count` when its image is made. */
const ROOMS: Partial<Readonly<Record<SectionName, (count: number) => number>>> = {
  SOURCE_RANGE: AN_EIGHTH_MORE,
  FRONTEND: AN_EIGHTH_MORE,
  SERVICE: AN_EIGHTH_MORE,
  MEMBER: AN_EIGHTH_MORE,
  BACKEND: AN_EIGHTH_MORE,
  PERFECT: AN_EIGHTH_MORE,
  // A third as many as frontends; one more of these takes a group of a dozen.
  PILOT: (count) => 6 * count + 1024,
};

/** Rows for which an image has room in a section that has `count` when it is made. */
export const roomFor = (name: SectionName, count: number): number => ROOMS[name]?.(count) ?? count;
