// nodes.ts - Nodes as text, with what runs on them and what it asks for.

import { age } from '../../../cluster/columns/age.js';
import { type Event, nodeRoles } from '../../../cluster/columns/cluster.js';
import type { Node, Pod } from '../../../model/objects.js';
import { addQuantities, formatQuantity, parseQuantity, type Quantity, ZERO } from '../../../model/quantity.js';
import { Description, longTime } from './text.js';

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastHeartbeatTime?: string;
  readonly lastTransitionTime?: string;
}

const SYSTEM_INFO: readonly (readonly [string, string])[] = [
  ['Machine ID', 'machineID'],
  ['System UUID', 'systemUUID'],
  ['Boot ID', 'bootID'],
  ['Kernel Version', 'kernelVersion'],
  ['OS Image', 'osImage'],
  ['Operating System', 'operatingSystem'],
  ['Architecture', 'architecture'],
  ['Container Runtime Version', 'containerRuntimeVersion'],
  ['Kubelet Version', 'kubeletVersion'],
];

type Amounts = 'requests' | 'limits';

/** The sum of what the containers of a Pod ask for. */
function total(pod: Pod, amounts: Amounts, resource: string): Quantity {
  return pod.spec.containers.reduce((sum, container) => {
    const resources = container.resources as Record<Amounts, Record<string, string> | undefined> | undefined;
    return addQuantities(sum, parseQuantity(resources?.[amounts]?.[resource]));
  }, ZERO);
}

/** An amount and its share of the node's; 0 if the node does not say what it has. */
function share(amount: Quantity, allocatable: Record<string, string>, resource: string): string {
  const whole = parseQuantity(allocatable[resource]).milli;
  return `${formatQuantity(amount)} (${whole === 0 ? 0 : Math.trunc((amount.milli / whole) * 100)}%)`;
}

function describePods(text: Description, node: Node, pods: readonly Pod[], now: number): void {
  const allocatable = node.status?.allocatable ?? node.status?.capacity ?? {};
  text.line(0, `Non-terminated Pods:\t(${pods.length} in total)`);
  text.line(1, 'Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge');
  text.line(1, '---------\t----\t\t------------\t----------\t---------------\t-------------\t---');
  const cells = (pod: Pod, resource: string): string[] => [
    share(total(pod, 'requests', resource), allocatable, resource),
    share(total(pod, 'limits', resource), allocatable, resource),
  ];
  for (const pod of pods) {
    const { namespace = '', name, creationTimestamp } = pod.metadata;
    text.line(
      1,
      [namespace, name, '', ...cells(pod, 'cpu'), ...cells(pod, 'memory'), age(creationTimestamp, now)].join('\t'),
    );
  }
  text.line(0, 'Allocated resources:');
  text.line(1, '(Total limits may be over 100 percent, i.e., overcommitted.)');
  text.line(1, 'Resource\tRequests\tLimits');
  text.line(1, '--------\t--------\t------');
  const sum = (amounts: Amounts, resource: string): Quantity =>
    pods.reduce((all, pod) => addQuantities(all, total(pod, amounts, resource)), ZERO);
  for (const resource of ['cpu', 'memory', 'ephemeral-storage']) {
    const requests = share(sum('requests', resource), allocatable, resource);
    text.line(1, `${resource}\t${requests}\t${share(sum('limits', resource), allocatable, resource)}`);
  }
}

function describeConditions(text: Description, conditions: readonly Condition[]): void {
  if (conditions.length === 0) return;
  text.line(0, 'Conditions:');
  text.line(1, 'Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage');
  text.line(1, '----\t------\t-----------------\t------------------\t------\t-------');
  for (const { type, status, lastHeartbeatTime, lastTransitionTime, reason = '', message = '' } of conditions) {
    text.line(
      1,
      `${type} \t${status} \t${longTime(lastHeartbeatTime)} \t${longTime(lastTransitionTime)} \t${reason} \t${message}`,
    );
  }
}

function describeAmounts(text: Description, title: string, amounts: Record<string, string> | undefined): void {
  const names = Object.keys(amounts ?? {}).sort();
  if (names.length > 0) text.line(0, `${title}:`);
  for (const name of names) text.line(1, `${name}:\t${formatQuantity(parseQuantity(amounts?.[name]))}`);
}

/** @param pods those bound to the node that have not ended */
export function describeNode(node: Node, pods: readonly Pod[], events: readonly Event[], now: number): string {
  const text = new Description();
  const { metadata, spec = {}, status = {} } = node;
  text.line(0, `Name:\t${metadata.name}`);
  text.line(0, `Roles:\t${nodeRoles(node)}`);
  text.labels('Labels', metadata.labels);
  text.annotations('Annotations', metadata.annotations);
  text.line(0, `CreationTimestamp:\t${longTime(metadata.creationTimestamp)}`);
  const order = ({ effect, key }: Taint): string => `${effect},${key}`;
  const taints = [...((spec.taints ?? []) as Taint[])].sort((a, b) => (order(a) < order(b) ? -1 : 1));
  text.list(
    'Taints',
    taints.map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`),
  );
  text.line(0, `Unschedulable:\t${spec.unschedulable ?? false}`);
  describeConditions(text, (status.conditions ?? []) as Condition[]);
  text.line(0, 'Addresses:');
  for (const { type, address } of status.addresses ?? []) text.line(1, `${type}:\t${address}`);
  describeAmounts(text, 'Capacity', status.capacity);
  describeAmounts(text, 'Allocatable', status.allocatable);
  text.line(0, 'System Info:');
  for (const [title, field] of SYSTEM_INFO) text.line(1, `${title}:\t${status.nodeInfo?.[field] ?? ''}`);
  text.optional(0, 'PodCIDR', spec.podCIDR);
  text.optional(0, 'PodCIDRs', spec.podCIDRs?.join(','));
  text.optional(0, 'ProviderID', spec.providerID);
  describePods(text, node, pods, now);
  text.events(events, now);
  return text.toString();
}
