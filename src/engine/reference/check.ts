// check.ts - rejects an image whose rows point outside their sections, so that no frame can hit a missing row.
import { FrontendKind, RouteKind } from '../../abi/abi.gen.js';
import { NONE } from '../../abi/layout.js';
import type { TableSet } from '../../image/table.js';
import { Fault } from '../../model/fault.js';

/** Throws Fault IMAGE_REFUSED. */
export function checkTables(tables: TableSet): void {
  const demand = (holds: boolean, what: string): void => {
    if (!holds) throw new Fault('IMAGE_REFUSED', `table image refused: ${what}`);
  };
  const run = (first: number, count: number, length: number): boolean => count === 0 || first + count <= length;
  const node = tables.NODE[0];
  demand(tables.NODE.length === 1, 'it must have exactly one NODE row');
  demand(node !== undefined && node.snatPortFirst <= node.snatPortLast, 'source ports of NODE are upside down');
  for (const [i, route] of tables.ROUTE.entries()) {
    const sends = route.kind === RouteKind.FORWARD || route.kind === RouteKind.LOCAL;
    demand(!sends || route.port < tables.PORT.length, `ROUTE ${i} has no port ${route.port}`);
    demand(route.prefixLength <= 128, `ROUTE ${i} has prefix length ${route.prefixLength}`);
    demand(i === 0 || route.prefixLength <= (tables.ROUTE[i - 1]?.prefixLength ?? 0), 'routes are not sorted');
  }
  for (const [i, row] of tables.MEMBER.entries()) {
    demand(row.index < tables.BACKEND.length, `MEMBER ${i} has no BACKEND ${row.index}`);
  }
  for (const [i, row] of tables.FRONTEND.entries()) {
    const mayLack = row.kind === FrontendKind.HEALTH_CHECK;
    demand(row.service < tables.SERVICE.length || (mayLack && row.service === NONE), `FRONTEND ${i} has no SERVICE`);
  }
  for (const [i, row] of tables.CLUSTER_IP_SLOT.entries()) {
    demand(row.index === NONE || row.index < tables.FRONTEND.length, `CLUSTER_IP_SLOT ${i} has no FRONTEND`);
  }
  for (const [i, row] of tables.SERVICE.entries()) {
    const lists =
      run(row.clusterFirst, row.clusterCount, tables.MEMBER.length) &&
      run(row.localFirst, row.localCount, tables.MEMBER.length) &&
      run(row.servingFirst, row.servingCount, tables.MEMBER.length) &&
      run(row.sourceRangeFirst, row.sourceRangeCount, tables.SOURCE_RANGE.length);
    demand(lists, `a list of SERVICE ${i} leaves its section`);
    const ring = (first: number, count: number): boolean =>
      count === 0 || run(first, row.ringCount, tables.RING.length);
    const rings = ring(row.ringFirst, row.clusterCount) && ring(row.localRingFirst, row.localCount);
    demand(row.ringCount === 0 || rings, `a ring of SERVICE ${i} leaves its section`);
  }
  for (const [i, row] of tables.RING.entries()) {
    demand(row.index < tables.BACKEND.length, `RING ${i} has no BACKEND ${row.index}`);
  }
}
