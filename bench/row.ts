// row.ts - one result in a machine-readable form (version 1), and its statistics.

/** Version of the format of Row and Results. */
export const RESULTS_VERSION = 1;

/** What was measured. Fields that do not apply are null. Rows with equal subjects are one row. */
export interface Subject {
  /** A name of the testbeds (testbed.ts). */
  readonly dataplane: string;
  readonly strategy: string | null;
  readonly services: number | null;
  /** The endpoints of all Services together. */
  readonly endpoints: number | null;
  readonly flows: number | null;
  /** Length of the Ethernet frame without FCS. */
  readonly frameBytes: number | null;
  /** In words: where the packets went, or what was done. */
  readonly path: string;
  readonly metric: string;
  readonly unit: string;
}

/** Samples of one subject, taken in one process. */
export interface Measurement extends Subject {
  readonly values: readonly number[];
}

interface Statistics {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** The number of samples. */
  readonly runs: number;
}

/** A measured quantity. */
export interface Row extends Subject, Statistics {
  readonly suite: string;
}

const NOTHING = {
  strategy: null,
  services: null,
  endpoints: null,
  flows: null,
  frameBytes: null,
} as const;

/** A measurement whose other fields do not apply. */
export const measured = (
  fields: Pick<Subject, 'dataplane' | 'path' | 'metric' | 'unit'> & Partial<Subject>,
  ...values: number[]
): Measurement => ({ ...NOTHING, ...fields, values });

export function summarise(values: readonly number[]): Statistics {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (i: number): number => sorted[i] ?? Number.NaN;
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { median, min: at(0), max: at(sorted.length - 1), runs: sorted.length };
}

const keyOf = (m: Subject): string =>
  JSON.stringify([m.metric, m.path, m.dataplane, m.strategy, m.services, m.endpoints, m.flows, m.frameBytes, m.unit]);

/** Samples of all processes → one row for each subject, in the order of first appearance. */
export function rowsOf(suite: string, measurements: readonly Measurement[]): Row[] {
  const groups = new Map<string, { subject: Subject; values: number[] }>();
  for (const { values, ...subject } of measurements) {
    const key = keyOf(subject);
    const group = groups.get(key);
    if (group) group.values.push(...values);
    else groups.set(key, { subject, values: [...values] });
  }
  return [...groups.values()].map(({ subject, values }) => ({ suite, ...subject, ...summarise(values) }));
}

/** What a row is called in tables and legends: the strategy of our own dataplane, else the dataplane. */
export const seriesOf = (row: Pick<Subject, 'dataplane' | 'strategy'>): string =>
  row.dataplane === 'kubewire' && row.strategy !== null ? row.strategy : row.dataplane;
