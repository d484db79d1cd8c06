// assemble.ts - the interface of strategies, and how one node's sections are assembled from what a strategy decides.

import { Scheduler, ServiceModeFlag, type Strategy as StrategyNumber } from '../abi/abi.gen.js';
import type { PerfectHash } from '../image/perfect.js';
import type { TableSet } from '../image/table.js';
import { familyOf, isIPv6 } from '../model/address.js';
import type { Attachment, NodePlan, PlanFrontend, PlanServicePort, ProxyMode, ServicePlan } from '../plan/plan.js';
import { FrontendBook, type FrontendRules } from './frontends.js';
import { compileNetwork } from './network.js';
import { fillServices, ServiceBook } from './services.js';

/** Turns a plan into tables. Same input, same bytes. */
export interface Strategy {
  readonly name: string;
  /** The kube-proxy mode whose semantics it follows. Plans must be made with this mode. */
  readonly mode: ProxyMode;
  /** One line for help texts. */
  readonly summary: string;
  compile(plan: NodePlan, attachment: Attachment, generation: bigint, seed: number): Assembly;
}

/** What a strategy decides. */
export interface Choices extends FrontendRules {
  readonly strategy: StrategyNumber;
  /** ServiceModeFlag bits. */
  readonly serviceFlags: number;
  /** In order of precedence. A service index past the plan's end means an emptied copy, see emptiedServices. */
  readonly frontends: readonly PlanFrontend[];
  /** Services that get a second SERVICE row without endpoints, which always drops. They follow the other rows. */
  readonly emptiedServices?: readonly number[];
  /** ServiceRow.scheduler of a Service port. Without it every choice is a random draw. */
  readonly schedulerOf?: (port: PlanServicePort) => number;
  /** The frontends of a single Service; null when its rows also depend on other Services. */
  readonly frontendsOf: (service: ServicePlan) => readonly PlanFrontend[] | null;
}

/** Frontends of Services that do not need a row for each address of the node. */
export function withoutHealthChecks({ frontends }: ServicePlan): readonly PlanFrontend[] | null {
  return frontends.some((frontend) => frontend.kind === 'HealthCheck') ? null : frontends;
}

/** The flags that follow from kube-proxy's options rather than from its mode. */
export function optionFlags(plan: NodePlan): number {
  const detects = (colon: boolean): boolean => plan.localDetector.some((cidr) => isIPv6(cidr) === colon);
  return (
    (plan.config.masqueradeAll ? ServiceModeFlag.MASQUERADE_ALL : 0) |
    (detects(false) ? ServiceModeFlag.DETECT_LOCAL : 0) |
    (detects(true) ? ServiceModeFlag.DETECT_LOCAL_6 : 0)
  );
}

/** Health-check ports on local addresses that have no NodePorts: they are accepted on any address of the node. */
export function healthChecksEverywhere(plan: NodePlan): PlanFrontend[] {
  const checks = plan.frontends.filter((frontend) => frontend.kind === 'HealthCheck');
  if (checks.length === 0) return [];
  const closed = plan.localAddresses.filter((local) => !local.nodePort).map((local) => local.address);
  return checks.flatMap((check) =>
    closed.filter((address) => familyOf(address) === check.family).map((address) => ({ ...check, address })),
  );
}

/** The tables of one node, and the bookkeeping needed to change them. */
export interface Assembly {
  readonly tables: TableSet;
  readonly services: ServiceBook;
  readonly frontends: FrontendBook;
  readonly choices: Choices;
  /** Only for strategy `perfect`. */
  readonly hash?: PerfectHash;
}

export function assemble(
  plan: NodePlan,
  attachment: Attachment,
  generation: bigint,
  seed: number,
  choices: Choices,
): Assembly {
  const fallsBack = (choices.serviceFlags & ServiceModeFlag.LOCAL_FALLS_BACK) !== 0;
  const services = new ServiceBook(plan.node.nodeIPs, fallsBack, choices.schedulerOf ?? (() => Scheduler.RANDOM));
  fillServices(services, plan);
  for (const index of choices.emptiedServices ?? []) services.pushEmptied(index);
  const frontends = new FrontendBook(choices.frontends, choices, seed);
  const tables: TableSet = {
    ...compileNetwork(plan, attachment, choices.serviceFlags, seed),
    FRONTEND: frontends.FRONTEND,
    FRONTEND_SLOT: frontends.FRONTEND_SLOT,
    CLUSTER_IP_SLOT: frontends.CLUSTER_IP_SLOT,
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
    buckets: 0,
    spread: 0,
    names: { services: services.names, ports: attachment.ports.map((port) => port.name) },
  };
  return { tables, services, frontends, choices };
}
