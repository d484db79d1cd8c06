// placement.ts - where the pods of a DaemonSet belong, and what they tolerate.
//
// As k8s.io/kubernetes/pkg/controller/daemon (NodeShouldRunDaemonPod, util/daemonset_util.go) of Kubernetes 1.36.
import type { Node, Pod, PodSpec } from '../../../model/objects.js';
import { matchesNode, onlyNode, onlyNodeOf } from '../../scheduling/nodeaffinity.js';
import { type Toleration, taintsOf, tolerationsOf, untolerated } from '../../scheduling/taints.js';

/** What befalls a node is no reason for its daemons to go. */
const TOLERATED: readonly (readonly [key: string, effect: string])[] = [
  ['node.kubernetes.io/not-ready', 'NoExecute'],
  ['node.kubernetes.io/unreachable', 'NoExecute'],
  ['node.kubernetes.io/disk-pressure', 'NoSchedule'],
  ['node.kubernetes.io/memory-pressure', 'NoSchedule'],
  ['node.kubernetes.io/pid-pressure', 'NoSchedule'],
  ['node.kubernetes.io/unschedulable', 'NoSchedule'],
];

function daemonTolerations(spec: PodSpec): Toleration[] {
  const network: readonly [string, string][] = spec.hostNetwork
    ? [['node.kubernetes.io/network-unavailable', 'NoSchedule']]
    : [];
  const added = [...TOLERATED, ...network].map(([key, effect]) => ({ key, operator: 'Exists', effect }));
  const isAdded = ({ key, operator, effect }: Toleration): boolean =>
    added.some((one) => one.key === key && one.effect === effect && one.operator === operator);
  return [...tolerationsOf(spec).filter((toleration) => !isAdded(toleration)), ...added];
}

/** What a daemon's pod has beyond the template: one node, which the scheduler confirms, and its tolerations. */
export const placedOn = (spec: PodSpec, node: string): Partial<PodSpec> => ({
  ...onlyNode(spec, node),
  tolerations: daemonTolerations(spec),
});

/** The node that a daemon's pod is on, or is for. */
export const nodeOf = ({ spec }: Pod): string => spec.nodeName ?? onlyNodeOf(spec) ?? '';

/** Whether a node should get a pod, and whether one that is there may stay: NoSchedule does not drive it away. */
export function placement(spec: PodSpec, node: Node): { run: boolean; stay: boolean } {
  if ((spec.nodeName ?? node.metadata.name) !== node.metadata.name || !matchesNode(spec, node))
    return { run: false, stay: false };
  const tolerations = daemonTolerations(spec);
  const stay = untolerated(taintsOf(node), tolerations, 'NoExecute') === undefined;
  return { run: stay && untolerated(taintsOf(node), tolerations, 'NoSchedule') === undefined, stay };
}
