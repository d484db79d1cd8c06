// cilium.ts - a plan as what `cilium-dbg service list` prints on a node.
import { type Family, formatEndpoint } from '../model/address.js';
import type { NodePlan, PlanEndpoint, PlanFrontend, PlanServicePort } from '../plan/plan.js';
import { FAMILIES, hostPortsOf, isFamily, reachesOf } from './reach.js';

const TYPES: Readonly<Record<PlanFrontend['kind'], string>> = {
  ClusterIP: 'ClusterIP',
  ExternalIP: 'ExternalIPs',
  LoadBalancer: 'LoadBalancer',
  NodePort: 'NodePort',
  HealthCheck: '',
  HostPort: 'HostPort',
};

interface Row {
  readonly frontend: string;
  readonly type: string;
  readonly backends: readonly string[];
}

function backendsOf(service: PlanServicePort, kind: PlanFrontend['kind']): readonly PlanEndpoint[] {
  const local = kind === 'ClusterIP' ? service.internalLocal : service.externalLocal;
  return local ? service.localEndpoints : service.clusterEndpoints;
}

const stateOf = ({ ready, terminating }: PlanEndpoint): string =>
  terminating ? 'terminating' : ready ? 'active' : 'quarantined';

function rowsOf(plan: NodePlan, family: Family): Row[] {
  const own = plan.localAddresses.filter(({ address, nodePort }) => nodePort && isFamily(family)(address));
  return [...reachesOf(plan, family), ...hostPortsOf(plan, family)].flatMap(({ service, frontends }) =>
    frontends.flatMap(({ kind, address, port }) => {
      const addresses = address === '' ? own.map((local) => local.address) : [address];
      const backends = backendsOf(service, kind).map((one, i) => {
        const target = `${one.name}/${service.protocol}`;
        return `${i + 1} => ${target} (${stateOf(one)})`;
      });
      return addresses.map((at) => ({
        frontend: `${formatEndpoint(at, port)}/${service.protocol}`,
        type: TYPES[kind],
        backends,
      }));
    }),
  );
}

/** A table with number, frontend and type, and one line per backend. */
export function ciliumServices(plan: NodePlan, families: readonly Family[] = FAMILIES): string {
  const rows = families.flatMap((family) => rowsOf(plan, family));
  const cells = [
    ['ID', 'Frontend', 'Service Type', 'Backend'],
    ...rows.flatMap(({ frontend, type, backends }, i) => [
      [String(i + 1), frontend, type, backends[0] ?? ''],
      ...backends.slice(1).map((backend) => ['', '', '', backend]),
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => (row[column] ?? '').length)) + 3);
  const line = (row: readonly string[]): string => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('');
  return cells.map((row) => `${line(row).trimEnd()}\n`).join('');
}
