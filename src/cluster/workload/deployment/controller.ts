// controller.ts - Deployments: a ReplicaSet per template, and the change from one to the next.
//
// As k8s.io/kubernetes/pkg/controller/deployment of Kubernetes 1.36: rolling updates, Recreate, pauses, revisions to
// roll back to, and the deadline for progress.
import { isPodOver } from '../../../model/conditions.js';
import type { Pod } from '../../../model/objects.js';
import type { ControllerContext } from '../../context.js';
import { Index, ownerKeys } from '../../index.js';
import type { Controller } from '../../queue.js';
import { Family } from '../family.js';
import { replicasOf, type Workload } from '../template.js';
import { type Deployment, isRecreate, newSetOf, numberOf, REVISION, revisionOf } from './deployment.js';
import { isBeingScaled, ReplicaSets } from './replicasets.js';
import { newReplicas, oldReplicas, proportional } from './rolling.js';
import { type Condition, conditionOf, conditionsOf, deadlineIn, statusOf, withCondition } from './status.js';

export class DeploymentController implements Controller {
  readonly name = 'deployment';
  readonly #context: ControllerContext;
  readonly #sets: Index<Workload>;
  readonly #family: Family<Workload>;
  readonly #pods: Index<Pod>;
  readonly #replicaSets: ReplicaSets;

  /** `pods`: by the uid of their controller. */
  constructor(context: ControllerContext, pods: Index<Pod>) {
    const { store, queue, recorder } = context;
    this.#context = context;
    this.#pods = pods;
    this.#sets = new Index<Workload>(store, 'ReplicaSet', ownerKeys);
    this.#family = new Family(context, this, { owner: 'Deployment', child: 'ReplicaSet' }, this.#sets);
    this.#replicaSets = new ReplicaSets(context, recorder.of('deployment-controller'));
    // Recreate waits until the last old pod is gone.
    store.watch(({ type, object }) => {
      if (type !== 'DELETED') return;
      const namespace = object.metadata.namespace ?? '';
      const set = ofKind(object.metadata.ownerReferences, 'ReplicaSet');
      const owners = set && store.get<Workload>('ReplicaSet', namespace, set.name)?.metadata.ownerReferences;
      const owner = ofKind(owners, 'Deployment');
      const deployment = owner && store.get<Deployment>('Deployment', namespace, owner.name);
      if (deployment && isRecreate(deployment)) queue.add(this, `${namespace}/${owner.name}`);
    }, 'Pod');
  }

  sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const found = this.#context.store.get<Deployment>('Deployment', namespace, name);
    if (!found) return;
    const deployment = this.#notePause(found);
    const sets = this.#family.of(deployment);
    const { spec, metadata } = deployment;
    if (metadata.deletionTimestamp) this.#finish(key, deployment, newSetOf(deployment, sets), false);
    else if (spec.paused || isBeingScaled(deployment, sets)) this.#scale(key, deployment, sets);
    else if (isRecreate(deployment)) this.#recreate(key, deployment, sets);
    else this.#roll(key, deployment, sets);
  }

  stop(): void {
    this.#family.stop();
    this.#sets.stop();
  }

  /** A pause stops the clock of the deadline, and its end starts it anew. */
  #notePause(deployment: Deployment): Deployment {
    const { store, clock } = this.#context;
    const conditions = conditionsOf(deployment);
    const reason = conditionOf(conditions, 'Progressing')?.reason;
    if (reason === 'ProgressDeadlineExceeded' || deployment.spec.progressDeadlineSeconds === undefined)
      return deployment;
    const paused = deployment.spec.paused === true;
    if (paused === (reason === 'DeploymentPaused')) return deployment;
    const condition: Condition = paused
      ? { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' }
      : { type: 'Progressing', status: 'Unknown', reason: 'DeploymentResumed', message: 'Deployment is resumed' };
    const status = { ...deployment.status, conditions: withCondition(conditions, condition, clock()) };
    return store.updateStatus({ ...deployment, status }) as Deployment;
  }

  /** The new ReplicaSet, with its revision; made if there is none and `make` says so. Undefined while there is none. */
  #current(deployment: Deployment, sets: readonly Workload[], make: boolean): Workload | undefined {
    const known = newSetOf(deployment, sets);
    const old = sets.filter((set) => set !== known);
    if (known) return this.#replicaSets.renew(deployment, known, old);
    return make ? (this.#replicaSets.create(deployment, old) ?? undefined) : undefined;
  }

  #scale(key: string, deployment: Deployment, sets: readonly Workload[]): void {
    const current = this.#current(deployment, sets, false);
    const old = sets.filter(({ metadata }) => metadata.uid !== current?.metadata.uid);
    const steps = new Map(proportional(deployment, current, old).map(({ set, replicas }) => [set, replicas]));
    // Each is told what it was scaled for, also those that stay.
    for (const set of current ? [current, ...old] : old)
      if (replicasOf(set) > 0 || steps.has(set))
        this.#replicaSets.scale(deployment, set, steps.get(set) ?? replicasOf(set));
    if (deployment.spec.paused) this.#replicaSets.cleanUp(deployment, old);
    this.#finish(key, deployment, current, false);
  }

  #recreate(key: string, deployment: Deployment, sets: readonly Workload[]): void {
    const before = this.#current(deployment, sets, false);
    const old = sets.filter(({ metadata }) => metadata.uid !== before?.metadata.uid);
    const scaled = old.filter((set) => replicasOf(set) > 0 && this.#replicaSets.scale(deployment, set, 0));
    if (scaled.length > 0 || old.some((set) => this.#hasPods(set))) {
      this.#finish(key, deployment, before, true);
      return;
    }
    const current = before ?? this.#current(deployment, sets, true);
    if (current) this.#replicaSets.scale(deployment, current, replicasOf(deployment));
    this.#finish(key, deployment, current, true);
  }

  #hasPods(set: Workload): boolean {
    return this.#pods.list(set.metadata.uid ?? '').some((pod) => !isPodOver(pod));
  }

  #roll(key: string, deployment: Deployment, sets: readonly Workload[]): void {
    const current = this.#current(deployment, sets, true);
    if (current) {
      const old = sets.filter(({ metadata }) => metadata.uid !== current.metadata.uid);
      const replicas = newReplicas(deployment, replicasOf(current), [...old, current]);
      if (!this.#replicaSets.scale(deployment, current, replicas))
        for (const step of oldReplicas(deployment, current, old))
          if (replicasOf(step.set) !== step.replicas) this.#replicaSets.scale(deployment, step.set, step.replicas);
    }
    this.#finish(key, deployment, current, true);
  }

  /** Writes the status, and comes back when the deadline for progress passes. */
  #finish(key: string, deployment: Deployment, current: Workload | undefined, rolling: boolean): void {
    const { store, queue, clock } = this.#context;
    const now = clock();
    const sets = this.#sets.list(deployment.metadata.uid ?? '');
    const isCurrent = ({ metadata }: Workload): boolean => metadata.uid === current?.metadata.uid;
    const newest = sets.find(isCurrent);
    const old = sets.filter((set) => !isCurrent(set));
    const announced = rolling && newest ? announce(deployment, newest, now) : deployment;
    const { complete, ...status } = statusOf(announced, { current: newest, old, rolling }, now);
    if (complete && rolling) this.#replicaSets.cleanUp(deployment, old);
    const number = newest ? revisionOf(newest) : 0;
    const latest = store.get<Deployment>('Deployment', deployment.metadata.namespace ?? '', deployment.metadata.name);
    const annotations = {
      ...latest?.metadata.annotations,
      ...(number > 0 ? { [REVISION]: String(number) } : {}),
    };
    const collisionCount = numberOf(latest ?? deployment, 'collisionCount');
    const metadata = { ...deployment.metadata, annotations, resourceVersion: '' };
    const counted = collisionCount > 0 ? { ...status, collisionCount } : status;
    store.updateStatus({ ...deployment, metadata, status: counted }, true);
    const left = rolling ? deadlineIn(deployment, status.conditions, now) : null;
    // One second more, because conditions carry whole seconds.
    if (left !== null) queue.after(this, key, Math.max(0, left) + 1000);
  }
}

/** A Deployment that has just got its new ReplicaSet says so. */
function announce(deployment: Deployment, current: Workload, now: Date): Deployment {
  const conditions = conditionsOf(deployment);
  const before = conditionOf(conditions, 'Progressing');
  const name = current.metadata.name;
  const isNew = numberOf(current, 'observedGeneration') === 0;
  if (deployment.spec.progressDeadlineSeconds === undefined || (before && !isNew)) return deployment;
  const [reason, what] = isNew ? ['NewReplicaSetCreated', 'Created new'] : ['FoundNewReplicaSet', 'Found new'];
  if (before?.message === `${what} replica set "${name}"`) return deployment;
  const condition = { type: 'Progressing', status: 'True', reason, message: `${what} replica set "${name}"` };
  return { ...deployment, status: { ...deployment.status, conditions: withCondition(conditions, condition, now) } };
}

const ofKind = (owners: Pod['metadata']['ownerReferences'], kind: string) =>
  owners?.find((owner) => owner.controller && owner.kind === kind);
