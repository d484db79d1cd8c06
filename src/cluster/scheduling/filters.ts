// filters.ts - why a pod cannot go to a node, in the order and the words of kube-scheduler's plugins (Kubernetes 1.36).
import { nodeReady } from '../../model/conditions.js';
import type { Node, Pod } from '../../model/objects.js';
import { matchesNode } from './nodeaffinity.js';
import { affinityOf, type Peers, required } from './peers.js';
import { lacksHostPort, shortages, type Usage } from './resources.js';
import { type Spread, spreadRefusal, spreadsOf } from './spread.js';
import { type Taint, taintsOf, tolerates, tolerationsOf, untolerated } from './taints.js';

/** Why a node is refused. */
interface Refusal {
  readonly reasons: readonly string[];
  /** It could be different if other pods were not there. */
  readonly byPods: boolean;
}

type Near = ReadonlyMap<string, number>;

/** What is looked up once for a pod and holds for every node. */
export interface Situation {
  readonly pod: Pod;
  readonly usage: Usage;
  readonly spreads: readonly Spread[];
  /** For each required term: the domains in which there are pods that it speaks of. */
  readonly together: readonly { readonly key: string; readonly near: Near }[];
  readonly apart: readonly { readonly key: string; readonly near: Near }[];
  /** The pod is the first of those that it wants to be with. */
  readonly isFirst: boolean;
  readonly forbidden: ReadonlySet<string>;
  readonly wishes: readonly { readonly key: string; readonly near: Near; readonly weight: number }[];
}

export function situationOf(pod: Pod, nodes: readonly Node[], peers: Peers, usage: Usage): Situation {
  const terms = required(pod, 'podAffinity');
  const together = terms.map((term) => ({ key: term.topologyKey, near: peers.counts(term, pod) }));
  const wishes = (['podAffinity', 'podAntiAffinity'] as const).flatMap((which) =>
    (affinityOf(pod, which).preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ weight, podAffinityTerm }) => ({
        key: podAffinityTerm.topologyKey,
        near: peers.counts(podAffinityTerm, pod),
        weight: which === 'podAffinity' ? weight : -weight,
      }),
    ),
  );
  return {
    pod,
    usage,
    spreads: spreadsOf(pod, nodes, peers),
    together,
    apart: required(pod, 'podAntiAffinity').map((term) => ({ key: term.topologyKey, near: peers.counts(term, pod) })),
    isFirst: together.every(({ near }) => near.size === 0) && terms.every((term) => peers.concerns(term, pod, pod)),
    forbidden: peers.forbidden(pod),
    wishes,
  };
}

/** Taints that follow from the conditions of a node, also where no controller has written them yet. */
function conditionTaints(node: Node): Taint[] {
  const ready = nodeReady(node);
  if (ready === undefined || ready === 'True') return [];
  const key = `node.kubernetes.io/${ready === 'Unknown' ? 'unreachable' : 'not-ready'}`;
  return [{ key, effect: 'NoSchedule' }];
}

const UNSCHEDULABLE: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** What the node itself says, whoever else is there. */
function ownRefusal({ spec }: Pod, node: Node): string | undefined {
  const tolerations = tolerationsOf(spec);
  const cordoned = node.spec?.unschedulable && !tolerations.some((toleration) => tolerates(toleration, UNSCHEDULABLE));
  if (cordoned || node.metadata.deletionTimestamp) return 'node(s) were unschedulable';
  const taints = [...taintsOf(node), ...conditionTaints(node)];
  const taint = untolerated(taints, tolerations, 'NoSchedule', 'NoExecute');
  if (taint) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  return matchesNode(spec, node) ? undefined : "node(s) didn't match Pod's node affinity/selector";
}

/** What other pods mean for this one on the node. */
function peerRefusal({ together, apart, isFirst, forbidden }: Situation, { metadata }: Node): string | undefined {
  const domain = (key: string): string | undefined => metadata.labels?.[key];
  const isNear = ({ key, near }: { key: string; near: Near }): boolean => (near.get(domain(key) ?? '') ?? 0) > 0;
  const labelled = together.every(({ key }) => domain(key) !== undefined);
  if (!labelled || !(together.every(isNear) || isFirst)) return "node(s) didn't match pod affinity rules";
  if (apart.some(isNear)) return "node(s) didn't match pod anti-affinity rules";
  for (const place of forbidden) {
    const at = place.indexOf('=');
    if (domain(place.slice(0, at)) === place.slice(at + 1))
      return "node(s) didn't satisfy existing pods anti-affinity rules";
  }
  return undefined;
}

/** Undefined if the pod can go there. */
export function refusal(situation: Situation, node: Node): Refusal | undefined {
  const { pod, usage, spreads } = situation;
  const own = ownRefusal(pod, node);
  if (own !== undefined) return { reasons: [own], byPods: false };
  const used = usage.of(node.metadata.name);
  if (lacksHostPort(pod, used))
    return { reasons: ["node(s) didn't have free ports for the requested pod ports"], byPods: true };
  const lacks = shortages(pod, node, used);
  if (lacks.length > 0) return { reasons: lacks, byPods: true };
  const peers = spreadRefusal(spreads, node) ?? peerRefusal(situation, node);
  return peers === undefined ? undefined : { reasons: [peers], byPods: true };
}

const counted = (reasons: readonly string[]): string => {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
};

/** The sentence of kube-scheduler about a pod that fits no node. */
export function unschedulable(refusals: readonly Refusal[]): string {
  if (refusals.length === 0) return 'no nodes available to schedule pods';
  const none = `0/${refusals.length} nodes are available`;
  const help = refusals.map(({ byPods }) =>
    byPods ? 'No preemption victims found for incoming pod' : 'Preemption is not helpful for scheduling',
  );
  const reasons = counted(refusals.flatMap(({ reasons }) => reasons));
  return `${none}: ${reasons}. preemption: ${none}: ${counted(help)}.`;
}
