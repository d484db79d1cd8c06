// scheduler.ts - assigns pods to nodes: where they fit, preferring the nodes with the fewest pods.

import type { Labels, Node, Pod, PodSpec } from '../model/objects.js';
import { timestamp } from '../model/timestamp.js';
import { Index, ownerKeys } from './index.js';
import type { Controller, WorkQueue } from './queue.js';
import { matchesLabels, matchesRequirements } from './selector.js';
import type { Store } from './store.js';

interface Taint {
  key: string;
  value?: string;
  effect: string;
}

interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
}

interface NodeAffinity {
  requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms?: { matchExpressions?: unknown[] }[] };
}

function tolerates(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some(
    (toleration) =>
      (!toleration.effect || toleration.effect === taint.effect) &&
      (!toleration.key || toleration.key === taint.key) &&
      (toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '')),
  );
}

/** Pods of DaemonSets also go to nodes that are cordoned or not ready. */
export function fitsNode(spec: PodSpec, node: Node, daemon = false): boolean {
  const labels: Labels = node.metadata.labels ?? {};
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  if (!daemon && (node.spec?.unschedulable || (ready && ready.status !== 'True'))) return false;
  if (node.metadata.deletionTimestamp || !matchesLabels(spec.nodeSelector, labels)) return false;
  const affinity = (spec.affinity as { nodeAffinity?: NodeAffinity } | undefined)?.nodeAffinity;
  const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (terms && !terms.some((term) => matchesRequirements(term.matchExpressions ?? [], labels))) return false;
  const tolerations = (spec.tolerations ?? []) as Toleration[];
  return ((node.spec?.taints ?? []) as Taint[]).every(
    (taint) =>
      taint.effect === 'PreferNoSchedule' ||
      (daemon && taint.key.startsWith('node.kubernetes.io/')) ||
      tolerates(tolerations, taint),
  );
}

/** Pods that name another scheduler are left to it. */
const isPending = (pod: Pod): boolean =>
  !pod.spec.nodeName &&
  !pod.metadata.deletionTimestamp &&
  (pod.spec.schedulerName ?? 'default-scheduler') === 'default-scheduler';

export class Scheduler implements Controller {
  readonly name = 'scheduler';
  readonly #store: Store;
  readonly #clock: () => Date;
  readonly #byNode: Index<Pod>;
  readonly #byOwner: Index<Pod>;
  readonly #pending: Index<Pod>;
  readonly #machines: ReadonlySet<string> | null;

  /**
   * @param byNode pods by the name of their node
   * @param byOwner pods by the uid of their controller
   * @param machines names of the nodes that can run pods; null = all
   */
  constructor(
    store: Store,
    queue: WorkQueue,
    clock: () => Date,
    byNode: Index<Pod>,
    byOwner: Index<Pod>,
    machines: readonly string[] | null,
  ) {
    this.#machines = machines && new Set(machines);
    this.#store = store;
    this.#clock = clock;
    this.#byNode = byNode;
    this.#byOwner = byOwner;
    this.#pending = new Index<Pod>(store, 'Pod', (pod) => (isPending(pod) ? [''] : []));
    store.watch(({ type, object }) => {
      if (type !== 'DELETED' && isPending(object as Pod)) queue.add(this, keyOf(object as Pod));
    }, 'Pod');
    store.watch(() => {
      for (const pod of this.#pending.get('').values()) queue.add(this, keyOf(pod));
    }, 'Node');
  }

  sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const pod = this.#store.get<Pod>('Pod', namespace, name);
    if (!pod || !isPending(pod)) return;
    const nodes = this.#store.list<Node>('Node');
    const node = this.#choose(
      pod,
      nodes.filter((candidate) => this.#isMachine(candidate) && fitsNode(pod.spec, candidate)),
    );
    if (node) {
      this.#store.bind(namespace, name, node.metadata.name);
      return;
    }
    const message = `0/${nodes.length} nodes are available`;
    this.#condition(pod, { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message });
  }

  stop(): void {
    this.#pending.stop();
  }

  readonly #isMachine = ({ metadata }: Node): boolean => this.#machines?.has(metadata.name) ?? true;

  /** Fewest pods of the same owner, then fewest pods, then the first by name. */
  #choose(pod: Pod, nodes: readonly Node[]): Node | undefined {
    const siblings = new Map<string, number>();
    const [owner] = ownerKeys(pod);
    for (const { spec } of owner ? this.#byOwner.get(owner).values() : [])
      if (spec.nodeName) siblings.set(spec.nodeName, (siblings.get(spec.nodeName) ?? 0) + 1);
    let best: { node: Node; same: number; all: number } | undefined;
    for (const node of nodes) {
      const { name } = node.metadata;
      const same = siblings.get(name) ?? 0;
      const all = this.#byNode.get(name).size;
      if (!best || same < best.same || (same === best.same && all < best.all)) best = { node, same, all };
    }
    return best?.node;
  }

  #condition(pod: Pod, condition: { type: string; status: string; [key: string]: unknown }): void {
    const before = pod.status?.conditions?.find(({ type }) => type === condition.type);
    if (before && before.status === condition.status && before.message === condition.message) return;
    const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== condition.type);
    const lastTransitionTime = timestamp(this.#clock());
    const status = { ...pod.status, conditions: [...others, { ...condition, lastTransitionTime }] };
    this.#store.updateStatus({ ...pod, metadata: { ...pod.metadata, resourceVersion: '' }, status });
  }
}

const keyOf = (pod: Pod): string => `${pod.metadata.namespace}/${pod.metadata.name}`;
