// assemble.ts - puts the sections of one node together; strategies say in which points they differ.
import {
  Scheduler,
  ServiceFlag,
  ServiceModeFlag,
  type ServiceRow,
  type Strategy as StrategyNumber,
} from '../abi/abi.gen.js';
import type { TableSet } from '../image/table.js';
import type { Attachment, NodePlan, PlanFrontend, PlanServicePort } from '../plan/plan.js';
import { compileFrontends } from './frontends.js';
import { compileNetwork } from './network.js';
import { compileServices } from './services.js';

/** What a strategy decides. */
export interface Choices {
  readonly strategy: StrategyNumber;
  /** ServiceModeFlag bits. */
  readonly serviceFlags: number;
  /** In order of precedence. A service index behind the plan's means an emptied copy, see emptiedServices. */
  readonly frontends: readonly PlanFrontend[];
  readonly firewallSticks: boolean;
  /** Frontends are not found by FRONTEND_SLOT, which stays empty. */
  readonly withoutSlots?: boolean;
  /** FrontendKind of the addresses on which an unknown port is noticed. */
  readonly knownAddresses: ReadonlySet<number>;
  /** Services that get a second SERVICE row without any endpoint, in this order behind the others: it always drops. */
  readonly emptiedServices?: readonly number[];
  /** ServiceRow.scheduler of a Service port; without it every choice is a draw. */
  readonly schedulerOf?: (port: PlanServicePort) => number;
}

/** The flags that follow from kube-proxy's options rather than from its mode. */
export function optionFlags(plan: NodePlan): number {
  const detects = (colon: boolean): boolean => plan.localDetector.some((cidr) => cidr.includes(':') === colon);
  return (
    (plan.config.masqueradeAll ? ServiceModeFlag.MASQUERADE_ALL : 0) |
    (detects(false) ? ServiceModeFlag.DETECT_LOCAL : 0) |
    (detects(true) ? ServiceModeFlag.DETECT_LOCAL_6 : 0)
  );
}

/** Health-check ports on the local addresses that have no NodePorts: they are accepted on any address of the node. */
export function healthChecksEverywhere(plan: NodePlan): PlanFrontend[] {
  const checks = plan.frontends.filter((frontend) => frontend.kind === 'HealthCheck');
  if (checks.length === 0) return [];
  const closed = plan.localAddresses.filter((local) => !local.nodePort).map((local) => local.address);
  return checks.flatMap((check) =>
    closed
      .filter((address) => address.includes(':') === (check.family === 'IPv6'))
      .map((address) => ({ ...check, address })),
  );
}

const emptied = (row: ServiceRow): ServiceRow => ({
  ...row,
  flags: ServiceFlag.EXTERNAL_LOCAL | ServiceFlag.HAS_ENDPOINTS,
  clusterFirst: 0,
  clusterCount: 0,
  localFirst: 0,
  localCount: 0,
  servingFirst: 0,
  servingCount: 0,
});

export function assemble(
  plan: NodePlan,
  attachment: Attachment,
  generation: bigint,
  seed: number,
  choices: Choices,
): TableSet {
  const fallsBack = (choices.serviceFlags & ServiceModeFlag.LOCAL_FALLS_BACK) !== 0;
  const services = compileServices(plan, fallsBack, choices.schedulerOf ?? (() => Scheduler.RANDOM));
  const copies = choices.emptiedServices ?? [];
  for (const index of copies) services.SERVICE.push(emptied(services.SERVICE[index] as ServiceRow));
  const names = plan.services.map((port) => port.name);
  return {
    ...compileNetwork(plan, attachment, choices.serviceFlags, seed),
    ...compileFrontends(choices.frontends, choices, !choices.withoutSlots, choices.knownAddresses, seed),
    SERVICE: services.SERVICE,
    MEMBER: services.MEMBER,
    BACKEND: services.BACKEND,
    SOURCE_RANGE: services.SOURCE_RANGE,
    RING: [],
    PILOT: [],
    PERFECT: [],
    strategy: choices.strategy,
    generation,
    hashSeed: seed,
    nodeId: plan.node.id,
    names: {
      services: [...names, ...copies.map((index) => names[index] ?? '')],
      ports: attachment.ports.map((port) => port.name),
    },
  };
}
