// eviction.ts - pods/eviction: deletes a pod, unless that leaves a PodDisruptionBudget with too few healthy pods.
//
// As k8s.io/kubernetes/pkg/registry/core/pod/storage/eviction.go (v1.36).

import type { Context } from 'hono';
import type { Cluster } from '../../cluster/cluster.js';
import { budgetsOf, disruptionOf, markDisrupted, type PodDisruptionBudget } from '../../cluster/disruption.js';
import { badRequest, internalError, success, tooManyRequests } from '../../cluster/status.js';
import type { DeleteOptions } from '../../cluster/store.js';
import { isPodReady } from '../../model/conditions.js';
import type { Pod } from '../../model/objects.js';
import { readBody } from '../body.js';
import { isDryRun, type Target } from '../request.js';
import { objectOf } from './place.js';

interface Eviction {
  readonly metadata?: { readonly name?: string };
  readonly deleteOptions?: DeleteOptions & { readonly dryRun?: string[] };
}

/** A pod that has ended or not begun serves nobody, so no budget protects it. */
const isIdle = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined || ['Succeeded', 'Failed', 'Pending'].includes(status?.phase ?? 'Pending');

/** Throws TooManyRequests if the budget has no pod to spare. */
function checkBudget({ store }: Cluster, budget: PodDisruptionBudget, pod: Pod): void {
  const { currentHealthy, desiredHealthy, disruptionsAllowed } = disruptionOf(store, budget);
  if (!isPodReady(pod)) {
    // A pod that is not ready is not a healthy one. By default it may go only while there are enough healthy ones.
    if (budget.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return;
    if (currentHealthy >= desiredHealthy && desiredHealthy > 0) return;
  }
  if (disruptionsAllowed > 0) return;
  const { name } = budget.metadata;
  const message = `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  throw tooManyRequests(`Cannot evict pod as it would violate the pod's disruption budget.`, [
    { reason: 'DisruptionBudget', message },
  ]);
}

export async function serveEviction(c: Context, cluster: Cluster, target: Target): Promise<Response> {
  const body = ((await readBody(c)) ?? {}) as Eviction;
  const { name = '', namespace = '' } = target;
  if (body.metadata?.name !== name) throw badRequest('name in URL does not match name in Eviction object');
  const pod = objectOf<Pod>(cluster, target);
  const options = body.deleteOptions ?? {};
  const { store } = cluster;
  const evict = (): Pod => {
    const { clock } = cluster.options;
    markDisrupted(store, pod, 'EvictionByEvictionAPI', 'Eviction API: evicting', clock());
    return store.delete('Pod', namespace, name, options) as Pod;
  };
  if (!isIdle(pod)) {
    const budgets = budgetsOf(store, pod);
    if (budgets.length > 1)
      throw internalError(
        'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      );
    for (const budget of budgets) checkBudget(cluster, budget, pod);
  }
  if (isDryRun(c.req.queries('dryRun') ?? options.dryRun)) store.dryRun(evict);
  else store.transaction(evict);
  return c.json(success(undefined, 201), 201);
}
