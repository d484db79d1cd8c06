// filter.ts - which rows the map shows: those of a namespace, a Service or a node, and what belongs to them.
import type { MapRow, ServiceRow } from '../../api/dash/shapes.js';

interface MapFilter {
  readonly namespace: string;
  /** `NAMESPACE/NAME`, or a part of it. */
  readonly service: string;
  readonly node: string;
}

const named = (row: { namespace: string; name: string }, text: string): boolean =>
  text === '' || `${row.namespace}/${row.name}`.includes(text);

/** A filter that is empty lets everything pass. With a Service, only its pods are left; nodes stay, for they carry packets. */
export function filterRows(rows: Iterable<MapRow>, { namespace, service, node }: MapFilter): MapRow[] {
  const all = [...rows];
  const services = all.filter(
    (row): row is ServiceRow =>
      row.kind === 'service' && (namespace === '' || row.namespace === namespace) && named(row, service),
  );
  const behind = new Set(services.flatMap(({ endpoints }) => endpoints));
  const shown = new Set<MapRow>(services);
  return all.filter((row) => {
    if (row.kind === 'client') return true;
    if (row.kind === 'node') return node === '' || row.name === node;
    if (row.kind === 'service') return shown.has(row);
    return (
      (namespace === '' || row.namespace === namespace) &&
      (node === '' || row.node === node) &&
      (service === '' || behind.has(row.id))
    );
  });
}

/** Names of all nodes. */
export const nodesOf = (rows: Iterable<MapRow>): string[] =>
  [...rows].flatMap((row) => (row.kind === 'node' ? [row.name] : []));

/** All namespaces that rows are in, by name. */
export const namespacesOf = (rows: Iterable<MapRow>): string[] =>
  [...new Set([...rows].flatMap((row) => ('namespace' in row ? [row.namespace] : [])))].sort();
