// defaults.ts - what the API server fills in of kinds that the lab keeps and does not act on (pkg/apis/*/v1/defaults.go).
import { defaultPodSpec } from '../../manifest/defaults-pod.js';
import type { KubeObject } from '../../model/objects.js';

type Draft = Record<string, unknown>;

/** The value under `key`, made an empty object first if there is none. */
function child(object: Draft, key: string): Draft {
  object[key] ??= {};
  return object[key] as Draft;
}

function fill(object: Draft, values: Draft): void {
  for (const [key, value] of Object.entries(values)) object[key] ??= structuredClone(value);
}

const list = (object: Draft, key: string): Draft[] => (object[key] ?? []) as Draft[];

/** Fills what is missing below `spec`. */
export const spec =
  (values: Draft) =>
  (object: KubeObject): void =>
    fill(child(object, 'spec'), values);

/** Fills what is missing beside metadata. */
export const top =
  (values: Draft) =>
  (object: KubeObject): void =>
    fill(object, values);

const template = (owner: Draft): void => defaultPodSpec(child(child(owner, 'template'), 'spec'));

/** Counts of a Job follow from each other; its pods are told by labels with its uid. */
export function job(object: KubeObject): void {
  const own = child(object, 'spec');
  if (own.completions === undefined && own.parallelism === undefined) own.completions = 1;
  fill(own, {
    parallelism: 1,
    backoffLimit: own.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1,
    completionMode: 'NonIndexed',
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: own.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed',
  });
  template(own);
  if (own.manualSelector !== true && own.selector === undefined && object.metadata.uid) selectByUid(object, own);
}

function selectByUid({ metadata }: KubeObject, own: Draft): void {
  const { uid, name } = metadata;
  own.selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  const labels = child(child(child(own, 'template'), 'metadata'), 'labels');
  for (const prefix of ['batch.kubernetes.io/', '']) {
    labels[`${prefix}controller-uid`] = uid;
    labels[`${prefix}job-name`] = name;
  }
}

export function cronJob(object: KubeObject): void {
  const own = child(object, 'spec');
  fill(own, { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 });
  template(child(child(own, 'jobTemplate'), 'spec'));
}

export function replicationController(object: KubeObject): void {
  const own = child(object, 'spec');
  const labels = ((own.template as Draft | undefined)?.metadata as Draft | undefined)?.labels;
  if (labels !== undefined) {
    own.selector ??= structuredClone(labels);
    object.metadata.labels ??= structuredClone(labels) as Record<string, string>;
  }
  fill(own, { replicas: 1 });
  template(own);
}

export function podTemplate(object: KubeObject): void {
  template(object);
}

const AVERAGE_CPU = [
  { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
];

export function autoscaler(object: KubeObject): void {
  const own = child(object, 'spec');
  fill(own, { minReplicas: 1 });
  if (list(own, 'metrics').length === 0) own.metrics = structuredClone(AVERAGE_CPU);
}

const RBAC = 'rbac.authorization.k8s.io';

export function binding(object: KubeObject): void {
  fill(child(object, 'roleRef'), { apiGroup: RBAC });
  for (const subject of list(object, 'subjects')) if (subject.kind !== 'ServiceAccount') subject.apiGroup ||= RBAC;
}

export function networkPolicy(object: KubeObject): void {
  const own = child(object, 'spec');
  const rules = [...list(own, 'ingress'), ...list(own, 'egress')];
  for (const port of rules.flatMap((rule) => list(rule, 'ports'))) port.protocol ??= 'TCP';
  if (list(own, 'policyTypes').length > 0) return;
  own.policyTypes = list(own, 'egress').length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

export function ingressClass(object: KubeObject): void {
  const parameters = (object.spec as Draft | undefined)?.parameters as Draft | undefined;
  if (parameters) parameters.scope ??= 'Cluster';
}

export const webhooks =
  (more: Draft) =>
  (object: KubeObject): void => {
    for (const hook of list(object, 'webhooks')) {
      fill(hook, {
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
        timeoutSeconds: 10,
        ...more,
      });
      const service = child(hook, 'clientConfig').service as Draft | undefined;
      if (service) service.port ??= 443;
      for (const rule of list(hook, 'rules')) rule.scope ??= '*';
    }
  };

/** stringData is written only: it comes out as data. */
export function secret(object: KubeObject): void {
  object.type ||= 'Opaque';
  const texts = object.stringData as Record<string, string> | undefined;
  if (texts === undefined) return;
  const data = child(object, 'data');
  for (const [key, text] of Object.entries(texts)) data[key] = Buffer.from(text).toString('base64');
  delete object.stringData;
}
