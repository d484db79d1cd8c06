// fieldrules.ts - what fields of kinds must be like, a row a field (pkg/apis/*/validation, Kubernetes 1.36).
import { dns1123Label, dns1123Subdomain, labelKey } from '../../manifest/validate/formats.js';
import type { KindKey } from '../../model/kindkey.js';
import * as is from './fields.js';
import { ingressHost, ingressPath, policyPeer } from './networkchecks.js';

const protocol = is.oneOf('TCP', 'UDP', 'SCTP');
const accessModes = is.oneOf('ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod');
const volumeMode = is.oneOf('Block', 'Filesystem');
const failurePolicy = is.oneOf('Fail', 'Ignore');
const sideEffects = is.oneOf('None', 'NoneOnDryRun');

const WEBHOOK: readonly is.Row[] = [
  ['webhooks[].name', is.needed()],
  ['webhooks[].failurePolicy', failurePolicy],
  ['webhooks[].matchPolicy', is.oneOf('Exact', 'Equivalent')],
  ['webhooks[].sideEffects', is.needed('must specify one of None, NoneOnDryRun'), sideEffects],
  ['webhooks[].timeoutSeconds', is.atLeast(1, 'the timeout value must be between 1 and 30 seconds')],
  ['webhooks[].namespaceSelector', is.selector],
  ['webhooks[].objectSelector', is.selector],
  ['webhooks[].admissionReviewVersions', is.needed('must specify one of v1, v1beta1')],
  ['webhooks[].clientConfig.service.name', is.needed('service name is required')],
  ['webhooks[].clientConfig.service.namespace', is.needed('service namespace is required')],
  ['webhooks[].rules[].operations', is.needed()],
  ['webhooks[].rules[].apiGroups', is.needed()],
  ['webhooks[].rules[].apiVersions', is.needed()],
  ['webhooks[].rules[].resources', is.needed()],
];

const peers = (direction: string, side: string): is.Row[] => [
  [`spec.${direction}[].ports[].protocol`, protocol],
  [`spec.${direction}[].ports[].port`, is.portOrName],
  [`spec.${direction}[].${side}[]`, policyPeer],
  [`spec.${direction}[].${side}[].podSelector`, is.selector],
  [`spec.${direction}[].${side}[].namespaceSelector`, is.selector],
  [`spec.${direction}[].${side}[].ipBlock.cidr`, is.needed(), is.cidr],
  [`spec.${direction}[].${side}[].ipBlock.except[]`, is.cidr],
];

const ROLLING = is.oneOf('OnDelete', 'RollingUpdate');

export const FIELD_RULES: Readonly<Record<KindKey, readonly is.Row[]>> = {
  'ControllerRevision.apps': [
    ['revision', is.count],
    ['data', is.atFirst(is.needed('data is mandatory')), is.fixed],
  ],
  'CronJob.batch': [
    ['spec.startingDeadlineSeconds', is.count],
    ['spec.jobTemplate.spec.completions', is.count],
    ['spec.jobTemplate.spec.parallelism', is.count],
    ['spec.jobTemplate.spec.backoffLimit', is.count],
  ],
  'CertificateSigningRequest.certificates.k8s.io': [
    ['spec.request', is.needed()],
    ['spec.usages', is.needed()],
    ['spec.signerName', is.needed()],
    ['spec', is.fixed],
  ],
  'CSIDriver.storage.k8s.io': [['spec.volumeLifecycleModes[]', is.oneOf('Persistent', 'Ephemeral')]],
  'DaemonSet.apps': [['spec.updateStrategy.type', ROLLING]],
  'HorizontalPodAutoscaler.autoscaling': [
    ['spec.metrics[].type', is.needed('must specify a metric source type')],
    ['spec.metrics[].resource.name', is.needed('must specify a resource name')],
    ['spec.metrics[].resource.target.type', is.needed('must specify a metric target type')],
    ['spec.metrics[].resource.target.averageUtilization', is.atLeast(1, 'must be greater than 0')],
    ['spec.behavior.scaleUp.stabilizationWindowSeconds', is.count],
    ['spec.behavior.scaleDown.stabilizationWindowSeconds', is.count],
  ],
  'Ingress.networking.k8s.io': [
    ['spec.tls[].hosts[]', ingressHost],
    ['spec.tls[].secretName', is.format(dns1123Subdomain)],
    ['spec.rules[].host', ingressHost],
    ['spec.rules[].http.paths', is.needed()],
    ['spec.rules[].http.paths[]', ingressPath],
    ['spec.ingressClassName', is.format(dns1123Subdomain)],
  ],
  'IngressClass.networking.k8s.io': [
    ['spec.controller', is.needed(), is.format(labelKey), is.fixed],
    ['spec.parameters.kind', is.needed('kind is required')],
    ['spec.parameters.name', is.needed('name is required')],
    ['spec.parameters.scope', is.oneOf('Cluster', 'Namespace')],
  ],
  'Job.batch': [
    ['spec.completionMode', is.oneOf('Indexed', 'NonIndexed')],
    ['spec.podReplacementPolicy', is.oneOf('Failed', 'TerminatingOrFailed')],
    ['spec.selector', is.selector],
  ],
  LimitRange: [
    ['spec.limits[].type', is.needed()],
    ['spec.limits[].max{}', is.quantity],
    ['spec.limits[].min{}', is.quantity],
  ],
  'MutatingWebhookConfiguration.admissionregistration.k8s.io': [
    ...WEBHOOK,
    ['webhooks[].reinvocationPolicy', is.oneOf('Never', 'IfNeeded')],
  ],
  'NetworkPolicy.networking.k8s.io': [
    ['spec.podSelector', is.selector],
    ...peers('ingress', 'from'),
    ...peers('egress', 'to'),
    ['spec.policyTypes[]', is.oneOf('Ingress', 'Egress')],
  ],
  PersistentVolume: [
    ['spec.capacity', is.needed()],
    ['spec.accessModes', is.needed()],
    ['spec.accessModes[]', accessModes],
    ['spec.persistentVolumeReclaimPolicy', is.oneOf('Delete', 'Recycle', 'Retain')],
    ['spec.volumeMode', volumeMode],
  ],
  PersistentVolumeClaim: [
    ['spec.accessModes[]', accessModes],
    ['spec.selector', is.selector],
    ['spec.storageClassName', is.format(dns1123Subdomain)],
    ['spec.volumeMode', volumeMode],
  ],
  'PodDisruptionBudget.policy': [
    ['spec.minAvailable', is.countOrShare],
    ['spec.maxUnavailable', is.countOrShare],
    ['spec.selector', is.selector],
    ['spec.unhealthyPodEvictionPolicy', is.oneOf('AlwaysAllow', 'IfHealthyBudget')],
  ],
  PodTemplate: [['template.spec.containers', is.needed()]],
  'PriorityClass.scheduling.k8s.io': [
    ['preemptionPolicy', is.oneOf('Never', 'PreemptLowerPriority'), is.sealed('may not be changed in an update.')],
  ],
  ReplicationController: [
    ['spec.replicas', is.needed(), is.count],
    ['spec.minReadySeconds', is.count],
    ['spec.selector', is.needed()],
    ['spec.template', is.needed()],
    ['spec.template.metadata.labels', is.labels],
    ['spec.template.spec.containers', is.needed()],
  ],
  ResourceQuota: [
    ['spec.hard{}', is.quantity],
    [
      'spec.scopes[]',
      is.oneOf(
        'BestEffort',
        'CrossNamespacePodAffinity',
        'NotBestEffort',
        'NotTerminating',
        'PriorityClass',
        'Terminating',
      ),
    ],
    ['spec.scopes', is.fixed],
  ],
  'RuntimeClass.node.k8s.io': [['handler', is.needed(), is.format(dns1123Label), is.fixed]],
  ServiceAccount: [['imagePullSecrets[].name', is.format(dns1123Subdomain)]],
  'StatefulSet.apps': [
    ['spec.podManagementPolicy', is.oneOf('OrderedReady', 'Parallel')],
    ['spec.updateStrategy.type', ROLLING],
    ['spec.updateStrategy.rollingUpdate.partition', is.count],
    ['spec.serviceName', is.format(dns1123Label)],
    ['spec.ordinals.start', is.count],
  ],
  'StorageClass.storage.k8s.io': [
    ['provisioner', is.needed(), is.format(labelKey), is.sealed('updates to provisioner are forbidden.')],
    ['parameters', is.sealed('updates to parameters are forbidden.')],
    ['reclaimPolicy', is.oneOf('Delete', 'Retain'), is.sealed('updates to reclaimPolicy are forbidden.')],
    ['volumeBindingMode', is.oneOf('Immediate', 'WaitForFirstConsumer'), is.fixed],
  ],
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io': WEBHOOK,
};
