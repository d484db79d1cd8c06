// table.ts - TableSet: the typed rows of one node's tables. Strategies produce nothing else.
import { SECTIONS, type SectionName, type Sections, type Strategy } from '../abi/abi.gen.js';

/** Names for the stable ids. They never cross into native code. */
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
  /** PILOT rows that represent buckets, and PERFECT rows over which pilots spread keys; 0 under other strategies. */
  readonly buckets: number;
  readonly spread: number;
  readonly names: TableNames;
}

/** All sections, in image order. */
export const SECTION_NAMES = Object.keys(SECTIONS) as SectionName[];

/** Number of rows for which an image leaves room in a section that starts with `count` rows. */
export function roomFor(name: SectionName, count: number): number {
  const { share, more } = SECTIONS[name].room;
  return count + Math.ceil(count * share) + more;
}
