// workload.ts - validation of Deployments, ReplicaSets, StatefulSets and DaemonSets: selector, replicas, template.

import { isDeepStrictEqual } from 'node:util';
import type { Issue } from '../../model/issue.js';
import type { KubeObject, Labels, ObjectMeta, PodSpec } from '../../model/objects.js';
import { forbidden, invalid, invalidEach, notSupported, required } from './field-error.js';
import { dns1123Subdomain, percent } from './formats.js';
import { type Gates, withGates } from './gates.js';
import { validateAnnotations, validateLabels, validateMetadata, validateMetadataUpdate } from './metadata.js';
import { validatePodSpec } from './pod.js';
import { type Selector, validateLabelSelector } from './selector.js';

interface WorkloadSpec {
  replicas?: number;
  minReadySeconds?: number;
  progressDeadlineSeconds?: number;
  strategy?: Strategy;
  selector?: Selector;
  template?: { metadata?: Partial<ObjectMeta>; spec?: PodSpec };
}

/** What the message about an empty selector calls the kind. */
const CALLED: Record<string, string> = {
  Deployment: 'deployment',
  ReplicaSet: 'deployment',
  StatefulSet: 'statefulset',
  DaemonSet: 'daemonset',
};

const sorted = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

/** True if the labels satisfy the selector. */
function selects(selector: Selector, labels: Labels): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) if (labels[key] !== value) return false;
  return (selector.matchExpressions ?? []).every(({ key = '', operator, values = [] }) => {
    const value = labels[key];
    if (operator === 'In') return value !== undefined && values.includes(value);
    if (operator === 'NotIn') return value === undefined || !values.includes(value);
    return operator === 'Exists' ? value !== undefined : value === undefined;
  });
}

function validateSelector(selector: Selector | undefined, kind: string): Issue[] {
  if (!selector) return [required('spec.selector')];
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const issues = validateLabelSelector(selector, 'spec.selector');
  if (Object.keys(matchLabels).length + matchExpressions.length === 0) {
    issues.push(invalid('spec.selector', selector, `empty selector is invalid for ${CALLED[kind] ?? kind}`));
  }
  return issues;
}

function validateTemplate(spec: WorkloadSpec, gates: Gates): Issue[] {
  const { metadata = {}, spec: pod = { containers: [] } } = spec.template ?? {};
  const labels = metadata.labels ?? {};
  const issues: Issue[] = [];
  const selector = spec.selector ?? {};
  const chosen = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length;
  if (chosen > 0 && !selects(selector, labels)) {
    const detail = '`selector` does not match template `labels`';
    issues.push(invalid('spec.template.metadata.labels', metadata.labels && sorted(labels), detail));
  }
  issues.push(...validateLabels(labels, 'spec.template.labels'));
  issues.push(...validateAnnotations(metadata.annotations, 'spec.template.annotations'));
  issues.push(...validatePodSpec(pod, 'spec.template.spec', gates));
  const restart = pod.restartPolicy;
  if (restart === 'OnFailure' || restart === 'Never') {
    issues.push(notSupported('spec.template.spec.restartPolicy', restart, ['Always']));
  }
  return issues;
}

function validateCount(value: number | undefined, field: string): Issue[] {
  return value !== undefined && value < 0 ? [invalid(field, value, 'must be greater than or equal to 0')] : [];
}

interface Strategy {
  type?: string;
  rollingUpdate?: Record<string, unknown>;
}

/** How many pods a rolling update may have too few or too many: a count or a percentage. */
function validateShares(shares: Record<string, unknown>, field: string): Issue[] {
  const { maxUnavailable, maxSurge } = shares;
  const issues = Object.entries({ maxUnavailable, maxSurge }).flatMap(([key, value]) => {
    if (typeof value === 'number') return validateCount(value, `${field}.${key}`);
    return typeof value === 'string' ? invalidEach(`${field}.${key}`, value, percent(value)) : [];
  });
  const share = (value: unknown): number => Number.parseInt(String(value ?? 0), 10);
  if (share(maxUnavailable) === 0 && share(maxSurge) === 0)
    issues.push(invalid(`${field}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  if (typeof maxUnavailable === 'string' && share(maxUnavailable) > 100)
    issues.push(invalid(`${field}.maxUnavailable`, maxUnavailable, 'must not be greater than 100%'));
  return issues;
}

function validateStrategy({ type = '', rollingUpdate }: Strategy, field: string): Issue[] {
  if (type === 'RollingUpdate') return validateShares(rollingUpdate ?? {}, `${field}.rollingUpdate`);
  if (type !== 'Recreate') return [notSupported(`${field}.type`, type, ['Recreate', 'RollingUpdate'])];
  const detail = "may not be specified when strategy `type` is 'Recreate'";
  return rollingUpdate ? [forbidden(`${field}.rollingUpdate`, detail)] : [];
}

/** What only a Deployment has. */
function validateProgress(spec: WorkloadSpec): Issue[] {
  const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec;
  const field = 'spec.progressDeadlineSeconds';
  const issues = validateCount(deadline, field);
  if (deadline !== undefined && deadline <= minReadySeconds)
    issues.push(invalid(field, deadline, 'must be greater than minReadySeconds'));
  return issues;
}

/** A workload that is new or, with `old`, replaces another. */
export function validateWorkload(object: KubeObject, old?: KubeObject, gates?: Partial<Gates>): Issue[] {
  const spec = (object.spec ?? {}) as WorkloadSpec;
  const issues = old
    ? validateMetadataUpdate(object.metadata, old.metadata)
    : validateMetadata(object.metadata, true, dns1123Subdomain);
  issues.push(...validateCount(spec.replicas, 'spec.replicas'));
  issues.push(...validateSelector(spec.selector, object.kind), ...validateTemplate(spec, withGates(gates)));
  const isDeployment = object.kind === 'Deployment';
  if (isDeployment && spec.strategy) issues.push(...validateStrategy(spec.strategy, 'spec.strategy'));
  issues.push(...validateCount(spec.minReadySeconds, 'spec.minReadySeconds'));
  if (isDeployment) issues.push(...validateProgress(spec));
  const before = (old?.spec as WorkloadSpec | undefined)?.selector;
  if (old && object.kind !== 'StatefulSet' && !isDeepStrictEqual(before, spec.selector)) {
    issues.push(invalid('spec.selector', spec.selector, 'field is immutable'));
  }
  return issues;
}
