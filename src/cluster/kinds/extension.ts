// extension.ts - kinds that extend the server, and those that its parts keep for themselves.
import { ACCESS_COLUMNS } from '../columns/access.js';
import { STORAGE_COLUMNS } from '../columns/storage.js';
import { checkDefinition, defaultDefinition } from '../custom/definition.js';
import { lease, priorityClass } from './checks.js';
import * as defaults from './defaults.js';
import { kind, type Options, type Resource, SUBRESOURCES } from './kind.js';

const { status } = SUBRESOURCES;

const CLUSTER: Options = { namespaced: false };
const COUNTED: Options = { ...CLUSTER, generation: true };

export const REGISTRATION: readonly Resource[] = [
  kind('apiregistration.k8s.io/v1', 'APIService', 'apiservices', {
    ...CLUSTER,
    subresources: [status],
    categories: ['api-extensions'],
    columns: ACCESS_COLUMNS.APIService,
  }),
];

const HOOKS: Options = { ...COUNTED, categories: ['api-extensions'], columns: ACCESS_COLUMNS.Webhooks };

export const ADMISSION: readonly Resource[] = [
  kind('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', {
    ...HOOKS,
    rules: { status: {}, defaults: defaults.webhooks({ reinvocationPolicy: 'Never' }) },
  }),
  kind('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', 'validatingadmissionpolicies', {
    ...COUNTED,
    categories: ['api-extensions'],
    subresources: [status],
  }),
  kind('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings', {
    ...COUNTED,
    categories: ['api-extensions'],
  }),
  kind('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', {
    ...HOOKS,
    rules: { status: {}, defaults: defaults.webhooks({}) },
  }),
];

export const EXTENSIONS: readonly Resource[] = [
  kind('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'customresourcedefinitions', {
    ...COUNTED,
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    subresources: [status],
    rules: { status: 'given', defaults: defaultDefinition, validate: checkDefinition },
  }),
];

export const SCHEDULING: readonly Resource[] = [
  kind('scheduling.k8s.io/v1', 'PriorityClass', 'priorityclasses', {
    ...COUNTED,
    shortNames: ['pc'],
    columns: STORAGE_COLUMNS.PriorityClass,
    rules: {
      status: {},
      defaults: defaults.top({ preemptionPolicy: 'PreemptLowerPriority' }),
      validate: priorityClass,
    },
  }),
];

export const COORDINATION: readonly Resource[] = [
  kind('coordination.k8s.io/v1', 'Lease', 'leases', {
    aside: true,
    columns: ACCESS_COLUMNS.Lease,
    rules: { status: {}, validate: lease },
  }),
];

export const NODE: readonly Resource[] = [kind('node.k8s.io/v1', 'RuntimeClass', 'runtimeclasses', CLUSTER)];

export const RESOURCE: readonly Resource[] = [
  kind('resource.k8s.io/v1', 'DeviceClass', 'deviceclasses', COUNTED),
  kind('resource.k8s.io/v1', 'ResourceClaim', 'resourceclaims', { subresources: [status] }),
  kind('resource.k8s.io/v1', 'ResourceClaimTemplate', 'resourceclaimtemplates'),
  kind('resource.k8s.io/v1', 'ResourceSlice', 'resourceslices', COUNTED),
];

export const FLOW_CONTROL: readonly Resource[] = [
  kind('flowcontrol.apiserver.k8s.io/v1', 'FlowSchema', 'flowschemas', { ...COUNTED, subresources: [status] }),
  kind('flowcontrol.apiserver.k8s.io/v1', 'PriorityLevelConfiguration', 'prioritylevelconfigurations', {
    ...COUNTED,
    subresources: [status],
  }),
];
