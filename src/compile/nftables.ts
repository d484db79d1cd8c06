// nftables.ts - kube-proxy's nftables mode: verdict maps keyed by address, protocol and port.
import { FrontendKind, ServiceModeFlag, Strategy as StrategyNumber } from '../abi/abi.gen.js';
import { strategySpec } from '../abi/strategies.js';
import type { NodePlan, PlanFrontend } from '../plan/plan.js';
import { assemble, type Choices, optionFlags, type Strategy } from './assemble.js';

const CLUSTER_IPS: ReadonlySet<number> = new Set([FrontendKind.CLUSTER_IP]);

const isServed = ({ kind }: PlanFrontend): boolean => kind !== 'HealthCheck';

/**
 * What only this mode does:
 * - source ranges are checked before "no endpoints" (chain firewall-check runs ahead of the service maps);
 * - hairpin masquerade applies to endpoints of this node (set hairpin-connections);
 * - an unknown port of a cluster IP is rejected (set cluster-ips);
 * - an unallocated address of a Service range is dropped;
 * - health-check ports are left to whoever owns the firewall.
 * `perfect` has the same semantics.
 */
export const nftablesChoices = (plan: NodePlan): Omit<Choices, 'strategy'> => ({
  serviceFlags:
    optionFlags(plan) |
    ServiceModeFlag.REJECT_UNKNOWN_PORT |
    ServiceModeFlag.FIREWALL_FIRST |
    ServiceModeFlag.HAIRPIN_LOCAL_ONLY |
    (plan.serviceCIDRs.length > 0 ? ServiceModeFlag.DROP_UNALLOCATED : 0),
  frontends: plan.frontends.filter(isServed),
  frontendsOf: ({ frontends }) => frontends.filter(isServed),
  firewallSticks: true,
  knownAddresses: CLUSTER_IPS,
});

export const nftables: Strategy = {
  name: 'nftables',
  mode: 'nftables',
  summary: strategySpec('nftables').doc,
  compile: (plan, attachment, generation, seed) =>
    assemble(plan, attachment, generation, seed, { ...nftablesChoices(plan), strategy: StrategyNumber.NFTABLES }),
};
