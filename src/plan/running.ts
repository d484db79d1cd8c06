// running.ts - RunningPlan: the plan of one node that follows the cluster, and says which Services changed with each step.
//
// planNode of the same snapshots gives equal plans; this one plans again only what changed, however much else there is.
import { isDeepStrictEqual } from 'node:util';
import type { ClusterSnapshot, EndpointSlice, KubeObject, Service } from '../model/objects.js';
import { type Difference, difference } from './difference.js';
import { indexSlices, sortSlices } from './endpoints.js';
import {
  type NodePlan,
  type NodeView,
  type PlanServicePort,
  type ProxyConfig,
  portIdentity,
  type ServicePlan,
} from './plan.js';
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

/** What became of one Service. Null: there is no such Service, or kube-proxy does not look at it. */
export interface ServiceChange {
  readonly owner: string;
  readonly before: ServicePlan | null;
  readonly after: ServicePlan | null;
}

const EMPTY: readonly never[] = [];

const isWeighted = ({ metadata }: KubeObject): boolean => weightIn(metadata) !== null;

/** Where an owner is in a sorted list, or would be. */
function placeOf(services: readonly ServicePlan[], owner: string): number {
  let [low, high] = [0, services.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((services[middle]?.owner ?? '') < owner) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The sorted list with these changes. */
function changedList(services: readonly ServicePlan[], changes: readonly ServiceChange[]): ServicePlan[] {
  const next = [...services];
  for (const { owner, before, after } of changes) {
    next.splice(placeOf(next, owner), before ? 1 : 0, ...(after ? [after] : []));
  }
  return next;
}

export class RunningPlan {
  readonly #facts: NodeFacts;
  readonly #context: PlanContext;
  readonly #services: Map<string, Service>;
  readonly #slices: Map<string, readonly EndpointSlice[]>;
  #snapshot: ClusterSnapshot;
  /** Sorted by owner. Never changed in place: plans of earlier steps have it. */
  #plans: readonly ServicePlan[];
  #plan: NodePlan;

  /** @param previous the plan that is in force, as for planNode */
  constructor(snapshot: ClusterSnapshot, node: NodeView, config: ProxyConfig, previous?: NodePlan) {
    this.#facts = nodeFacts(node, config);
    this.#snapshot = snapshot;
    this.#context = planContext(snapshot, node);
    this.#services = indexServices(snapshot.services);
    this.#slices = indexSlices(snapshot.endpointSlices);
    this.#plans = planServices(this.#context, this.#services, this.#slices);
    this.#plan = planOf(this.#facts, this.#plans, changedPorts(this.#plans, previous?.services ?? EMPTY));
  }

  /** Of the snapshot that was followed last. */
  get plan(): NodePlan {
    return this.#plan;
  }

  /**
   * Plans again what the cluster of now has different. Null when weights of pods changed, which may concern any Service:
   * begin anew then.
   */
  follow(snapshot: ClusterSnapshot): readonly ServiceChange[] | null {
    const before = this.#snapshot;
    const pods = difference(before.pods ?? EMPTY, snapshot.pods ?? EMPTY);
    if (pods.gone.some(isWeighted) || pods.come.some(isWeighted)) return null;
    const owners = new Set<string>();
    this.#takeServices(difference(before.services, snapshot.services), owners);
    this.#takeSlices(difference(before.endpointSlices, snapshot.endpointSlices), owners);
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
    const at = placeOf(this.#plans, owner);
    const there = this.#plans[at];
    const service = this.#services.get(owner);
    return {
      owner,
      before: there?.owner === owner ? there : null,
      after: service ? planService(this.#context, owner, service, this.#slices.get(owner) ?? EMPTY) : null,
    };
  }

  #step(changes: readonly ServiceChange[]): void {
    const changed = changedPorts(
      changes.flatMap(({ after }) => after ?? EMPTY),
      changes.flatMap(({ before }) => before?.ports ?? EMPTY),
    );
    this.#plans = changes.length > 0 ? changedList(this.#plans, changes) : this.#plans;
    this.#plan = planOf(this.#facts, this.#plans, changed);
  }
}
