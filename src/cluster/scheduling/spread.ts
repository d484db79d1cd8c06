// spread.ts - topologySpreadConstraints: how evenly matching pods must be spread over the domains of nodes.
//
// As the plugin PodTopologySpread of kube-scheduler: domains are those of nodes that the pod could go to by its selector
// and affinity; taints count only if the constraint says so.
import type { Node, Pod } from '../../model/objects.js';
import type { LabelSelector } from '../selector.js';
import { matchesNode } from './nodeaffinity.js';
import type { Peers } from './peers.js';
import { taintsOf, tolerationsOf, untolerated } from './taints.js';

interface Constraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway';
  readonly labelSelector?: LabelSelector;
  readonly matchLabelKeys?: readonly string[];
  readonly minDomains?: number;
  readonly nodeAffinityPolicy?: 'Honor' | 'Ignore';
  readonly nodeTaintsPolicy?: 'Honor' | 'Ignore';
}

/** A constraint with what is known about its domains. */
export interface Spread {
  readonly constraint: Constraint;
  readonly counts: ReadonlyMap<string, number>;
  readonly least: number;
  /** 1 if the pod itself is one of those that are counted. */
  readonly self: number;
}

const isEligible = (pod: Pod, node: Node, { nodeAffinityPolicy, nodeTaintsPolicy }: Constraint): boolean =>
  (nodeAffinityPolicy === 'Ignore' || matchesNode(pod.spec, node)) &&
  (nodeTaintsPolicy !== 'Honor' ||
    untolerated(taintsOf(node), tolerationsOf(pod.spec), 'NoSchedule', 'NoExecute') === undefined);

export function spreadsOf(pod: Pod, nodes: readonly Node[], peers: Peers): Spread[] {
  const constraints = (pod.spec.topologySpreadConstraints ?? []) as readonly Constraint[];
  return constraints.map((constraint) => {
    const counts = peers.counts(constraint, pod);
    const domains = new Set<string>();
    for (const node of nodes) {
      const domain = node.metadata.labels?.[constraint.topologyKey];
      if (domain !== undefined && isEligible(pod, node, constraint)) domains.add(domain);
    }
    const few = domains.size < (constraint.minDomains ?? 0);
    const least = few || domains.size === 0 ? 0 : Math.min(...[...domains].map((domain) => counts.get(domain) ?? 0));
    return { constraint, counts, least, self: peers.concerns(constraint, pod, pod) ? 1 : 0 };
  });
}

/** Why the node is not allowed; undefined if it is. */
export function spreadRefusal(spreads: readonly Spread[], node: Node): string | undefined {
  const why = "node(s) didn't match pod topology spread constraints";
  for (const { constraint, counts, least, self } of spreads) {
    if (constraint.whenUnsatisfiable !== 'DoNotSchedule') continue;
    const domain = node.metadata.labels?.[constraint.topologyKey];
    if (domain === undefined) return `${why} (missing required label)`;
    if ((counts.get(domain) ?? 0) + self - least > constraint.maxSkew) return why;
  }
  return undefined;
}

/** How many matching pods are near the node already, for the constraints that are wishes. */
export const crowd = (spreads: readonly Spread[], node: Node): number =>
  spreads
    .filter(({ constraint }) => constraint.whenUnsatisfiable === 'ScheduleAnyway')
    .reduce(
      (sum, { constraint, counts }) => sum + (counts.get(node.metadata.labels?.[constraint.topologyKey] ?? '') ?? 0),
      0,
    );
