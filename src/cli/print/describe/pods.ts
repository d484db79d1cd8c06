// pods.ts - Pods, and templates of Pods, as text.

import { age } from '../../../cluster/columns/age.js';
import type { Event } from '../../../cluster/columns/cluster.js';
import { formatSelector, type LabelSelector } from '../../../cluster/columns/columns.js';
import type { KubeObject, Labels, ObjectMeta, Pod, PodSpec } from '../../../model/objects.js';
import { parseQuantity } from '../../../model/quantity.js';
import { type ContainerStatus, describeContainers } from './containers.js';
import { Description, longTime } from './text.js';
import { describeVolumes } from './volumes.js';

interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
  readonly tolerationSeconds?: number;
}

function tolerationText({ key = '', operator, value = '', effect, tolerationSeconds }: Toleration): string {
  const head = key + (value === '' ? '' : `=${value}`) + (effect ? `:${effect}` : '');
  const exists = operator === 'Exists' && value === '' ? (head === '' ? 'op=Exists' : ' op=Exists') : '';
  return head + exists + (tolerationSeconds === undefined ? '' : ` for ${tolerationSeconds}s`);
}

function tolerations(spec: PodSpec): string[] {
  const list = [...((spec.tolerations ?? []) as Toleration[])];
  return list
    .sort((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : (a.key ?? '') > (b.key ?? '') ? 1 : 0))
    .map(tolerationText);
}

interface Spread {
  readonly topologyKey: string;
  readonly whenUnsatisfiable: string;
  readonly maxSkew: number;
  readonly labelSelector?: LabelSelector;
}

function describeSpread(text: Description, spec: PodSpec, space: string): void {
  const list = [...((spec.topologySpreadConstraints ?? []) as Spread[])];
  if (list.length === 0) return;
  list.sort((a, b) => (a.topologyKey < b.topologyKey ? -1 : 1));
  const lines = list.map(({ topologyKey, whenUnsatisfiable, maxSkew, labelSelector }) => {
    const selector = labelSelector ? ` for selector ${formatSelector(labelSelector)}` : '';
    return `${topologyKey}:${whenUnsatisfiable} when max skew ${maxSkew} is exceeded${selector}`;
  });
  text.list(`${space}Topology Spread Constraints`, lines);
}

type Resources = { readonly limits?: Record<string, string>; readonly requests?: Record<string, string> } | undefined;

/** QoS class by requests and limits (k8s.io/kubectl/pkg/util/qos). */
function qosClass(spec: PodSpec): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  const all = [...(spec.initContainers ?? []), ...spec.containers].map((container) => container.resources as Resources);
  const named = (list: Record<string, string> | undefined): string[] =>
    Object.keys(list ?? {}).filter((name) => ['cpu', 'memory'].includes(name) && parseQuantity(list?.[name]).milli > 0);
  if (all.every((resources) => named(resources?.limits).length + named(resources?.requests).length === 0))
    return 'BestEffort';
  const amount = (list: Record<string, string> | undefined, name: string): number => parseQuantity(list?.[name]).milli;
  const guaranteed = all.every((resources) =>
    ['cpu', 'memory'].every((name) => {
      const limit = amount(resources?.limits, name);
      return limit > 0 && (resources?.requests?.[name] === undefined || amount(resources.requests, name) === limit);
    }),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

export function controllerOf(object: KubeObject): string | undefined {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller);
  return owner && `${owner.kind}/${owner.name}`;
}

function describeStatus(text: Description, pod: Pod, now: number): void {
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  const { phase, podIP, podIPs = [] } = pod.status ?? {};
  if (deletionTimestamp && phase !== 'Failed' && phase !== 'Succeeded') {
    text.line(0, `Status:\tTerminating (lasts ${age(deletionTimestamp, now)})`);
    text.line(0, `Termination Grace Period:\t${deletionGracePeriodSeconds ?? 0}s`);
  } else text.line(0, `Status:\t${phase ?? ''}`);
  text.optional(0, 'Reason', pod.status?.reason);
  text.optional(0, 'Message', pod.status?.message);
  text.line(0, `IP:\t${podIP ?? ''}`);
  text.line(0, podIPs.length === 0 ? 'IPs:\t<none>' : 'IPs:');
  for (const { ip } of podIPs) text.line(1, `IP:\t${ip}`);
}

function describeConditions(text: Description, pod: Pod): void {
  const conditions = pod.status?.conditions ?? [];
  const gates = (pod.spec.readinessGates ?? []) as { conditionType: string }[];
  if (gates.length > 0) {
    text.line(0, 'Readiness Gates:');
    text.line(1, 'Type\tStatus');
    for (const { conditionType } of gates) {
      text.line(1, `${conditionType} \t${conditions.find(({ type }) => type === conditionType)?.status ?? '<none>'} `);
    }
  }
  if (conditions.length === 0) return;
  text.line(0, 'Conditions:');
  text.line(1, 'Type\tStatus');
  for (const { type, status } of conditions) text.line(1, `${type} \t${status} `);
}

export function describePod(pod: Pod, events: readonly Event[], now: number): string {
  const text = new Description();
  const { metadata, spec, status = {} } = pod;
  text.line(0, `Name:\t${metadata.name}`);
  text.line(0, `Namespace:\t${metadata.namespace ?? ''}`);
  text.optional(0, 'Priority', spec.priority);
  text.optional(0, 'Priority Class Name', spec.priorityClassName);
  text.optional(0, 'Runtime Class Name', spec.runtimeClassName);
  text.optional(0, 'Service Account', spec.serviceAccountName);
  text.line(0, `Node:\t${spec.nodeName ? `${spec.nodeName}/${status.hostIP ?? ''}` : '<none>'}`);
  if (status.startTime) text.line(0, `Start Time:\t${longTime(status.startTime)}`);
  text.labels('Labels', metadata.labels);
  text.annotations('Annotations', metadata.annotations);
  describeStatus(text, pod, now);
  text.optional(0, 'Controlled By', controllerOf(pod));
  text.optional(0, 'NominatedNodeName', status.nominatedNodeName);
  if (spec.initContainers?.length) {
    const statuses = (status.initContainerStatuses ?? []) as ContainerStatus[];
    describeContainers(text, 'Init Containers', spec.initContainers, '', pod, statuses);
  }
  describeContainers(
    text,
    'Containers',
    spec.containers,
    '',
    pod,
    (status.containerStatuses ?? []) as ContainerStatus[],
  );
  describeConditions(text, pod);
  describeVolumes(text, spec.volumes as Record<string, unknown>[] | undefined, '');
  text.line(0, `QoS Class:\t${qosClass(spec)}`);
  text.labels('Node-Selectors', spec.nodeSelector);
  text.list('Tolerations', tolerations(spec));
  describeSpread(text, spec, '');
  text.events(events, now);
  return text.toString();
}

/** The template of a controller's Pods. */
export function describeTemplate(
  text: Description,
  template: { metadata?: Partial<ObjectMeta>; spec?: PodSpec } | undefined,
): void {
  text.line(0, 'Pod Template:');
  const spec = template?.spec;
  if (!template || !spec) {
    text.line(1, '<unset>');
    return;
  }
  text.labels('  Labels', template.metadata?.labels as Labels | undefined);
  if (Object.keys(template.metadata?.annotations ?? {}).length > 0)
    text.annotations('  Annotations', template.metadata?.annotations);
  text.optional(1, 'Service Account', spec.serviceAccountName);
  if (spec.initContainers?.length) describeContainers(text, 'Init Containers', spec.initContainers, '  ');
  describeContainers(text, 'Containers', spec.containers, '  ');
  describeVolumes(text, spec.volumes as Record<string, unknown>[] | undefined, '  ');
  describeSpread(text, spec, '  ');
  text.optional(1, 'Priority Class Name', spec.priorityClassName);
  text.labels('  Node-Selectors', spec.nodeSelector);
  text.list('  Tolerations', tolerations(spec));
}
