// listing.ts - a plan as JSON: frontends → Service port → endpoints; for ipvs also what kube-proxy puts into the kernel.
import type { Family } from '../model/address.js';
import type { NodePlan, PlanEndpoint, PlanServicePort } from '../plan/plan.js';
import { hostPortChains } from './hostports.js';
import { lineOf } from './iptables-rules.js';
import { ipvsRules } from './ipvs-rules.js';
import { ipvsTable, ipvsTables } from './ipvs-table.js';
import { FAMILIES, healthChecksOf, hostPortsOf, reachesOf } from './reach.js';

const endpointItem = (one: PlanEndpoint) => ({
  endpoint: one.name,
  local: one.local,
  ready: one.ready,
  serving: one.serving,
  terminating: one.terminating,
  weight: one.weight,
});

function serviceItem(service: PlanServicePort) {
  return {
    service: service.name,
    family: service.family,
    protocol: service.protocol,
    internalTrafficPolicy: service.internalLocal ? 'Local' : 'Cluster',
    externalTrafficPolicy: service.externalLocal ? 'Local' : 'Cluster',
    sessionAffinitySeconds: service.affinitySeconds,
    sourceRanges: service.sourceRanges,
    clusterEndpoints: service.clusterEndpoints.map(endpointItem),
    localEndpoints: service.localEndpoints.map(endpointItem),
  };
}

/** The hostPorts of the node's pods; `hostIP` is empty where they answer on every address of the node. */
function hostPortItems(plan: NodePlan, families: readonly Family[]) {
  return families.flatMap((family) =>
    hostPortsOf(plan, family).map(({ service, frontends }) => ({
      pod: `${service.namespace}/${service.service}`,
      family,
      protocol: service.protocol,
      hostIP: frontends[0]?.address ?? '',
      hostPort: service.port,
      endpoint: service.clusterEndpoints[0]?.name ?? '',
      masqueraded: service.sourceRanges,
    })),
  );
}

/**
 * Version 1: `services` are in plan order. Each has its `frontends` (`address` is empty for NodePorts, which answer on
 * every one of `nodePortAddresses`) and the endpoints of both traffic policies.
 */
export function planListing(plan: NodePlan, strategy: string, families: readonly Family[] = FAMILIES) {
  return {
    version: 1,
    node: plan.node.name,
    strategy,
    nodePortAddresses: plan.localAddresses.filter(({ nodePort }) => nodePort).map(({ address }) => address),
    localDetector: plan.localDetector,
    services: families.flatMap((family) =>
      reachesOf(plan, family).map(({ service, frontends }) => ({
        ...serviceItem(service),
        frontends: frontends.map(({ kind, address, port, firewall }) => ({ kind, address, port, firewall })),
      })),
    ),
    healthChecks: families.flatMap((family) =>
      healthChecksOf(plan, family).map(({ service, port }) => ({ service: service.name, family, port })),
    ),
    hostPorts: hostPortItems(plan, families),
  };
}

/**
 * Version 1: the IPVS table (`flags`: 0x1 persistent, 0x10 mh-port; `timeout` in seconds), the IP sets by their IPv4 names,
 * the addresses on kube-ipvs0 and the iptables rules around them.
 */
export function ipvsListing(plan: NodePlan, families: readonly Family[] = FAMILIES) {
  const { virtualServers, ipsets, boundAddresses } = ipvsTables(plan, families);
  const rules = families.flatMap((family) => {
    const table = ipvsTable(plan, family);
    const { before, after, own } = hostPortChains(plan, family);
    const hostPorts = [...before, ...after, ...own].map(lineOf);
    // A family without Services only has rules that do nothing on their own.
    if (table.virtualServers.length === 0) return hostPorts;
    const { nat, filter } = ipvsRules(plan, table, family);
    return [...nat, ...filter, ...hostPorts];
  });
  return {
    version: 1,
    node: plan.node.name,
    strategy: 'ipvs',
    virtualServers,
    ipsets: Object.fromEntries(ipsets),
    boundAddresses,
    iptablesRules: rules,
  };
}
