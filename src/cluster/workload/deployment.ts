// deployment.ts - Deployments: a ReplicaSet per template, and the change from one to the next.
//
// A rolling update keeps maxSurge and maxUnavailable as k8s.io/kubernetes/pkg/controller/deployment does; deadlines,
// pauses and rollbacks are left out.
import { Index, ownerKeys } from '../index.js';
import type { Controller, WorkQueue } from '../queue.js';
import type { Store } from '../store.js';
import { ownerReference, templateHash, type Workload } from './template.js';

const HASH_LABEL = 'pod-template-hash';
const REVISION = 'deployment.kubernetes.io/revision';

interface RollingUpdate {
  maxSurge?: number | string;
  maxUnavailable?: number | string;
}

const replicasOf = (workload: Workload): number => workload.spec.replicas ?? 1;

/** The status may be older than the spec: of a set that is being scaled down only what stays counts. */
const available = (workload: Workload): number =>
  Math.min(replicasOf(workload), Number(workload.status?.availableReplicas ?? 0));

const sum = (sets: readonly Workload[], of: (set: Workload) => number): number =>
  sets.reduce((total, set) => total + of(set), 0);

/** A count or a percentage of the replicas (intstr.GetScaledValueFromIntOrPercent). */
function share(value: number | string | undefined, replicas: number, up: boolean): number {
  if (typeof value === 'number') return value;
  const percent = (Number.parseInt(value ?? '25%', 10) * replicas) / 100;
  return up ? Math.ceil(percent) : Math.floor(percent);
}

export class DeploymentController implements Controller {
  readonly name = 'deployment';
  readonly #store: Store;
  readonly #sets: Index<Workload>;

  constructor(store: Store, queue: WorkQueue) {
    this.#store = store;
    this.#sets = new Index<Workload>(store, 'ReplicaSet', ownerKeys);
    store.watch(({ object }) => queue.add(this, `${object.metadata.namespace}/${object.metadata.name}`), 'Deployment');
    store.watch(({ object }) => {
      for (const owner of object.metadata.ownerReferences ?? [])
        if (owner.kind === 'Deployment') queue.add(this, `${object.metadata.namespace}/${owner.name}`);
    }, 'ReplicaSet');
  }

  sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const deployment = this.#store.get<Workload>('Deployment', namespace, name);
    if (!deployment || deployment.metadata.deletionTimestamp) return;
    const hash = templateHash(deployment.spec.template);
    const sets = this.#sets.list(deployment.metadata.uid ?? '');
    const old = sets.filter((set) => set.metadata.labels?.[HASH_LABEL] !== hash);
    const current =
      sets.find((set) => set.metadata.labels?.[HASH_LABEL] === hash) ?? this.#create(deployment, hash, old);
    this.#roll(deployment, current, old);
    this.#writeStatus(deployment, hash);
  }

  stop(): void {
    this.#sets.stop();
  }

  #create(deployment: Workload, hash: string, old: readonly Workload[]): Workload {
    const { template, selector } = deployment.spec;
    const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
    const revision = 1 + Math.max(0, ...old.map((set) => Number(set.metadata.annotations?.[REVISION] ?? 0)));
    return this.#store.create({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        namespace: deployment.metadata.namespace ?? 'default',
        labels,
        annotations: { [REVISION]: String(revision) },
        ownerReferences: [ownerReference(deployment)],
      },
      spec: {
        replicas: old.length > 0 ? 0 : replicasOf(deployment),
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    }) as Workload;
  }

  #roll(deployment: Workload, current: Workload, old: readonly Workload[]): void {
    const replicas = replicasOf(deployment);
    const strategy = deployment.spec.strategy as { type?: string; rollingUpdate?: RollingUpdate } | undefined;
    const running = old.filter((set) => replicasOf(set) > 0 || Number(set.status?.replicas ?? 0) > 0);
    if (running.length === 0) {
      this.#scale(current, replicas);
      return;
    }
    if (strategy?.type === 'Recreate') {
      for (const set of running) this.#scale(set, 0);
      return;
    }
    const surge = share(strategy?.rollingUpdate?.maxSurge, replicas, true);
    const unavailable = share(strategy?.rollingUpdate?.maxUnavailable, replicas, false);
    const room = replicas + Math.max(surge, unavailable === 0 ? 1 : 0) - sum([...old, current], replicasOf);
    const next = Math.min(replicas, replicasOf(current) + Math.max(0, room));
    this.#scale(current, next);
    let spare = available(current) + sum(old, available) - (replicas - unavailable);
    for (const set of running) {
      const idle = Math.max(0, replicasOf(set) - available(set));
      const down = Math.min(replicasOf(set), idle + Math.max(0, spare));
      spare -= Math.max(0, down - idle);
      this.#scale(set, replicasOf(set) - down);
    }
  }

  #scale(set: Workload, replicas: number): void {
    if (replicasOf(set) !== replicas)
      this.#store.update({
        ...set,
        metadata: { ...set.metadata, resourceVersion: '' },
        spec: { ...set.spec, replicas },
      });
  }

  #writeStatus(deployment: Workload, hash: string): void {
    const sets = this.#sets.list(deployment.metadata.uid ?? '');
    const current = sets.filter((set) => set.metadata.labels?.[HASH_LABEL] === hash);
    const count = (of: readonly Workload[], field: string): number =>
      sum(of, (set) => Number(set.status?.[field] ?? 0));
    const replicas = replicasOf(deployment);
    const availableReplicas = count(sets, 'availableReplicas');
    const numbers = {
      replicas: count(sets, 'replicas'),
      updatedReplicas: count(current, 'replicas'),
      readyReplicas: count(sets, 'readyReplicas'),
      availableReplicas,
      unavailableReplicas: Math.max(0, replicas - availableReplicas),
    };
    const enough = availableReplicas >= replicas;
    const status = {
      observedGeneration: deployment.metadata.generation,
      ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value > 0)),
      conditions: [
        {
          type: 'Available',
          status: enough ? 'True' : 'False',
          reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
        },
      ],
    };
    this.#store.updateStatus({ ...deployment, metadata: { ...deployment.metadata, resourceVersion: '' }, status });
  }
}
