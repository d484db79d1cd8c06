// workloads.ts - Deployments, ReplicaSets, StatefulSets and DaemonSets as text.

import { isDeepStrictEqual } from 'node:util';
import type { Event } from '../../../cluster/columns/cluster.js';
import { formatLabels, formatSelector, type LabelSelector } from '../../../cluster/columns/columns.js';
import type { KubeObject, ObjectMeta, Pod, PodSpec } from '../../../model/objects.js';
import { controllerOf, describeTemplate } from './pods.js';
import { Description, longTime } from './text.js';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

export interface Workload extends KubeObject {
  spec?: {
    replicas?: number;
    minReadySeconds?: number;
    selector?: LabelSelector;
    template?: { metadata?: Partial<ObjectMeta>; spec?: PodSpec };
    strategy?: Strategy;
    updateStrategy?: Strategy;
    [key: string]: unknown;
  };
  status?: { conditions?: Condition[]; [key: string]: unknown };
}

interface Strategy {
  readonly type?: string;
  readonly rollingUpdate?: {
    readonly maxUnavailable?: unknown;
    readonly maxSurge?: unknown;
    readonly partition?: number;
  };
}

const selectorText = (selector: LabelSelector | undefined): string => {
  const text = formatSelector(selector);
  return text === '<none>' ? '' : text;
};

const count = (workload: Workload, field: string): unknown => workload.status?.[field] ?? 0;

function heading(text: Description, { metadata }: Workload): void {
  text.line(0, `Name:\t${metadata.name}`);
  text.line(0, `Namespace:\t${metadata.namespace ?? ''}`);
}

function marks(text: Description, { metadata }: Workload): void {
  text.labels('Labels', metadata.labels);
  text.annotations('Annotations', metadata.annotations);
}

/** How many Pods of a controller are in each phase. */
function podsStatus(pods: readonly Pod[]): string {
  const phase = (name: string): number => pods.filter(({ status }) => status?.phase === name).length;
  return `${phase('Running')} Running / ${phase('Pending')} Waiting / ${phase('Succeeded')} Succeeded / ${phase('Failed')} Failed`;
}

function describeConditions(text: Description, { status }: Workload): void {
  if (!status?.conditions?.length) return;
  text.line(0, 'Conditions:');
  text.line(1, 'Type\tStatus\tReason');
  text.line(1, '----\t------\t------');
  for (const { type, status: value, reason = '' } of status.conditions) text.line(1, `${type} \t${value}\t${reason}`);
}

const TEMPLATE_HASH = 'pod-template-hash';

/** The ReplicaSet with the Deployment's template, apart from the label that tells ReplicaSets apart. */
function isNewest(set: Workload, deployment: Workload): boolean {
  const { [TEMPLATE_HASH]: _, ...labels } = set.spec?.template?.metadata?.labels ?? {};
  const template = set.spec?.template;
  const plain = { ...template, metadata: { ...template?.metadata, labels } };
  const wanted = deployment.spec?.template;
  return isDeepStrictEqual(plain, {
    ...wanted,
    metadata: { ...wanted?.metadata, labels: { ...wanted?.metadata?.labels } },
  });
}

function replicaSetsText(sets: readonly Workload[]): string {
  const parts = sets.map(
    (set) => `${set.metadata.name} (${count(set, 'replicas')}/${set.spec?.replicas ?? 1} replicas created)`,
  );
  return parts.join(', ') || '<none>';
}

/** @param sets the ReplicaSets of the Deployment */
export function describeDeployment(
  deployment: Workload,
  sets: readonly Workload[],
  events: readonly Event[],
  now: number,
): string {
  const text = new Description();
  const { metadata, spec = {} } = deployment;
  heading(text, deployment);
  text.line(0, `CreationTimestamp:\t${longTime(metadata.creationTimestamp)}`);
  marks(text, deployment);
  text.line(0, `Selector:\t${selectorText(spec.selector)}`);
  const counts = [
    `${spec.replicas ?? 1} desired`,
    `${count(deployment, 'updatedReplicas')} updated`,
    `${count(deployment, 'replicas')} total`,
    `${count(deployment, 'availableReplicas')} available`,
    `${count(deployment, 'unavailableReplicas')} unavailable`,
  ];
  text.line(0, `Replicas:\t${counts.join(' | ')}`);
  text.line(0, `StrategyType:\t${spec.strategy?.type ?? 'RollingUpdate'}`);
  text.line(0, `MinReadySeconds:\t${spec.minReadySeconds ?? 0}`);
  const rolling = spec.strategy?.rollingUpdate;
  if (rolling) {
    text.line(
      0,
      `RollingUpdateStrategy:\t${rolling.maxUnavailable ?? '25%'} max unavailable, ${rolling.maxSurge ?? '25%'} max surge`,
    );
  }
  describeTemplate(text, spec.template);
  describeConditions(text, deployment);
  if (sets.length > 0) {
    const newest = sets.find((set) => isNewest(set, deployment));
    const old = sets.filter((set) => set !== newest);
    text.line(0, `OldReplicaSets:\t${replicaSetsText(old)}`);
    text.line(0, `NewReplicaSet:\t${replicaSetsText(newest ? [newest] : [])}`);
  }
  text.events(events, now);
  return text.toString();
}

export function describeReplicaSet(set: Workload, pods: readonly Pod[], events: readonly Event[], now: number): string {
  const text = new Description();
  heading(text, set);
  text.line(0, `Selector:\t${formatSelector(set.spec?.selector)}`);
  marks(text, set);
  text.optional(0, 'Controlled By', controllerOf(set));
  text.line(0, `Replicas:\t${count(set, 'replicas')} current / ${set.spec?.replicas ?? 1} desired`);
  text.line(0, `Pods Status:\t${podsStatus(pods)}`);
  describeTemplate(text, set.spec?.template);
  describeConditions(text, set);
  text.events(events, now);
  return text.toString();
}

export function describeStatefulSet(
  set: Workload,
  pods: readonly Pod[],
  events: readonly Event[],
  now: number,
): string {
  const text = new Description();
  const { spec = {} } = set;
  heading(text, set);
  text.line(0, `CreationTimestamp:\t${longTime(set.metadata.creationTimestamp)}`);
  text.line(0, `Selector:\t${selectorText(spec.selector)}`);
  marks(text, set);
  text.line(0, `Replicas:\t${spec.replicas ?? 1} desired | ${count(set, 'replicas')} total`);
  text.line(0, `Update Strategy:\t${spec.updateStrategy?.type ?? 'RollingUpdate'}`);
  text.optional(1, 'Partition', spec.updateStrategy?.rollingUpdate?.partition);
  text.line(0, `Pods Status:\t${podsStatus(pods)}`);
  describeTemplate(text, spec.template);
  const claims = (spec.volumeClaimTemplates ?? []) as KubeObject[];
  text.line(0, claims.length === 0 ? 'Volume Claims:\t<none>' : 'Volume Claims:');
  for (const { metadata } of claims) text.line(1, `Name:\t${metadata.name}`);
  text.events(events, now);
  return text.toString();
}

export function describeDaemonSet(set: Workload, pods: readonly Pod[], events: readonly Event[], now: number): string {
  const text = new Description();
  heading(text, set);
  text.line(0, `Selector:\t${selectorText(set.spec?.selector)}`);
  text.line(0, `Node-Selector:\t${formatLabels(set.spec?.template?.spec?.nodeSelector)}`);
  marks(text, set);
  text.line(0, `Desired Number of Nodes Scheduled: ${count(set, 'desiredNumberScheduled')}`);
  text.line(0, `Current Number of Nodes Scheduled: ${count(set, 'currentNumberScheduled')}`);
  text.line(0, `Number of Nodes Scheduled with Up-to-date Pods: ${count(set, 'updatedNumberScheduled')}`);
  text.line(0, `Number of Nodes Scheduled with Available Pods: ${count(set, 'numberAvailable')}`);
  text.line(0, `Number of Nodes Misscheduled: ${count(set, 'numberMisscheduled')}`);
  text.line(0, `Pods Status:\t${podsStatus(pods)}`);
  describeTemplate(text, set.spec?.template);
  text.events(events, now);
  return text.toString();
}
