// row.ts - one result, in a shape that machines read (version 1), and its statistics.

/** A measured quantity. Fields that do not apply are null. */
export interface Row {
  readonly suite: string;
  /** copy | kubewire | kernel-nftables | kernel-iptables */
  readonly dataplane: string;
  readonly strategy: string | null;
  readonly services: number | null;
  readonly endpoints: number | null;
  readonly flows: number | null;
  readonly frameBytes: number | null;
  /** Where the packets went, in words. */
  readonly path: string;
  readonly metric: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

export function summarise(values: readonly number[]): Pick<Row, 'median' | 'min' | 'max' | 'runs'> {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (i: number): number => sorted[i] ?? Number.NaN;
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { median, min: at(0), max: at(sorted.length - 1), runs: sorted.length };
}
