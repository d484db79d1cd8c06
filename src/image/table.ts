// table.ts - TableSet: the typed rows of one node's tables. The only thing that strategies produce.
import { SECTIONS, type SectionName, type Sections, type Strategy } from '../abi/abi.gen.js';

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

/** All sections, in the order in which they stand in an image. */
export const SECTION_NAMES = Object.keys(SECTIONS) as SectionName[];

/** Rows for which an image has room in a section that has `count` when it is made. */
export function roomFor(name: SectionName, count: number): number {
  const { share, more } = SECTIONS[name].room;
  return count + Math.ceil(count * share) + more;
}
