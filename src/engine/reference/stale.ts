// stale.ts - forgets state that a new image invalidates: UDP flows to removed endpoints (kube-proxy's pkg/proxy/conntrack) and clients of endpoints without rules.

import { FrontendKind, type FrontendRow, ServiceFlag, type ServiceRow } from '../../abi/abi.gen.js';
import type { TableSet } from '../../image/table.js';
import { sameBytes, swap16, UNSPECIFIED, versionOf } from '../../wire/bytes.js';
import { PROTOCOL } from '../../wire/headers.js';
import type { AffinityTable } from './affinity.js';
import type { FlowTable } from './flow.js';
import type { Tuple } from './packet.js';

/** @param written SERVICE rows whose CLEAN_UDP counts: those in a patch; null = all [IMAGE-3] */
export function flushStale(
  flows: FlowTable,
  tables: TableSet,
  nowNs: bigint,
  written: ReadonlySet<number> | null,
): void {
  for (const flow of flows.live(nowNs)) {
    if (flow.original.protocol !== PROTOCOL.UDP) continue;
    const service = serviceOf(tables, flow.original);
    if (!service || (service.flags & ServiceFlag.CLEAN_UDP) === 0 || service.servingCount === 0) continue;
    if (written && !written.has(tables.SERVICE.indexOf(service))) continue;
    if (!isServing(tables, service, flow.reply)) flows.remove(flow);
  }
}

/**
 * The Service port that the flow was created for, judged by its destination. Like kube-proxy, it recognises a NodePort
 * by its port alone. A flow spread by a load balancer keeps its destination, so its replies never come from an endpoint.
 * [IMAGE-4]
 */
function serviceOf(tables: TableSet, original: Tuple): ServiceRow | undefined {
  const { destination, destinationPort, protocol } = original;
  const row = (address: Uint8Array): FrontendRow | undefined =>
    tables.FRONTEND.find(
      (frontend) =>
        sameBytes(frontend.address, address) &&
        frontend.port_be === swap16(destinationPort) &&
        frontend.protocol === protocol,
    );
  const frontend = row(destination) ?? row(UNSPECIFIED[versionOf(destination)]);
  return frontend && frontend.kind !== FrontendKind.SPREAD ? tables.SERVICE[frontend.service] : undefined;
}

/** True if the flow's replies come from a serving endpoint of the Service. */
function isServing(tables: TableSet, service: ServiceRow, reply: Tuple): boolean {
  const members = tables.MEMBER.slice(service.servingFirst, service.servingFirst + service.servingCount);
  return members.some(({ index }) => {
    const backend = tables.BACKEND[index];
    return backend && sameBytes(backend.address, reply.source) && swap16(backend.port_be) === reply.sourcePort;
  });
}

/** Forgets an endpoint's clients once no Service with affinity has it in its cluster or local list. [IMAGE-5] */
export function forgetGoneClients(affinity: AffinityTable, tables: TableSet): void {
  affinity.keepOnly((serviceId, backendId) =>
    tables.SERVICE.some((service) => {
      if (service.id !== serviceId || service.affinitySeconds === 0) return false;
      const { clusterFirst, clusterCount, localFirst, localCount } = service;
      const members = [
        ...tables.MEMBER.slice(clusterFirst, clusterFirst + clusterCount),
        ...tables.MEMBER.slice(localFirst, localFirst + localCount),
      ];
      return members.some(({ index }) => tables.BACKEND[index]?.id === backendId);
    }),
  );
}
