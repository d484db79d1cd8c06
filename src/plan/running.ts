// running.ts - RunningPlan: keeps one node's plan up to date, and says at each step which Services changed.
//
// It gives the same plans as planNode for the same snapshots, but replans only what changed, however much there is.
import { isDeepStrictEqual } from 'node:util';
import type { ClusterSnapshot, Difference, EndpointSlice, KubeObject, Service } from '../model/objects.js';
import { changesBetween } from './difference.js';
import { indexSlices, sortSlices } from './endpoints.js';
import { hasHostPort, inOrder, planHostPorts } from './hostports.js';
import type { NodePlan, NodeView, ProxyConfig, ServicePlan } from './plan.js';
import {
  changedPorts,
  indexServices,
  type NodeFacts,
  nodeFacts,
  ownerOf,
  type PlanContext,
  planContext,
  planOf,
  planService,
  planServices,
} from './planner.js';
import { weightIn } from './weights.js';

/** The new state of one Service. Null: no such Service exists, or kube-proxy ignores it. */
export interface ServiceChange {
  readonly owner: string;
  readonly before: ServicePlan | null;
  readonly after: ServicePlan | null;
}

const EMPTY: readonly never[] = [];

const isWeighted = ({ metadata }: KubeObject): boolean => weightIn(metadata) !== null;

/** Does a plan depend on this pod itself, and not only on the slices that name it? */
const counts = (pod: KubeObject): boolean => isWeighted(pod) || hasHostPort(pod);

const NOBODY = new Map<string, ServicePlan>();

/** Plans of all Services by owner. Its answers stay the same even after later steps. */
class Services {
  /** Empty once a later step has taken the map over; this one then only knows what was different here. */
  #plans: Map<string, ServicePlan>;
  #next: { readonly services: Services; readonly changes: readonly ServiceChange[] } | null = null;

  constructor(plans: Map<string, ServicePlan>) {
    this.#plans = plans;
  }

  get(owner: string): ServicePlan | null {
    return this.#now().get(owner) ?? null;
  }

  /** The Services with these changes applied. They take over the map; this version goes back through the changes. */
  step(changes: readonly ServiceChange[]): Services {
    const plans = this.#now();
    for (const { owner, after } of changes) {
      if (after) plans.set(owner, after);
      else plans.delete(owner);
    }
    const services = new Services(plans);
    this.#plans = NOBODY;
    this.#next = { services, changes };
    return services;
  }

  sorted(): ServicePlan[] {
    return [...this.#now().values()].sort((a, b) => (a.owner < b.owner ? -1 : a.owner > b.owner ? 1 : 0));
  }

  #now(): Map<string, ServicePlan> {
    const next = this.#next;
    if (next) {
      this.#plans = new Map(next.services.#now());
      for (const { owner, before } of next.changes) {
        if (before) this.#plans.set(owner, before);
        else this.#plans.delete(owner);
      }
      this.#next = null;
    }
    return this.#plans;
  }
}

export class RunningPlan {
  readonly #facts: NodeFacts;
  readonly #context: PlanContext;
  readonly #services: Map<string, Service>;
  readonly #slices: Map<string, readonly EndpointSlice[]>;
  readonly #hostPorts: readonly ServicePlan[];
  #snapshot: ClusterSnapshot;
  #plans: Services;
  #plan: NodePlan;

  /** @param previous the plan in force, as for planNode */
  constructor(snapshot: ClusterSnapshot, node: NodeView, config: ProxyConfig, previous?: NodePlan) {
    this.#facts = nodeFacts(node, config);
    this.#snapshot = snapshot;
    this.#context = planContext(snapshot, node);
    this.#services = indexServices(snapshot.services);
    this.#slices = indexSlices(snapshot.endpointSlices);
    this.#hostPorts = planHostPorts(snapshot.pods ?? EMPTY, node, config.proxyMode);
    const services = planServices(this.#context, this.#services, this.#slices);
    const plans = inOrder(config.proxyMode, services, this.#hostPorts);
    this.#plans = new Services(new Map(services.map((plan) => [plan.owner, plan])));
    this.#plan = planOf(this.#facts, () => plans, changedPorts(plans, previous?.services ?? EMPTY));
  }

  /** The snapshot that was followed last. */
  get plan(): NodePlan {
    return this.#plan;
  }

  /**
   * Replans what differs in the current cluster. Null when pods with a weight or a hostPort changed: those may affect
   * any Service, so the caller must start afresh.
   */
  follow(snapshot: ClusterSnapshot): readonly ServiceChange[] | null {
    const { services, endpointSlices, pods } = changesBetween(this.#snapshot, snapshot);
    if (pods.gone.some(counts) || pods.come.some(counts)) return null;
    const owners = new Set<string>();
    this.#takeServices(services, owners);
    this.#takeSlices(endpointSlices, owners);
    this.#snapshot = snapshot;
    const changes = [...owners]
      .map((owner) => this.#plannedAgain(owner))
      .filter(({ before, after }) => !isDeepStrictEqual(before, after));
    this.#step(changes);
    return changes;
  }

  #takeServices({ gone, come }: Difference<Service>, owners: Set<string>): void {
    for (const service of gone) this.#services.delete(ownerOf(service));
    for (const service of come) this.#services.set(ownerOf(service), service);
    for (const service of [...gone, ...come]) owners.add(ownerOf(service));
  }

  #takeSlices({ gone, come }: Difference<EndpointSlice>, owners: Set<string>): void {
    const left = new Set(gone);
    for (const owner of indexSlices(gone).keys()) {
      const kept = this.#slices.get(owner)?.filter((slice) => !left.has(slice)) ?? [];
      if (kept.length > 0) this.#slices.set(owner, kept);
      else this.#slices.delete(owner);
      owners.add(owner);
    }
    for (const [owner, slices] of indexSlices(come)) {
      this.#slices.set(owner, sortSlices([...(this.#slices.get(owner) ?? []), ...slices]));
      owners.add(owner);
    }
  }

  #plannedAgain(owner: string): ServiceChange {
    const service = this.#services.get(owner);
    return {
      owner,
      before: this.#plans.get(owner),
      after: service ? planService(this.#context, owner, service, this.#slices.get(owner) ?? EMPTY) : null,
    };
  }

  #step(changes: readonly ServiceChange[]): void {
    const changed = changedPorts(
      changes.flatMap(({ after }) => after ?? EMPTY),
      changes.flatMap(({ before }) => before?.ports ?? EMPTY),
    );
    const plans = this.#plans.step(changes);
    this.#plans = plans;
    this.#plan = planOf(
      this.#facts,
      () => inOrder(this.#facts.config.proxyMode, plans.sorted(), this.#hostPorts),
      changed,
    );
  }
}
