// budgets.ts - PodDisruptionBudgets: counts pods, healthy pods, and how many may be disrupted (pkg/controller/disruption).
import { transitionTime } from '../model/conditions.js';
import { timestamp } from '../model/timestamp.js';
import type { ControllerContext } from './context.js';
import { disruptionOf, type PodDisruptionBudget } from './disruption.js';
import type { Teller } from './events/recorder.js';
import type { Controller } from './queue.js';

const KEY = 'PodDisruptionBudget.policy';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string;
}

export class DisruptionController implements Controller {
  readonly name = 'disruption';
  readonly #context: ControllerContext;
  readonly #events: Teller;

  constructor(context: ControllerContext) {
    const { store, queue } = context;
    this.#context = context;
    this.#events = context.recorder.of('controllermanager');
    store.watch(({ object }) => queue.add(this, `${object.metadata.namespace}/${object.metadata.name}`), KEY);
    store.watch(({ object }) => {
      for (const { metadata } of store.list(KEY, object.metadata.namespace))
        queue.add(this, `${metadata.namespace}/${metadata.name}`);
    }, 'Pod');
  }

  sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const { store, clock } = this.#context;
    const budget = store.get<PodDisruptionBudget>(KEY, namespace, name);
    if (!budget) return;
    const counts = disruptionOf(store, budget);
    if (counts.expectedPods === 0) this.#events.normal(budget, 'NoPods', 'No matching pods found');
    const { conditions = [] } = (budget.status ?? {}) as { conditions?: readonly Condition[] };
    const status = counts.disruptionsAllowed > 0 ? 'True' : 'False';
    const type = 'DisruptionAllowed';
    const condition = {
      type,
      status,
      observedGeneration: budget.metadata.generation,
      lastTransitionTime: transitionTime(conditions, { type, status }, timestamp(clock())),
      reason: status === 'True' ? 'SufficientPods' : 'InsufficientPods',
      message: '',
    };
    store.updateStatus({
      ...budget,
      metadata: { ...budget.metadata, resourceVersion: '' },
      status: { ...counts, observedGeneration: budget.metadata.generation, conditions: [condition] },
    });
  }
}
