// budgets.ts - PodDisruptionBudgets: counts pods, ready pods, and how many may be disrupted (pkg/controller/disruption).
import type { KubeObject, Pod } from '../model/objects.js';
import { timestamp } from '../model/timestamp.js';
import { same } from './freeze.js';
import type { Controller, WorkQueue } from './queue.js';
import { type LabelSelector, matchesSelector } from './selector.js';
import type { Store } from './store.js';

const KEY = 'PodDisruptionBudget.policy';

interface Budget extends KubeObject {
  spec: { selector?: LabelSelector; minAvailable?: number | string; maxUnavailable?: number | string };
}

const isReady = ({ status }: Pod): boolean =>
  (status?.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True');

/** A number, or a percentage of all pods, rounded up. */
const countOf = (value: number | string, all: number): number =>
  typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * all) / 100);

function wantedOf({ spec }: Budget, expected: number): number {
  if (spec.maxUnavailable !== undefined) return Math.max(0, expected - countOf(spec.maxUnavailable, expected));
  return spec.minAvailable === undefined ? 0 : countOf(spec.minAvailable, expected);
}

export class DisruptionController implements Controller {
  readonly name = 'disruption';
  readonly #store: Store;
  readonly #clock: () => Date;

  constructor(store: Store, queue: WorkQueue, clock: () => Date) {
    this.#store = store;
    this.#clock = clock;
    store.watch(({ object }) => queue.add(this, `${object.metadata.namespace}/${object.metadata.name}`), KEY);
    store.watch(({ object }) => {
      for (const { metadata } of store.list(KEY, object.metadata.namespace))
        queue.add(this, `${metadata.namespace}/${metadata.name}`);
    }, 'Pod');
  }

  sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const budget = this.#store.get<Budget>(KEY, namespace, name);
    if (!budget) return;
    const pods = this.#store
      .list<Pod>('Pod', namespace)
      .filter(({ metadata }) => budget.spec.selector && matchesSelector(budget.spec.selector, metadata.labels));
    const healthy = pods.filter(isReady).length;
    const desired = wantedOf(budget, pods.length);
    const allowed = Math.max(0, healthy - desired);
    const before = (budget.status ?? {}) as { conditions?: { status: string }[] };
    const counts = {
      ...{ currentHealthy: healthy, desiredHealthy: desired, disruptionsAllowed: allowed, expectedPods: pods.length },
      observedGeneration: budget.metadata.generation ?? 1,
    };
    const status = { ...before, ...counts };
    if (same(status, before)) return;
    const enough = allowed > 0;
    const condition = {
      ...{ type: 'DisruptionAllowed', status: enough ? 'True' : 'False' },
      ...{ reason: enough ? 'SufficientPods' : 'InsufficientPods', message: '' },
      ...{ observedGeneration: counts.observedGeneration, lastTransitionTime: timestamp(this.#clock()) },
    };
    this.#store.updateStatus({ ...budget, status: { ...status, conditions: [condition] } });
  }
}
