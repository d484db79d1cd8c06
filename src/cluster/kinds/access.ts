// access.ts - kinds that say who may do what, and those that are asked and never kept.
import { ACCESS_COLUMNS } from '../columns/access.js';
import { binding, pathSegment, role } from './checks.js';
import * as defaults from './defaults.js';
import { kind, type Options, type Resource, SUBRESOURCES } from './kind.js';

const { status } = SUBRESOURCES;

const CLUSTER: Options = { namespaced: false };
const ROLE: Options = { names: pathSegment, rules: { status: {}, validate: role } };
const BINDING: Options = {
  names: pathSegment,
  columns: ACCESS_COLUMNS.RoleBinding,
  rules: { status: {}, defaults: defaults.binding, validate: binding },
};
const ASKED: Options = { ...CLUSTER, verbs: ['create'] };

export const REVIEWS: readonly Resource[] = [
  kind('authentication.k8s.io/v1', 'SelfSubjectReview', 'selfsubjectreviews', ASKED),
  kind('authentication.k8s.io/v1', 'TokenReview', 'tokenreviews', ASKED),
  kind('authorization.k8s.io/v1', 'LocalSubjectAccessReview', 'localsubjectaccessreviews', {
    ...ASKED,
    namespaced: true,
  }),
  kind('authorization.k8s.io/v1', 'SelfSubjectAccessReview', 'selfsubjectaccessreviews', ASKED),
  kind('authorization.k8s.io/v1', 'SelfSubjectRulesReview', 'selfsubjectrulesreviews', ASKED),
  kind('authorization.k8s.io/v1', 'SubjectAccessReview', 'subjectaccessreviews', ASKED),
];

export const CERTIFICATES: readonly Resource[] = [
  kind('certificates.k8s.io/v1', 'CertificateSigningRequest', 'certificatesigningrequests', {
    ...CLUSTER,
    shortNames: ['csr'],
    subresources: [status],
    fields: ['spec.signerName'],
  }),
];

export const RBAC: readonly Resource[] = [
  kind('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'clusterrolebindings', { ...BINDING, ...CLUSTER }),
  kind('rbac.authorization.k8s.io/v1', 'ClusterRole', 'clusterroles', { ...ROLE, ...CLUSTER }),
  kind('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings', BINDING),
  kind('rbac.authorization.k8s.io/v1', 'Role', 'roles', ROLE),
];
