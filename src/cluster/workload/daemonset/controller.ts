// controller.ts - DaemonSets: one pod on every node that the template fits.
//
// As k8s.io/kubernetes/pkg/controller/daemon/daemon_controller.go of Kubernetes 1.36. The scheduler binds each pod to
// the node that it was made for.
import type { Node, Pod } from '../../../model/objects.js';
import type { ControllerContext } from '../../context.js';
import type { Teller } from '../../events/recorder.js';
import type { Index } from '../../index.js';
import type { Controller } from '../../queue.js';
import { StatusError } from '../../status.js';
import { Family } from '../family.js';
import { type History, REVISION_LABEL, Revisions } from '../revisions.js';
import { availability, byBirth, isActive, podFrom, readyCount } from '../template.js';
import { nodeOf, placedOn, placement } from './placement.js';
import { type DaemonSet, limitsOf, updateStep } from './rolling.js';

interface Round {
  readonly set: DaemonSet;
  readonly hash: string;
  /** Names of the nodes that should have a pod, and of those that may keep one. */
  readonly run: ReadonlySet<string>;
  readonly stay: ReadonlySet<string>;
}

export class DaemonSetController implements Controller {
  readonly name = 'daemonset';
  readonly #context: ControllerContext;
  readonly #events: Teller;
  readonly #family: Family<Pod>;
  readonly #revisions: Revisions;

  /** `pods`: by the uid of their controller. */
  constructor(context: ControllerContext, pods: Index<Pod>) {
    const { store, queue } = context;
    this.#context = context;
    this.#events = context.recorder.of('daemonset-controller');
    this.#family = new Family(context, this, { owner: 'DaemonSet', child: 'Pod' }, pods);
    this.#revisions = new Revisions(context, REVISION_LABEL);
    store.watch(({ type, object, old }) => {
      // Heartbeats of a node say nothing about where pods fit.
      if (type === 'MODIFIED' && old && old.spec === object.spec && old.metadata.labels === object.metadata.labels)
        return;
      for (const set of store.list('DaemonSet')) queue.add(this, `${set.metadata.namespace}/${set.metadata.name}`);
    }, 'Node');
  }

  sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const set = this.#context.store.get<DaemonSet>('DaemonSet', namespace, name);
    if (!set || set.metadata.deletionTimestamp) return;
    const history = this.#revisions.of(set);
    const { spec } = set.spec.template;
    const run = new Set<string>();
    const stay = new Set<string>();
    for (const node of this.#context.store.list<Node>('Node')) {
      const place = placement(spec, node);
      if (place.run) run.add(node.metadata.name);
      if (place.stay) stay.add(node.metadata.name);
    }
    const round = { set, hash: history.newest.metadata.labels?.[REVISION_LABEL] ?? '', run, stay };
    this.#manage(round);
    if (set.spec.updateStrategy?.type !== 'OnDelete') this.#update(round);
    this.#writeStatus(key, round, history);
  }

  stop(): void {
    this.#family.stop();
    this.#revisions.stop();
  }

  /** Pods by node, for nodes that want one and for all that have one. */
  #byNode({ set, run }: Round): Map<string, Pod[]> {
    const byNode = new Map<string, Pod[]>([...run].map((name) => [name, []]));
    for (const pod of this.#family.of(set)) {
      const list = byNode.get(nodeOf(pod));
      if (list) list.push(pod);
      else byNode.set(nodeOf(pod), [pod]);
    }
    return byNode;
  }

  /** Gives every node its pod, and takes pods away that have ended, have no place there, or are too many. */
  #manage(round: Round): void {
    const { set, run, stay } = round;
    const { surge } = limitsOf(set, run.size);
    for (const [node, pods] of this.#byNode(round)) {
      const alive = pods.filter(({ metadata }) => !metadata.deletionTimestamp);
      // A pod that is being deleted still occupies its node; its successor is created once it is gone.
      if (pods.length === 0) this.#create(round, node);
      for (const pod of alive) if (!isActive(pod)) this.#replaceFinished(set, pod, node);
      const active = alive.filter(isActive).sort(byBirth);
      const keep = stay.has(node) ? (surge > 0 ? 2 : 1) : 0;
      for (const pod of active.slice(keep)) this.#delete(set, pod);
    }
  }

  #replaceFinished(set: DaemonSet, pod: Pod, node: string): void {
    const { namespace, name } = pod.metadata;
    if (pod.status?.phase === 'Failed') {
      const what = `Found failed daemon pod ${namespace}/${name} on node ${node}, will try to kill it`;
      this.#events.warn(set, 'FailedDaemonPod', what);
    }
    this.#delete(set, pod);
  }

  #update(round: Round): void {
    const { set, hash, run } = round;
    const now = this.#context.clock().getTime();
    const wanted = new Map([...this.#byNode(round)].filter(([node]) => run.has(node)));
    const { remove, add } = updateStep(set, wanted, {
      isNew: ({ metadata }) => metadata.labels?.[REVISION_LABEL] === hash,
      isAvailable: (pod) => availability([pod], set.spec.minReadySeconds ?? 0, now).available === 1,
    });
    for (const pod of remove) this.#delete(set, pod);
    for (const node of add) this.#create(round, node);
  }

  #create({ set, hash }: Round, node: string): void {
    const { metadata, spec } = set;
    const labels = { [REVISION_LABEL]: hash };
    try {
      const made = podFrom(set, `${metadata.name}-`, labels, placedOn(spec.template.spec, node));
      const pod = this.#context.store.create(made);
      this.#events.normal(set, 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.#family.retry(set);
      this.#events.warn(set, 'FailedCreate', `Error creating: ${error.message}`);
    }
  }

  #delete(set: DaemonSet, { metadata }: Pod): void {
    this.#context.store.delete('Pod', metadata.namespace ?? '', metadata.name);
    this.#events.normal(set, 'SuccessfulDelete', `Deleted pod: ${metadata.name}`);
  }

  #writeStatus(key: string, { set, hash, run }: Round, history: History): void {
    const { store, queue, clock } = this.#context;
    const all = this.#family.of(set);
    const pods = all.filter(isActive);
    const placed = pods.filter((pod) => run.has(nodeOf(pod)));
    const nodes = new Set(placed.map(nodeOf));
    const { available, nextMs } = availability(placed, set.spec.minReadySeconds ?? 0, clock().getTime());
    queue.after(this, key, nextMs);
    const missing = Math.max(0, run.size - available);
    const hashOf = ({ metadata }: Pod): string => metadata.labels?.[REVISION_LABEL] ?? '';
    const updated = new Set(placed.filter((pod) => hashOf(pod) === hash).map(nodeOf)).size;
    const status = {
      currentNumberScheduled: nodes.size,
      numberMisscheduled: new Set(pods.filter((pod) => !run.has(nodeOf(pod))).map(nodeOf)).size,
      desiredNumberScheduled: run.size,
      numberReady: Math.min(run.size, readyCount(placed)),
      observedGeneration: set.metadata.generation,
      ...(updated > 0 ? { updatedNumberScheduled: updated } : {}),
      ...(available > 0 ? { numberAvailable: Math.min(run.size, available) } : {}),
      ...(missing > 0 ? { numberUnavailable: missing } : {}),
      ...(history.collisions > 0 ? { collisionCount: history.collisions } : {}),
    };
    store.updateStatus({ ...set, metadata: { ...set.metadata, resourceVersion: '' }, status });
    const live = new Set(all.map((pod) => `${set.metadata.name}-${hashOf(pod)}`));
    this.#revisions.prune(set, history, live);
  }
}
