// ipvs.ts - kube-proxy's ipvs mode: one virtual server per address and port.
import { FrontendKind, Scheduler, ServiceModeFlag, Strategy as StrategyNumber } from '../abi/abi.gen.js';
import { strategySpec } from '../abi/strategies.js';
import { serverScheduler } from '../plan/scheduler.js';
import { assemble, healthChecksEverywhere, optionFlags, type Strategy, withoutHealthChecks } from './assemble.js';

const VIRTUAL_ADDRESSES: ReadonlySet<number> = new Set([
  FrontendKind.CLUSTER_IP,
  FrontendKind.EXTERNAL_IP,
  FrontendKind.LOAD_BALANCER,
]);

/**
 * What only this mode does:
 * - policy Local without local endpoints uses all endpoints instead of dropping;
 * - a virtual address rejects whatever it has no server for, external addresses and pings included (KUBE-IPVS-FILTER);
 * - hairpin masquerade applies to endpoints of this node (set KUBE-LOOP-BACK).
 */
export const ipvs: Strategy = {
  name: 'ipvs',
  mode: 'ipvs',
  summary: strategySpec('ipvs').doc,
  compile: (plan, attachment, generation, seed) =>
    assemble(plan, attachment, generation, seed, {
      strategy: StrategyNumber.IPVS,
      serviceFlags:
        optionFlags(plan) |
        ServiceModeFlag.LOCAL_FALLS_BACK |
        ServiceModeFlag.REJECT_UNKNOWN_PORT |
        ServiceModeFlag.HAIRPIN_LOCAL_ONLY,
      frontends: [...plan.frontends, ...healthChecksEverywhere(plan)],
      frontendsOf: withoutHealthChecks,
      firewallSticks: true,
      knownAddresses: VIRTUAL_ADDRESSES,
      // No virtual server has a hostPort: it is iptables' as in the other modes.
      schedulerOf: (port) => (port.isHostPort ? Scheduler.RANDOM : serverScheduler(port.scheduler, plan.config)),
    }),
};
