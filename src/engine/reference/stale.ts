// stale.ts - what taking an image does to flows: UDP flows towards endpoints that are gone are forgotten (kube-proxy's pkg/proxy/conntrack).
import { ServiceFlag, type ServiceRow } from '../../abi/abi.gen.js';
import { NONE } from '../../abi/layout.js';
import { swap16 } from '../../image/hash.js';
import type { TableSet } from '../../image/table.js';
import { sameBytes } from './bytes.js';
import type { FlowTable } from './flow.js';
import { PROTOCOL, type Tuple } from './packet.js';
import { findFrontend } from './service.js';

export function flushStale(flows: FlowTable, tables: TableSet, nowNs: bigint): void {
  for (const flow of flows.live(nowNs)) {
    if (flow.original.protocol !== PROTOCOL.UDP) continue;
    const service = tables.SERVICE[tables.FRONTEND[findFrontend(tables, flow.original)]?.service ?? NONE];
    if (!service || (service.flags & ServiceFlag.CLEAN_UDP) === 0 || service.servingCount === 0) continue;
    if (!isServing(tables, service, flow.reply)) flows.remove(flow);
  }
}

/** True if replies of the flow come from a serving endpoint of the Service. */
function isServing(tables: TableSet, service: ServiceRow, reply: Tuple): boolean {
  const members = tables.MEMBER.slice(service.servingFirst, service.servingFirst + service.servingCount);
  return members.some(({ index }) => {
    const backend = tables.BACKEND[index];
    return backend && sameBytes(backend.address, reply.source) && swap16(backend.port_be) === reply.sourcePort;
  });
}
