// sections.ts - the sections of a table image, a row each: what their rows are, how long they may become, what a patch may do.
//
// Part of the contract in layout.ts; numbers are appended, never reused. A new section is one row here: the struct
// kw_tables, strides, counts and permissions of the dataplane, and SECTIONS of the control plane, are generated.

/** How many rows patches may give a section that has `count` when its image is made: count + ⌈count · share⌉ + more. */
interface Room {
  readonly share: number;
  readonly more: number;
}

/** What a patch may do to the rows of a section. */
interface PatchPermission {
  /** Write rows after the last one. */
  readonly adds: boolean;
  /** Write rows that are there. */
  readonly changes: boolean;
  /** Take rows from the end. */
  readonly shortens: boolean;
}

interface SectionSpec {
  readonly name: string;
  readonly number: number;
  /** Name of a struct in layout.ts. */
  readonly row: string;
  readonly doc: string;
  /** Names in kw_tables: where the rows are, and how many. Of a hash the second is its mask, the number of rows less one. */
  readonly rows: string;
  readonly count: string;
  /** A hash: slots with linear probing, a power of two; NONE in the empty ones. */
  readonly hash: boolean;
  readonly room: Room;
  readonly patch: PatchPermission;
}

const NO_ROOM: Room = { share: 0, more: 0 };
const AN_EIGHTH_MORE: Room = { share: 1 / 8, more: 64 };
/** A third as many as frontends; one more of these takes a group of a dozen. */
const GROUPS_MORE: Room = { share: 5, more: 1024 };

const FIXED: PatchPermission = { adds: false, changes: false, shortens: false };
const APPENDED: PatchPermission = { adds: true, changes: false, shortens: false };
const REWRITTEN: PatchPermission = { adds: false, changes: true, shortens: false };
const GROWN: PatchPermission = { adds: true, changes: true, shortens: false };
const FREE: PatchPermission = { adds: true, changes: true, shortens: true };

type Rest = Pick<SectionSpec, 'hash' | 'room' | 'patch'>;
const FIXED_ROWS: Rest = { hash: false, room: NO_ROOM, patch: FIXED };

/** In the order in which they stand in an image. */
export const SECTION_SPECS: readonly SectionSpec[] = [
  {
    name: 'NODE',
    number: 1,
    row: 'NodeRow',
    doc: 'NodeRow, exactly one',
    rows: 'node',
    count: 'nodeCount',
    ...FIXED_ROWS,
  },
  { name: 'PORT', number: 2, row: 'PortRow', doc: 'PortRow', rows: 'ports', count: 'portCount', ...FIXED_ROWS },
  {
    name: 'ROUTE',
    number: 3,
    row: 'RouteRow',
    doc: 'RouteRow, longest prefix first',
    rows: 'routes',
    count: 'routeCount',
    ...FIXED_ROWS,
  },
  {
    name: 'ROUTE_SLOT',
    number: 4,
    row: 'IndexRow',
    doc: 'IndexRow: hash of the /128 routes (key: prefix)',
    rows: 'routeSlots',
    count: 'routeSlotMask',
    ...FIXED_ROWS,
    hash: true,
  },
  {
    name: 'LOCAL_ADDRESS',
    number: 5,
    row: 'LocalAddressRow',
    doc: 'LocalAddressRow',
    rows: 'localAddresses',
    count: 'localAddressCount',
    ...FIXED_ROWS,
  },
  {
    name: 'CIDR',
    number: 6,
    row: 'CidrRow',
    doc: 'CidrRow: local detector, Service ranges',
    rows: 'cidrs',
    count: 'cidrCount',
    ...FIXED_ROWS,
  },
  {
    name: 'SOURCE_RANGE',
    number: 7,
    row: 'CidrRow',
    doc: 'CidrRow: loadBalancerSourceRanges',
    rows: 'sourceRanges',
    count: 'sourceRangeCount',
    hash: false,
    room: AN_EIGHTH_MORE,
    patch: APPENDED,
  },
  {
    name: 'FRONTEND',
    number: 8,
    row: 'FrontendRow',
    doc: 'FrontendRow, in the order of the strategy',
    rows: 'frontends',
    count: 'frontendCount',
    hash: false,
    room: AN_EIGHTH_MORE,
    patch: FREE,
  },
  {
    name: 'FRONTEND_SLOT',
    number: 9,
    row: 'IndexRow',
    doc: 'IndexRow: hash of FRONTEND (key: address, port_be, protocol)',
    rows: 'frontendSlots',
    count: 'frontendSlotMask',
    hash: true,
    room: NO_ROOM,
    patch: REWRITTEN,
  },
  {
    name: 'SERVICE',
    number: 10,
    row: 'ServiceRow',
    doc: 'ServiceRow',
    rows: 'services',
    count: 'serviceCount',
    hash: false,
    room: AN_EIGHTH_MORE,
    patch: GROWN,
  },
  {
    name: 'MEMBER',
    number: 11,
    row: 'IndexRow',
    doc: 'IndexRow into BACKEND',
    rows: 'members',
    count: 'memberCount',
    hash: false,
    room: AN_EIGHTH_MORE,
    patch: APPENDED,
  },
  {
    name: 'BACKEND',
    number: 12,
    row: 'BackendRow',
    doc: 'BackendRow',
    rows: 'backends',
    count: 'backendCount',
    hash: false,
    room: AN_EIGHTH_MORE,
    patch: APPENDED,
  },
  {
    name: 'RING',
    number: 13,
    row: 'IndexRow',
    doc: 'IndexRow into BACKEND: Maglev rings',
    rows: 'ring',
    count: 'ringCount',
    ...FIXED_ROWS,
  },
  {
    name: 'CLUSTER_IP_SLOT',
    number: 14,
    row: 'IndexRow',
    doc: 'IndexRow into FRONTEND: hash of the active cluster IPs (key: address)',
    rows: 'clusterIpSlots',
    count: 'clusterIpSlotMask',
    hash: true,
    room: NO_ROOM,
    patch: REWRITTEN,
  },
  {
    name: 'PILOT',
    number: 15,
    row: 'IndexRow',
    doc: 'IndexRow: pilots of the minimal perfect hash over PERFECT; empty under other strategies',
    rows: 'pilots',
    count: 'pilotCount',
    hash: false,
    room: GROUPS_MORE,
    patch: GROWN,
  },
  {
    name: 'PERFECT',
    number: 16,
    row: 'PerfectRow',
    doc: 'PerfectRow, in the order of the minimal perfect hash; empty under other strategies',
    rows: 'perfect',
    count: 'perfectCount',
    hash: false,
    room: AN_EIGHTH_MORE,
    patch: GROWN,
  },
];

/** What the loader of an image finds out once and keeps with its sections: name in kw_tables, bits, meaning. */
export const TABLE_FACTS: readonly (readonly [name: string, bits: 32 | 64, doc: string])[] = [
  ['prefixFirst', 32, 'first route that is not an exact one (/128)'],
  ['nodePortFirst', 32, 'IPTABLES: rows of FRONTEND from here on have the unspecified address'],
  ['bucketCount', 32, 'PERFECT: rows of PILOT that stand for buckets; after them come groups'],
  ['spread', 32, 'PERFECT: rows that pilots spread keys over; after them come rows that are only named'],
  ['hashSeed', 32, 'ImageHeader.hashSeed'],
  ['hashMapped', 32, 'how far the hash of every IPv4 address is the same (kw_hash_mapped)'],
  ['strategy', 32, 'Strategy'],
  ['nodeId', 32, 'ImageHeader.nodeId'],
  ['router', 32, 'the node has NodeFlag ROUTER'],
  ['generation', 64, 'ImageHeader.generation, or that of the last patch'],
];
