// iptables.ts - kube-proxy's iptables mode: FRONTEND stands for chain KUBE-SERVICES and is scanned from the top.

import { ServiceModeFlag, Strategy as StrategyNumber } from '../abi/abi.gen.js';
import { strategySpec } from '../abi/strategies.js';
import { familyOf } from '../model/address.js';
import type { NodePlan, PlanFrontend } from '../plan/plan.js';
import { assemble, healthChecksEverywhere, optionFlags, type Strategy, withoutHealthChecks } from './assemble.js';

/** A NodePort on an address that --nodeport-addresses excludes. */
interface ShadowPort {
  readonly frontend: PlanFrontend;
  readonly drop: boolean;
}

/**
 * The filter rules for NodePorts without usable endpoints (chain KUBE-EXTERNAL-SERVICES) match every local address,
 * whatever --nodeport-addresses says; the DNAT rules match only the addresses it selects. So on the other addresses
 * such a NodePort is still rejected, or dropped for policy Local without a local endpoint.
 */
function shadowPorts(plan: NodePlan): ShadowPort[] {
  const closed = plan.localAddresses.filter((local) => !local.nodePort).map((local) => local.address);
  if (closed.length === 0) return [];
  return plan.frontends.flatMap((frontend) => {
    const service = frontend.kind === 'NodePort' ? plan.services[frontend.service] : undefined;
    if (!service) return [];
    const drop = service.hasAnyEndpoints;
    if (drop && !(service.externalLocal && service.localEndpoints.length === 0)) return [];
    return closed
      .filter((address) => familyOf(address) === frontend.family)
      .map((address) => ({ frontend: { ...frontend, address }, drop }));
  });
}

/**
 * The order in which the chains are scanned. KUBE-SERVICES lists the rules of one Service port after another (cluster
 * IP, external IPs, load-balancer addresses) and jumps to KUBE-NODEPORTS at its end.
 */
function inChainOrder(frontends: readonly PlanFrontend[]): PlanFrontend[] {
  return [...frontends.filter(({ address }) => address !== ''), ...frontends.filter(({ address }) => address === '')];
}

/**
 * What only this mode does:
 * - the node's own packets to an external address elsewhere are not rejected for lack of endpoints, because
 *   KUBE-EXTERNAL-SERVICES is only called from INPUT and FORWARD;
 * - INVALID packets are not forwarded (KUBE-FORWARD);
 * - hairpin masquerade applies to every endpoint;
 * - localhost NodePorts work, and health-check ports are accepted on every local address.
 */
export const iptables: Strategy = {
  name: 'iptables',
  mode: 'iptables',
  summary: strategySpec('iptables').doc,
  compile(plan, attachment, generation, seed) {
    const shadows = shadowPorts(plan);
    const drops = shadows.filter((shadow) => shadow.drop);
    // A shadow that drops needs its own Service row, with lists that are empty for every source.
    const rows = new Map<number, number>();
    for (const { frontend } of drops) {
      if (!rows.has(frontend.service)) rows.set(frontend.service, plan.services.length + rows.size);
    }
    const frontends = shadows.map(({ frontend, drop }) =>
      drop ? { ...frontend, service: rows.get(frontend.service) ?? -1 } : frontend,
    );
    return assemble(plan, attachment, generation, seed, {
      strategy: StrategyNumber.IPTABLES,
      serviceFlags: optionFlags(plan) | ServiceModeFlag.NODE_SKIPS_EXTERNAL_REJECT | ServiceModeFlag.DROPS_INVALID,
      frontends: inChainOrder([...plan.frontends, ...frontends, ...healthChecksEverywhere(plan)]),
      // NodePorts may have shadows on other addresses.
      frontendsOf: (service) =>
        service.frontends.some(({ kind }) => kind === 'NodePort') ? null : withoutHealthChecks(service),
      firewallSticks: false,
      nodePortsLast: true,
      knownAddresses: new Set(),
      emptiedServices: [...rows.keys()],
    });
  },
};
