// table.ts - objects of one kind → the rows of the table that `get` prints.
import { type Columns, formatLabels, PLAIN_COLUMNS } from '../../cluster/columns/columns.js';
import { BUILT_IN } from '../../cluster/kinds/registry.js';
import type { KubeObject } from '../../model/objects.js';
import { printable } from '../../model/printable.js';

const columnsOf = (kind: string): Columns => BUILT_IN.named(kind)?.columns ?? PLAIN_COLUMNS;

export interface TableOptions {
  readonly wide: boolean;
  /** Puts the namespace into a first column: `-A` over a kind that has namespaces. */
  readonly namespaced: boolean;
  /** What comes before each name: `service/` when several kinds are printed. */
  readonly prefix: string;
  readonly showLabels: boolean;
  /** Labels with a column of their own: `-L app`. */
  readonly labelColumns: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A cell never breaks its line: it ends at the first line break, and shows that. */
function oneLine(cell: string): string {
  const end = cell.search(/[\f\n\r]/);
  return printable(end < 0 ? cell : `${cell.slice(0, end)}...`);
}

/** A label key without its prefix, as a heading. */
const labelHeading = (key: string): string => key.slice(key.lastIndexOf('/') + 1).toUpperCase();

export function headerRow(kind: string, options: TableOptions): string[] {
  const names = columnsOf(kind)
    .columns.filter(({ wide }) => options.wide || !wide)
    .map(({ name }) => name.toUpperCase());
  return [
    ...(options.namespaced ? ['NAMESPACE'] : []),
    ...names,
    ...options.labelColumns.map(labelHeading),
    ...(options.showLabels ? ['LABELS'] : []),
  ];
}

export function objectRow(object: KubeObject, options: TableOptions): string[] {
  const { columns, row } = BUILT_IN.ofObject(object)?.columns ?? PLAIN_COLUMNS;
  const cells = row(object, options.now).map(String);
  const nameAt = columns.findIndex(({ name }) => name === 'Name');
  if (nameAt >= 0) cells[nameAt] = options.prefix + (cells[nameAt] ?? '');
  const { labels = {} } = object.metadata;
  return [
    ...(options.namespaced ? [object.metadata.namespace ?? ''] : []),
    ...cells.filter((_, i) => options.wide || !columns[i]?.wide),
    ...options.labelColumns.map((key) => labels[key] ?? ''),
    ...(options.showLabels ? [formatLabels(labels)] : []),
  ].map(oneLine);
}
