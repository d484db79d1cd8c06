// kinds.ts - the columns of every kind.
import { CLUSTER_COLUMNS } from './cluster.js';
import { ageOf, type Columns, headings } from './columns.js';
import { NETWORK_COLUMNS } from './network.js';
import { WORKLOAD_COLUMNS } from './workloads.js';

/** Kinds without columns of their own. */
const OTHER: Columns = {
  columns: headings('Name Age'),
  row: (object, now) => [object.metadata.name, ageOf(object, now)],
};

const KNOWN: Readonly<Record<string, Columns>> = { ...NETWORK_COLUMNS, ...WORKLOAD_COLUMNS, ...CLUSTER_COLUMNS };

export const columnsOf = (kind: string): Columns => KNOWN[kind] ?? OTHER;
