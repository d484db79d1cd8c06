// peers.ts - which pods share a domain of nodes: the view that pod affinity and topology spread are decided by.
import type { Labels, Node, Pod } from '../../model/objects.js';
import type { Index } from '../index.js';
import { type LabelSelector, matchesSelector } from '../selector.js';
import type { Store } from '../store.js';

interface PodTerm {
  readonly labelSelector?: LabelSelector;
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: LabelSelector;
  readonly topologyKey: string;
  readonly matchLabelKeys?: readonly string[];
}

interface PodAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodTerm[];
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
    readonly weight: number;
    readonly podAffinityTerm: PodTerm;
  }[];
}

/** The terms of a pod about other pods. */
export const affinityOf = ({ spec }: Pod, which: 'podAffinity' | 'podAntiAffinity'): PodAffinity =>
  (spec.affinity as Partial<Record<string, PodAffinity>> | undefined)?.[which] ?? {};

export const required = (pod: Pod, which: 'podAffinity' | 'podAntiAffinity'): readonly PodTerm[] =>
  affinityOf(pod, which).requiredDuringSchedulingIgnoredDuringExecution ?? [];

/** The selector with the pod's own values of some labels added (matchLabelKeys). */
function narrowed(selector: LabelSelector | undefined, keys: readonly string[] | undefined, labels: Labels = {}) {
  const own = (keys ?? []).flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]]));
  return own.length === 0
    ? selector
    : { ...selector, matchLabels: { ...selector?.matchLabels, ...Object.fromEntries(own) } };
}

export class Peers {
  readonly #store: Store;
  /** Pods with required anti-affinity, under the key ''. */
  readonly #shy: Index<Pod>;

  constructor(store: Store, shy: Index<Pod>) {
    this.#store = store;
    this.#shy = shy;
  }

  /** The value of a node's label; undefined if the node is not known or has no such label. */
  domain(nodeName: string | undefined, key: string): string | undefined {
    return this.#store.get<Node>('Node', '', nodeName ?? '')?.metadata.labels?.[key];
  }

  /** Whether a term of `owner` speaks of `pod`. */
  concerns(term: PodTerm, owner: Pod, pod: Pod): boolean {
    const selector = narrowed(term.labelSelector, term.matchLabelKeys, owner.metadata.labels);
    return (
      selector !== undefined &&
      this.#inScope(term, owner.metadata.namespace ?? '', pod.metadata.namespace ?? '') &&
      matchesSelector(selector, pod.metadata.labels)
    );
  }

  /** Domain → number of placed pods that the term speaks of. */
  counts(term: PodTerm, owner: Pod): Map<string, number> {
    const counts = new Map<string, number>();
    const scope =
      term.namespaceSelector === undefined && !term.namespaces?.length ? owner.metadata.namespace : undefined;
    for (const pod of this.#store.list<Pod>('Pod', scope)) {
      if (!pod.spec.nodeName || pod.metadata.deletionTimestamp || !this.concerns(term, owner, pod)) continue;
      const domain = this.domain(pod.spec.nodeName, term.topologyKey);
      if (domain !== undefined) counts.set(domain, (counts.get(domain) ?? 0) + 1);
    }
    return counts;
  }

  /** `key=domain` where a placed pod does not want this one near. */
  forbidden(pod: Pod): Set<string> {
    const places = new Set<string>();
    for (const other of this.#shy.get('').values()) {
      if (!other.spec.nodeName || other.metadata.uid === pod.metadata.uid) continue;
      for (const term of required(other, 'podAntiAffinity')) {
        if (!this.concerns(term, other, pod)) continue;
        const domain = this.domain(other.spec.nodeName, term.topologyKey);
        if (domain !== undefined) places.add(`${term.topologyKey}=${domain}`);
      }
    }
    return places;
  }

  #inScope({ namespaces = [], namespaceSelector }: PodTerm, own: string, other: string): boolean {
    if (namespaces.includes(other)) return true;
    if (namespaceSelector === undefined) return namespaces.length === 0 && own === other;
    return matchesSelector(namespaceSelector, this.#store.get('Namespace', '', other)?.metadata.labels);
  }
}
