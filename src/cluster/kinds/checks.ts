// checks.ts - what is wrong with objects of kinds that the lab keeps and does not act on (pkg/apis/*/validation).
import { isDeepStrictEqual } from 'node:util';
import { forbidden, invalid, notSupported, required } from '../../manifest/validate/field-error.js';
import type { Issue } from '../../model/issue.js';
import type { KubeObject } from '../../model/objects.js';

type Draft = Readonly<Record<string, unknown>>;
type Check = (object: KubeObject, old: KubeObject | undefined) => Issue[];

const IMMUTABLE = 'field is immutable';
const NOT_NEGATIVE = 'must be greater than or equal to 0';

const specOf = (object: KubeObject | undefined): Draft => (object?.spec ?? {}) as Draft;
const within = (value: unknown, key: string): Draft => ((value as Draft | undefined)?.[key] ?? {}) as Draft;

/** The fields of the spec keep the values that they were made with. */
const fixed =
  (...fields: string[]): Check =>
  (object, old) =>
    old
      ? fields
          .filter((field) => !isDeepStrictEqual(specOf(object)[field], specOf(old)[field]))
          .map((field) => invalid(`spec.${field}`, specOf(object)[field] ?? null, IMMUTABLE))
      : [];

const notNegative = (object: Draft, path: string, fields: readonly string[]): Issue[] =>
  fields.flatMap((field) =>
    Number(object[field] ?? 0) < 0 ? [invalid(`${path}.${field}`, object[field], NOT_NEGATIVE)] : [],
  );

/** Pods that run to an end are not started again for ever. */
function endingTemplate(spec: Draft, path: string): Issue[] {
  const pod = within(within(spec, 'template'), 'spec');
  const containers = (pod.containers ?? []) as unknown[];
  const issues = containers.length === 0 ? [required(`${path}.template.spec.containers`)] : [];
  const policy = pod.restartPolicy;
  if (policy === undefined || policy === 'Always') {
    const detail = 'valid values: "OnFailure", "Never"';
    issues.push(required(`${path}.template.spec.restartPolicy`, detail));
  }
  return issues;
}

const JOB_COUNTS = ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'];

export const job: Check = (object, old) => [
  ...notNegative(specOf(object), 'spec', JOB_COUNTS),
  ...(old ? fixed('completionMode', 'selector', 'template')(object, old) : endingTemplate(specOf(object), 'spec')),
];

const FIELDS = /^(@(annually|yearly|monthly|weekly|daily|midnight|hourly)|@every \S+|(\S+\s+){4}\S+)$/;

export const cronJob: Check = (object) => {
  const spec = specOf(object);
  const issues: Issue[] = [];
  const schedule = String(spec.schedule ?? '');
  if (schedule === '') issues.push(required('spec.schedule'));
  else if (!FIELDS.test(schedule.trim())) {
    const count = schedule.trim().split(/\s+/).length;
    const detail = `expected exactly 5 fields, found ${count}: [${schedule.trim().split(/\s+/).join(' ')}]`;
    issues.push(invalid('spec.schedule', schedule, detail));
  }
  const policies = ['Allow', 'Forbid', 'Replace'];
  if (!policies.includes(String(spec.concurrencyPolicy)))
    issues.push(notSupported('spec.concurrencyPolicy', spec.concurrencyPolicy, policies));
  issues.push(...endingTemplate(within(within(spec, 'jobTemplate'), 'spec'), 'spec.jobTemplate.spec'));
  return [...issues, ...notNegative(spec, 'spec', ['successfulJobsHistoryLimit', 'failedJobsHistoryLimit'])];
};

export const budget: Check = (object) => {
  const { minAvailable, maxUnavailable } = specOf(object);
  const issues: Issue[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined)
    issues.push(invalid('spec', specOf(object), 'minAvailable and maxUnavailable cannot be both set'));
  return issues;
};

export const autoscaler: Check = (object) => {
  const spec = specOf(object);
  const { minReplicas = 1, maxReplicas = 0 } = spec as { minReplicas?: number; maxReplicas?: number };
  const target = within(spec, 'scaleTargetRef');
  const issues: Issue[] = [];
  if (!target.kind) issues.push(required('spec.scaleTargetRef.kind'));
  if (!target.name) issues.push(required('spec.scaleTargetRef.name'));
  if (minReplicas < 1) issues.push(invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  if (maxReplicas < 1) issues.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (maxReplicas < minReplicas)
    issues.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  return issues;
};

/** Names of RBAC and the like are parts of a path, and may be written as people like. */
export function pathSegment(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((mark) => name.includes(mark)).map((mark) => `may not contain '${mark}'`);
}

export const binding: Check = (object, old) => {
  const { roleRef = {}, subjects = [] } = object as { roleRef?: Draft; subjects?: Draft[] };
  const issues: Issue[] = [];
  if (old && !isDeepStrictEqual(old.roleRef, roleRef)) return [invalid('roleRef', roleRef, 'cannot change roleRef')];
  const kinds = object.kind === 'RoleBinding' ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  if (!kinds.includes(String(roleRef.kind ?? ''))) issues.push(notSupported('roleRef.kind', roleRef.kind ?? '', kinds));
  if (!roleRef.name) issues.push(required('roleRef.name'));
  for (const [i, subject] of subjects.entries()) {
    if (!subject.name) issues.push(required(`subjects[${i}].name`));
    const known = ['ServiceAccount', 'User', 'Group'];
    if (!known.includes(String(subject.kind ?? '')))
      issues.push(notSupported(`subjects[${i}].kind`, subject.kind ?? '', known));
    if (subject.kind === 'ServiceAccount' && !subject.namespace && object.kind === 'ClusterRoleBinding')
      issues.push(required(`subjects[${i}].namespace`));
  }
  return issues;
};

export const role: Check = ({ rules = [] }) =>
  (rules as Draft[]).flatMap((rule, i) => {
    const [verbs, groups, resources, urls] = ['verbs', 'apiGroups', 'resources', 'nonResourceURLs'].map(
      (key) => (rule[key] ?? []) as string[],
    );
    if (!verbs?.length) return [required(`rules[${i}].verbs`, 'verbs must contain at least one value')];
    if (urls?.length) return [];
    return [
      ...(groups?.length
        ? []
        : [required(`rules[${i}].apiGroups`, 'resource rules must supply at least one api group')]),
      ...(resources?.length
        ? []
        : [required(`rules[${i}].resources`, 'resource rules must supply at least one resource')]),
    ];
  });

export const priorityClass: Check = (object, old) => {
  if (old && old.value !== object.value) return [forbidden('value', 'may not be changed in an update.')];
  const value = Number(object.value ?? 0);
  if (object.metadata.name.startsWith('system-') || value <= 1_000_000_000) return [];
  return [forbidden('value', 'maximum allowed value of a user defined priority is 1000000000')];
};

export const claim: Check = (object, old) => {
  const { accessModes = [], resources } = specOf(object) as { accessModes?: string[]; resources?: Draft };
  if (old) return fixed('accessModes', 'storageClassName', 'volumeMode')(object, old);
  const issues: Issue[] = [];
  if (accessModes.length === 0) issues.push(required('spec.accessModes', 'at least 1 access mode is required'));
  if (within(resources, 'requests').storage === undefined) issues.push(required('spec.resources[storage]'));
  return issues;
};

/** An Event stands in the namespace of what it is about; one about the cluster stands in default. */
export const event: Check = ({ metadata, involvedObject }) => {
  const { namespace = '' } = (involvedObject ?? {}) as { namespace?: string };
  const fits = namespace === metadata.namespace || (namespace === '' && metadata.namespace === 'default');
  return fits ? [] : [invalid('involvedObject.namespace', namespace, 'does not match event.namespace')];
};

export const lease: Check = (object) => {
  const spec = specOf(object);
  const issues: Issue[] = [];
  if (spec.leaseDurationSeconds !== undefined && Number(spec.leaseDurationSeconds) <= 0)
    issues.push(invalid('spec.leaseDurationSeconds', spec.leaseDurationSeconds, 'must be greater than 0'));
  if (spec.leaseTransitions !== undefined && Number(spec.leaseTransitions) < 0)
    issues.push(invalid('spec.leaseTransitions', spec.leaseTransitions, NOT_NEGATIVE));
  return issues;
};
