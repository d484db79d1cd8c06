// nodeaffinity.ts - which nodes a pod asks for by their labels and names: nodeSelector and nodeAffinity.
//
// As k8s.io/component-helpers/scheduling/corev1/nodeaffinity: terms are alternatives, the parts of a term all hold, and a
// term without parts selects nothing.
import type { Node, PodSpec } from '../../model/objects.js';
import { matchesLabels, matchesRequirements } from '../selector.js';

interface Term {
  readonly matchExpressions?: readonly unknown[];
  readonly matchFields?: readonly unknown[];
}

interface NodeAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: { readonly nodeSelectorTerms?: readonly Term[] };
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
    readonly weight: number;
    readonly preference: Term;
  }[];
}

const affinityOf = ({ affinity }: PodSpec): NodeAffinity | undefined =>
  (affinity as { nodeAffinity?: NodeAffinity } | undefined)?.nodeAffinity;

function matchesTerm({ matchExpressions = [], matchFields = [] }: Term, { metadata }: Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchesRequirements(matchExpressions, metadata.labels) &&
    matchesRequirements(matchFields, { 'metadata.name': metadata.name })
  );
}

export function matchesNode(spec: PodSpec, node: Node): boolean {
  if (!matchesLabels(spec.nodeSelector, node.metadata.labels)) return false;
  const terms = affinityOf(spec)?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return !terms || terms.some((term) => matchesTerm(term, node));
}

/** The sum of the weights of the preferences that the node meets. */
export function preference(spec: PodSpec, node: Node): number {
  const preferences = affinityOf(spec)?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return preferences.reduce((sum, one) => sum + (matchesTerm(one.preference, node) ? one.weight : 0), 0);
}

/** The affinity that binds a pod to one node, whatever else its template asks for. */
export function onlyNode(spec: PodSpec, name: string): Pick<PodSpec, 'affinity'> {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [name] }];
  const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } };
  return { affinity: { ...(spec.affinity as object | undefined), nodeAffinity } };
}

/** The node that such an affinity names. */
export function onlyNodeOf(spec: PodSpec): string | undefined {
  const terms = affinityOf(spec)?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const fields = terms.flatMap(({ matchFields = [] }) => matchFields) as { key?: string; values?: string[] }[];
  return fields.find(({ key }) => key === 'metadata.name')?.values?.[0];
}
