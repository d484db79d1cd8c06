// metrics.ts - the table of what pods and nodes use.
import type { KubeObject } from '../../model/objects.js';
import { addQuantities, formatQuantity, parseQuantity, ZERO } from '../../model/quantity.js';
import { type Columns, headings } from './columns.js';

type Amounts = Readonly<Record<string, string>>;

interface Metrics extends KubeObject {
  readonly usage?: Amounts;
  readonly containers?: readonly { readonly usage: Amounts }[];
  readonly window?: string;
}

export const METRICS_COLUMNS: Columns = {
  columns: headings('Name Cpu Memory Window'),
  row(object) {
    const { metadata, usage, containers = [], window = '' } = object as Metrics;
    const parts = usage ? [usage] : containers.map((container) => container.usage);
    const sum = (name: string): string =>
      formatQuantity(parts.map((part) => parseQuantity(part[name])).reduce(addQuantities, ZERO));
    return [metadata.name, sum('cpu'), sum('memory'), window];
  },
};
