// lifecycle.ts - nodes that are lost: their conditions, their taints, and the pods that can no longer be reached.
//
// As k8s.io/kubernetes/pkg/controller/nodelifecycle of Kubernetes 1.36. A node is lost when its Lease is not renewed; one
// that has no Lease is whatever its status says.
import { isPodReady, nodeReady } from '../../model/conditions.js';
import type { KubeObject, Node, Pod } from '../../model/objects.js';
import { timestamp } from '../../model/timestamp.js';
import type { ControllerContext } from '../context.js';
import type { Teller } from '../events/recorder.js';
import { same } from '../freeze.js';
import type { Index } from '../index.js';
import type { Controller } from '../queue.js';
import { type Taint, taintsOf } from '../scheduling/taints.js';

/** Where nodes keep their Leases. */
const LEASES = 'kube-node-lease';

/** How long a Lease may go without being renewed (--node-monitor-grace-period), in milliseconds. */
export const NODE_GRACE_MS = 50_000;

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly [key: string]: unknown;
}

const PREFIX = 'node.kubernetes.io/';
const LOST: readonly Condition['type'][] = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** Type and status of a condition → the taint that follows, and its effects. */
const TAINTS: readonly (readonly [type: string, status: string, taint: string, effects: Taint['effect'][]])[] = [
  ['Ready', 'False', 'not-ready', ['NoSchedule', 'NoExecute']],
  ['Ready', 'Unknown', 'unreachable', ['NoSchedule', 'NoExecute']],
  ['MemoryPressure', 'True', 'memory-pressure', ['NoSchedule']],
  ['DiskPressure', 'True', 'disk-pressure', ['NoSchedule']],
  ['PIDPressure', 'True', 'pid-pressure', ['NoSchedule']],
  ['NetworkUnavailable', 'True', 'network-unavailable', ['NoSchedule']],
];
const OWN = new Set([...TAINTS.map(([, , name]) => PREFIX + name), `${PREFIX}unschedulable`]);

const conditionsOf = (node: Node | undefined): readonly Condition[] => node?.status?.conditions ?? [];

/** The taints that a node should have from its conditions and from being cordoned. */
function wantedTaints(node: Node): Taint[] {
  const wanted = TAINTS.flatMap(([type, status, name, effects]) =>
    conditionsOf(node).some((one) => one.type === type && one.status === status)
      ? effects.map((effect): Taint => ({ key: PREFIX + name, effect }))
      : [],
  );
  return node.spec?.unschedulable ? [...wanted, { key: `${PREFIX}unschedulable`, effect: 'NoSchedule' }] : wanted;
}

export class NodeLifecycleController implements Controller {
  readonly name = 'nodelifecycle';
  readonly #context: ControllerContext;
  readonly #graceMs: number;
  readonly #events: Teller;
  readonly #byNode: Index<Pod>;
  /** Node → when its Lease was last seen to be renewed, in milliseconds since 1970. */
  readonly #renewed = new Map<string, number>();

  /** @param byNode pods by the name of their node */
  constructor(context: ControllerContext, byNode: Index<Pod>, graceMs: number) {
    const { store, queue, clock, recorder } = context;
    this.#context = context;
    this.#graceMs = graceMs;
    this.#byNode = byNode;
    this.#events = recorder.of('node-controller');
    store.watch(({ type, object }) => {
      const { namespace, name } = object.metadata;
      if (namespace !== LEASES) return;
      if (type === 'DELETED') this.#renewed.delete(name);
      else this.#renewed.set(name, clock().getTime());
      queue.add(this, name);
    }, 'Lease');
    store.watch(({ type, object, old }) => {
      const { name } = object.metadata;
      if (type === 'DELETED') {
        this.#renewed.delete(name);
        this.#events.normal(object, 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`);
        return;
      }
      if (type === 'ADDED')
        this.#events.normal(object, 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`);
      const before = nodeReady(old as Node | undefined);
      if (before === 'True' && nodeReady(object as Node) !== 'True') this.#lose(object);
      queue.add(this, name);
    }, 'Node');
  }

  sync(name: string): void {
    const { store } = this.#context;
    const node = store.get<Node>('Node', '', name);
    if (!node) return;
    this.#watchLease(node);
    const latest = store.get<Node>('Node', '', name) ?? node;
    const before = taintsOf(latest);
    const time = timestamp(this.#context.clock());
    const wanted = wantedTaints(latest).map((taint) => {
      const known = before.find(({ key, effect }) => key === taint.key && effect === taint.effect);
      return known ?? { ...taint, timeAdded: time };
    });
    const taints = [...before.filter(({ key }) => !OWN.has(key)), ...wanted];
    if (same(taints, before)) return;
    const { taints: _, ...spec } = latest.spec ?? {};
    const metadata = { ...latest.metadata, resourceVersion: '' };
    store.update({ ...latest, metadata, spec: taints.length > 0 ? { ...spec, taints } : spec });
  }

  /** A node whose Lease is too old says nothing about itself any longer. */
  #watchLease(node: Node): void {
    const { store, queue, clock } = this.#context;
    const { name } = node.metadata;
    const renewed = this.#renewed.get(name);
    if (renewed === undefined || nodeReady(node) === 'Unknown') return;
    const now = clock();
    const left = renewed + this.#graceMs - now.getTime();
    if (left > 0) {
      queue.after(this, name, left);
      return;
    }
    const others = conditionsOf(node).filter(({ type }) => !LOST.includes(type));
    const unknown = LOST.map((type): Condition => {
      const {
        lastHeartbeatTime = null,
        status,
        lastTransitionTime,
      } = conditionsOf(node).find((condition) => condition.type === type) ?? ({} as Partial<Condition>);
      const message = 'Kubelet stopped posting node status.';
      const since = status === 'Unknown' ? lastTransitionTime : timestamp(now);
      return {
        type,
        status: 'Unknown',
        lastHeartbeatTime,
        lastTransitionTime: since,
        reason: 'NodeStatusUnknown',
        message,
      };
    });
    store.updateStatus({
      ...node,
      metadata: { ...node.metadata, resourceVersion: '' },
      status: { ...node.status, conditions: [...others, ...unknown] },
    });
  }

  /** Nobody can say of the node's pods that they are ready; so nothing is sent to them. */
  #lose(node: KubeObject): void {
    const { store, clock } = this.#context;
    const { name } = node.metadata;
    this.#events.normal(node, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
    const lastTransitionTime = timestamp(clock());
    for (const pod of this.#byNode.list(name)) {
      const conditions = pod.status?.conditions ?? [];
      if (!isPodReady(pod)) continue;
      const lost = conditions.map((one) =>
        one.type === 'Ready' ? { ...one, status: 'False', lastTransitionTime } : one,
      );
      const metadata = { ...pod.metadata, resourceVersion: '' };
      store.updateStatus({ ...pod, metadata, status: { ...pod.status, conditions: lost } });
      this.#events.warn(pod, 'NodeNotReady', 'Node is not ready');
    }
  }
}
