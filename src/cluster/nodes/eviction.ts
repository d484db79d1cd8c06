// eviction.ts - taints NoExecute drive pods away: at once, or after as long as they are tolerated.
//
// As k8s.io/kubernetes/pkg/controller/tainteviction of Kubernetes 1.36.
import type { Node, Pod } from '../../model/objects.js';
import type { ControllerContext } from '../context.js';
import { markDisrupted } from '../disruption.js';
import type { Teller } from '../events/recorder.js';
import type { Index } from '../index.js';
import type { Controller } from '../queue.js';
import { type Taint, taintsOf, tolerates, tolerationsOf } from '../scheduling/taints.js';

const keyOf = (pod: Pod): string => `${pod.metadata.namespace}/${pod.metadata.name}`;
const evicting = (node: Node | undefined): Taint[] =>
  node ? taintsOf(node).filter(({ effect }) => effect === 'NoExecute') : [];

/** How long the pod stands the taint, in milliseconds; 0 = not at all, Infinity = for ever. */
function patience({ spec }: Pod, taint: Taint): number {
  const meant = tolerationsOf(spec).filter((toleration) => tolerates(toleration, taint));
  if (meant.length === 0) return 0;
  const limits = meant.flatMap(({ tolerationSeconds: seconds }) =>
    seconds === undefined ? [] : [Math.max(0, seconds)],
  );
  return limits.length === 0 ? Number.POSITIVE_INFINITY : 1000 * Math.min(...limits);
}

export class TaintEvictionController implements Controller {
  readonly name = 'tainteviction';
  readonly #context: ControllerContext;
  readonly #events: Teller;
  readonly #byNode: Index<Pod>;
  /** Taints without a time of their own: `node key` → when they were first seen. */
  readonly #seen = new Map<string, number>();
  /** Pods that are to go later. */
  readonly #doomed = new Set<string>();

  /** @param byNode pods by the name of their node */
  constructor(context: ControllerContext, byNode: Index<Pod>) {
    const { store, queue, recorder } = context;
    this.#context = context;
    this.#byNode = byNode;
    this.#events = recorder.of('taint-eviction-controller');
    store.watch(({ type, object, old }) => {
      const node = object as Node;
      if (type === 'DELETED' || (old as Node | undefined)?.spec?.taints === node.spec?.taints) return;
      this.#note(node);
      for (const pod of this.#byNode.get(node.metadata.name).values()) queue.add(this, keyOf(pod));
    }, 'Node');
    store.watch(({ type, object, old }) => {
      const pod = object as Pod;
      if (type === 'DELETED') this.#doomed.delete(keyOf(pod));
      else if (pod.spec.nodeName && (old as Pod | undefined)?.spec !== pod.spec) {
        if (evicting(store.get<Node>('Node', '', pod.spec.nodeName)).length > 0) queue.add(this, keyOf(pod));
      }
    }, 'Pod');
  }

  sync(key: string): void {
    const { store, queue, clock } = this.#context;
    const [namespace = '', name = ''] = key.split('/');
    const pod = store.get<Pod>('Pod', namespace, name);
    if (!pod || pod.metadata.deletionTimestamp) return;
    const node = store.get<Node>('Node', '', pod.spec.nodeName ?? '');
    const due = Math.min(
      Number.POSITIVE_INFINITY,
      ...evicting(node).map((taint) => this.#since(node?.metadata.name ?? '', taint) + patience(pod, taint)),
    );
    const left = due - clock().getTime();
    if (left === Number.POSITIVE_INFINITY) {
      if (this.#doomed.delete(key))
        this.#events.normal(pod, 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`);
      return;
    }
    if (left > 0) {
      this.#doomed.add(key);
      queue.after(this, key, left);
      return;
    }
    this.#events.normal(pod, 'TaintManagerEviction', `Marking for deletion Pod ${key}`);
    markDisrupted(store, pod, 'DeletionByTaintManager', 'Taint manager: deleting due to NoExecute taint', clock());
    store.delete('Pod', namespace, name);
  }

  /** Remembers since when a node has its taints, and forgets those that it has no more. */
  #note(node: Node): void {
    const { name } = node.metadata;
    const taints = evicting(node);
    const now = this.#context.clock().getTime();
    const known = new Map(taints.map(({ key }) => [`${name} ${key}`, this.#seen.get(`${name} ${key}`) ?? now]));
    for (const key of this.#seen.keys()) if (key.startsWith(`${name} `) && !known.has(key)) this.#seen.delete(key);
    for (const [key, time] of known) this.#seen.set(key, time);
  }

  #since(node: string, { key, timeAdded }: Taint): number {
    const time = Date.parse(timeAdded ?? '');
    return Number.isNaN(time) ? (this.#seen.get(`${node} ${key}`) ?? 0) : time;
  }
}
