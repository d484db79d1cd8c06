// replicasets.ts - the ReplicaSets of a Deployment as objects: makes the new one, numbers revisions, scales, cleans up.
//
// As pkg/controller/deployment/sync.go and the annotations of util/deployment_util.go, Kubernetes 1.36.
import type { ControllerContext } from '../../context.js';
import type { Teller } from '../../events/recorder.js';
import { StatusError } from '../../status.js';
import { ownerReference, replicasOf, templateHash, type Workload } from '../template.js';
import {
  type Deployment,
  HASH_LABEL,
  historyLimit,
  limits,
  numberOf,
  REVISION,
  revisionOf,
  sameTemplate,
} from './deployment.js';
import { newReplicas } from './rolling.js';

const DESIRED = 'deployment.kubernetes.io/desired-replicas';
const MOST = 'deployment.kubernetes.io/max-replicas';
/** Revisions that a ReplicaSet had before it was rolled back to. */
const HISTORY = 'deployment.kubernetes.io/revision-history';
/** Annotations of a Deployment that its ReplicaSets do not take over. */
const OWN = new Set([
  ...['kubectl.kubernetes.io/last-applied-configuration', REVISION, HISTORY, DESIRED, MOST],
  'deprecated.deployment.rollback.to',
]);

type Annotations = Record<string, string>;

/** The annotations that the new ReplicaSet should have as this revision. */
function annotationsFor(deployment: Deployment, set: Workload | undefined, revision: number): Annotations {
  const taken = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !OWN.has(key));
  const before = set?.metadata.annotations ?? {};
  const old = set ? revisionOf(set) : 0;
  const annotations: Annotations = { ...before, ...Object.fromEntries(taken) };
  if (old >= revision) return annotations;
  annotations[REVISION] = String(revision);
  if (old > 0) annotations[HISTORY] = [before[HISTORY], String(old)].filter((part) => part).join(',');
  return annotations;
}

function sizes(deployment: Deployment): Annotations {
  const replicas = replicasOf(deployment);
  return { [DESIRED]: String(replicas), [MOST]: String(replicas + limits(deployment).surge) };
}

const scaled = ({ metadata }: Workload, replicas: number, before: number): string =>
  `Scaled ${replicas > before ? 'up' : 'down'} replica set ${metadata.name} from ${before} to ${replicas}`;

export class ReplicaSets {
  readonly #context: ControllerContext;
  readonly #events: Teller;

  constructor(context: ControllerContext, events: Teller) {
    this.#context = context;
    this.#events = events;
  }

  /** Numbers the new ReplicaSet, the highest of all, and gives it the Deployment's annotations. */
  renew(deployment: Deployment, current: Workload, old: readonly Workload[]): Workload {
    const revision = 1 + Math.max(0, ...old.map(revisionOf));
    const annotations = annotationsFor(deployment, current, revision);
    const { minReadySeconds = 0 } = deployment.spec;
    const spec =
      (current.spec.minReadySeconds ?? 0) === minReadySeconds ? current.spec : { ...current.spec, minReadySeconds };
    return this.#context.store.update({ ...current, metadata: { ...current.metadata, annotations }, spec }) as Workload;
  }

  /** Null when the name belongs to something else: the next attempt uses another one. */
  create(deployment: Deployment, old: readonly Workload[]): Workload | null {
    const { template, selector, minReadySeconds } = deployment.spec;
    const hash = templateHash(template, Number(deployment.status?.collisionCount ?? 0));
    const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
    const revision = 1 + Math.max(0, ...old.map(revisionOf));
    const replicas = newReplicas(deployment, 0, old);
    const name = `${deployment.metadata.name}-${hash}`;
    try {
      const set = this.#context.store.create({
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: {
          name,
          namespace: deployment.metadata.namespace ?? 'default',
          labels,
          annotations: { ...annotationsFor(deployment, undefined, revision), ...sizes(deployment) },
          ownerReferences: [ownerReference(deployment)],
        },
        spec: {
          replicas,
          ...(minReadySeconds ? { minReadySeconds } : {}),
          selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
          template: { ...template, metadata: { ...template.metadata, labels } },
        },
      }) as Workload;
      if (replicas > 0) this.#events.normal(deployment, 'ScalingReplicaSet', scaled(set, replicas, 0));
      return set;
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== 'AlreadyExists') throw error;
      return this.#collide(deployment, name);
    }
  }

  #collide(deployment: Deployment, name: string): Workload | null {
    const { store } = this.#context;
    const set = store.get<Workload>('ReplicaSet', deployment.metadata.namespace ?? '', name);
    const isOwn = set?.metadata.ownerReferences?.some(({ uid }) => uid === deployment.metadata.uid) ?? false;
    if (set && isOwn && sameTemplate(set.spec.template, deployment.spec.template)) return set;
    const collisionCount = Number(deployment.status?.collisionCount ?? 0) + 1;
    store.updateStatus({
      ...deployment,
      metadata: { ...deployment.metadata, resourceVersion: '' },
      status: { ...deployment.status, collisionCount },
    });
    return null;
  }

  /** Returns whether the number of replicas changed. */
  scale(deployment: Deployment, set: Workload, replicas: number): boolean {
    const before = replicasOf(set);
    const annotations = { ...set.metadata.annotations, ...sizes(deployment) };
    this.#context.store.update({
      ...set,
      metadata: { ...set.metadata, resourceVersion: '', annotations },
      spec: before === replicas ? set.spec : { ...set.spec, replicas },
    });
    if (before === replicas) return false;
    this.#events.normal(deployment, 'ScalingReplicaSet', scaled(set, replicas, before));
    return true;
  }

  /** Deletes the oldest of those without pods, so that as many are left as the history may have. */
  cleanUp(deployment: Deployment, old: readonly Workload[]): void {
    const limit = historyLimit(deployment);
    if (limit === null) return;
    const alive = old.filter(({ metadata }) => !metadata.deletionTimestamp);
    const oldest = [...alive].sort((a, b) => revisionOf(a) - revisionOf(b));
    for (const set of oldest.slice(0, Math.max(0, alive.length - limit))) {
      const { metadata } = set;
      const seen = (metadata.generation ?? 0) <= numberOf(set, 'observedGeneration');
      if (numberOf(set, 'replicas') === 0 && replicasOf(set) === 0 && seen)
        this.#context.store.delete('ReplicaSet', metadata.namespace ?? '', metadata.name);
    }
  }
}

/** Whether replicas changed since the ReplicaSets were last scaled. */
export const isBeingScaled = (deployment: Deployment, sets: readonly Workload[]): boolean =>
  sets.some(({ metadata, spec }) => {
    const desired = metadata.annotations?.[DESIRED];
    return (spec.replicas ?? 0) > 0 && desired !== undefined && Number(desired) !== replicasOf(deployment);
  });
