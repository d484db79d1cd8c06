// scheduler.ts - assigns pods to nodes: where they fit, first as they wish, then where the fewest pods are.
//
// A pod that fits nowhere says why, as an Event and a condition, and is tried again when something changes that could help.
import { isPodOver, nodeReady, transitionTime } from '../../model/conditions.js';
import type { Node, Pod } from '../../model/objects.js';
import { timestamp } from '../../model/timestamp.js';
import type { ControllerContext } from '../context.js';
import type { Teller } from '../events/recorder.js';
import { Index, ownerKeys } from '../index.js';
import type { Controller } from '../queue.js';
import { refusal, type Situation, situationOf, unschedulable } from './filters.js';
import { preference } from './nodeaffinity.js';
import { Peers, required } from './peers.js';
import { Usage } from './resources.js';
import { crowd } from './spread.js';
import { taintsOf, tolerationsOf, untolerated } from './taints.js';

const SCHEDULER = 'default-scheduler';
/** The key under which all waiting pods are tried again. */
const RETRY = 'waiting';

/** Pods that name another scheduler are left to it. */
const isPending = (pod: Pod): boolean =>
  !pod.spec.nodeName && !pod.metadata.deletionTimestamp && (pod.spec.schedulerName ?? SCHEDULER) === SCHEDULER;

const keyOf = (pod: Pod): string => `${pod.metadata.namespace}/${pod.metadata.name}`;

export class Scheduler implements Controller {
  readonly name = 'scheduler';
  readonly #context: ControllerContext;
  readonly #events: Teller;
  readonly #byOwner: Index<Pod>;
  readonly #pending: Index<Pod>;
  readonly #shy: Index<Pod>;
  readonly #peers: Peers;
  readonly #usage: Usage;
  readonly #machines: ReadonlySet<string> | null;

  /**
   * @param byOwner pods by the uid of their controller
   * @param machines names of the nodes that can run pods; null = all
   */
  constructor(context: ControllerContext, byOwner: Index<Pod>, machines: readonly string[] | null) {
    const { store, queue, recorder } = context;
    this.#context = context;
    this.#events = recorder.of(SCHEDULER);
    this.#machines = machines && new Set(machines);
    this.#byOwner = byOwner;
    this.#pending = new Index<Pod>(store, 'Pod', (pod) => (isPending(pod) ? [''] : []));
    this.#shy = new Index<Pod>(store, 'Pod', (pod) => (required(pod, 'podAntiAffinity').length > 0 ? [''] : []));
    this.#peers = new Peers(store, this.#shy);
    this.#usage = new Usage(store);
    store.watch(({ type, object, old }) => {
      const pod = object as Pod;
      if (type !== 'DELETED' && isPending(pod)) {
        if (!old || old.spec !== pod.spec || old.metadata.labels !== pod.metadata.labels) queue.add(this, keyOf(pod));
      } else if (this.#helps(pod, old as Pod | undefined, type === 'DELETED')) queue.add(this, RETRY);
    }, 'Pod');
    store.watch(({ type, object, old }) => {
      const heartbeat = type === 'MODIFIED' && old && sameForPods(object as Node, old as Node);
      if (!heartbeat) queue.add(this, RETRY);
    }, 'Node');
  }

  /** Whether a placed pod's change may let a waiting one in: it came, went, ended, or is called otherwise. */
  #helps(pod: Pod, old: Pod | undefined, gone: boolean): boolean {
    if (this.#pending.get('').size === 0) return false;
    return (
      gone ||
      old?.spec.nodeName !== pod.spec.nodeName ||
      old?.metadata.labels !== pod.metadata.labels ||
      old?.metadata.deletionTimestamp !== pod.metadata.deletionTimestamp ||
      (old !== undefined && isPodOver(old)) !== isPodOver(pod)
    );
  }

  sync(key: string): void {
    const { store, queue } = this.#context;
    if (key === RETRY) {
      for (const pod of this.#pending.get('').values()) queue.add(this, keyOf(pod));
      return;
    }
    const [namespace = '', name = ''] = key.split('/');
    const pod = store.get<Pod>('Pod', namespace, name);
    if (!pod || !isPending(pod)) return;
    const nodes = store.list<Node>('Node');
    const situation = situationOf(pod, nodes, this.#peers, this.#usage);
    const refusals = nodes.map((node) => this.#refusal(situation, node));
    const node = this.#choose(
      situation,
      nodes.filter((_, i) => refusals[i] === undefined),
    );
    if (node) {
      store.bind(namespace, name, node.metadata.name);
      this.#events.normal(pod, 'Scheduled', `Successfully assigned ${key} to ${node.metadata.name}`);
      return;
    }
    this.#refuse(pod, unschedulable(refusals.filter((one) => one !== undefined)));
  }

  stop(): void {
    for (const part of [this.#pending, this.#shy, this.#usage]) part.stop();
  }

  #refusal(situation: Situation, node: Node) {
    if (this.#machines?.has(node.metadata.name) ?? true) return refusal(situation, node);
    return { reasons: ['node(s) had no machine in this lab'], byPods: false };
  }

  /** What the pod wishes; then fewest pods of the same owner, then fewest pods, then the first by name. */
  #choose(situation: Situation, nodes: readonly Node[]): Node | undefined {
    const { pod, spreads, wishes } = situation;
    const siblings = new Map<string, number>();
    const [owner] = ownerKeys(pod);
    for (const { spec } of owner ? this.#byOwner.get(owner).values() : [])
      if (spec.nodeName) siblings.set(spec.nodeName, (siblings.get(spec.nodeName) ?? 0) + 1);
    let best: { node: Node; costs: number[] } | undefined;
    for (const node of nodes) {
      const { name, labels } = node.metadata;
      const near = wishes.reduce((sum, wish) => sum + wish.weight * (wish.near.get(labels?.[wish.key] ?? '') ?? 0), 0);
      const shunned = untolerated(taintsOf(node), tolerationsOf(pod.spec), 'PreferNoSchedule') ? 1 : 0;
      const costs = [
        shunned,
        -(preference(pod.spec, node) + near),
        crowd(spreads, node),
        siblings.get(name) ?? 0,
        this.#usage.of(name).pods,
      ];
      if (!best || isLess(costs, best.costs)) best = { node, costs };
    }
    return best?.node;
  }

  #refuse(pod: Pod, message: string): void {
    const { store, clock } = this.#context;
    const before = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    if (before?.status === 'False' && before.message === message) return;
    this.#events.warn(pod, 'FailedScheduling', message);
    const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
    const lastTransitionTime = transitionTime(pod.status?.conditions ?? [], condition, timestamp(clock()));
    const status = { ...pod.status, conditions: [...others, { ...condition, lastTransitionTime }] };
    store.updateStatus({ ...pod, metadata: { ...pod.metadata, resourceVersion: '' }, status });
  }
}

/** Compares by the first number that differs. */
function isLess(a: readonly number[], b: readonly number[]): boolean {
  const i = a.findIndex((value, at) => value !== b[at]);
  return i >= 0 && (a[i] ?? 0) < (b[i] ?? 0);
}

/** Nothing about the node has changed that matters to where pods go. */
const sameForPods = (node: Node, old: Node): boolean =>
  node.spec === old.spec &&
  node.metadata.labels === old.metadata.labels &&
  node.status?.allocatable === old.status?.allocatable &&
  nodeReady(node) === nodeReady(old);
