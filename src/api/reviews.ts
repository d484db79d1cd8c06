// reviews.ts - kinds that are answered and never stored: who am I, may I, whose is this token. Every user may do everything.
//
// Rules of pkg/registry/authentication and pkg/registry/authorization with AlwaysAllow, Kubernetes 1.36.
import type { Context } from 'hono';
import { groupVersion, type Resource } from '../cluster/kinds/kind.js';
import { badRequest, invalid } from '../cluster/status.js';
import { invalid as invalidValue } from '../manifest/validate/field-error.js';
import type { Issue } from '../model/issue.js';
import type { KindKey } from '../model/kindkey.js';
import type { KubeObject } from '../model/objects.js';
import { type Authenticator, userOf } from './secure/users.js';

type Draft = Readonly<Record<string, unknown>>;

interface Question {
  readonly c: Context;
  readonly spec: Draft;
  /** Of the object that asks. */
  readonly namespace: string | undefined;
  /** Absent: the server has no HTTPS, and no token is anybody's. */
  readonly authenticator: Authenticator | undefined;
}

/** How a kind is checked and answered. */
interface Review {
  readonly issues?: (question: Question) => Issue[];
  /** Throws BadRequest when nothing is asked. */
  readonly status: (question: Question) => Draft | Promise<Draft>;
}

const ALLOWED = (): Draft => ({ allowed: true });

const RULES = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  incomplete: false,
};

/** What is to be done is either something with a resource, or with a path. */
function actionIssues({ spec }: Question): Issue[] {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  const among = 'spec.nonResourceAttributes';
  if (resource && path)
    return [invalidValue(among, path, 'cannot be specified in combination with resourceAttributes')];
  if (resource || path) return [];
  const detail = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [invalidValue('spec.resourceAttributes', null, detail)];
}

function subjectIssues(question: Question): Issue[] {
  const { user = '', groups = [] } = question.spec as { user?: string; groups?: string[] };
  const issues = actionIssues(question);
  if (user === '' && groups.length === 0)
    issues.push(invalidValue('spec.user', user, 'at least one of user or group must be specified'));
  return issues;
}

function localIssues(question: Question): Issue[] {
  const { resourceAttributes, nonResourceAttributes } = question.spec as { [key: string]: Draft | undefined };
  const issues = subjectIssues(question);
  const { namespace } = resourceAttributes ?? {};
  if (resourceAttributes && namespace !== question.namespace)
    issues.push(invalidValue('spec.resourceAttributes.namespace', namespace ?? '', 'must match metadata.namespace'));
  if (nonResourceAttributes) {
    const detail = 'disallowed on this kind of request';
    issues.push(invalidValue('spec.nonResourceAttributes', nonResourceAttributes, detail));
  }
  return issues;
}

async function tokenStatus({ spec, authenticator }: Question): Promise<Draft> {
  const { token = '', audiences = [] } = spec as { token?: string; audiences?: string[] };
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  const found = await authenticator?.review(token, audiences);
  return found ? { authenticated: true, ...found } : { user: {}, error: '[invalid bearer token]' };
}

function rulesOf({ spec }: Question): Draft {
  if (!spec.namespace) throw badRequest('no namespace on request');
  return RULES;
}

const REVIEWS: Readonly<Record<KindKey, Review>> = {
  'LocalSubjectAccessReview.authorization.k8s.io': { issues: localIssues, status: ALLOWED },
  'SelfSubjectAccessReview.authorization.k8s.io': { issues: actionIssues, status: ALLOWED },
  'SelfSubjectReview.authentication.k8s.io': { status: ({ c }) => ({ userInfo: userOf(c) }) },
  'SelfSubjectRulesReview.authorization.k8s.io': { status: rulesOf },
  'SubjectAccessReview.authorization.k8s.io': { issues: subjectIssues, status: ALLOWED },
  'TokenReview.authentication.k8s.io': { status: tokenStatus },
};

export const isReview = ({ key }: Resource): boolean => Object.hasOwn(REVIEWS, key);

/** The review that was sent, with its answer. Throws Invalid and BadRequest for a question that is none. */
export async function answerReview(
  c: Context,
  resource: Resource,
  { metadata, spec }: KubeObject,
  authenticator: Authenticator | undefined,
): Promise<object> {
  const review = REVIEWS[resource.key];
  const { namespace, name } = metadata;
  const question: Question = { c, spec: (spec ?? {}) as Draft, namespace, authenticator };
  const issues = review?.issues?.(question) ?? [];
  if (issues.length > 0) throw invalid(resource.kind, resource.group, name ?? '', issues);
  const status = await review?.status(question);
  // Objects that are never kept have no names of their own, unless the client gave one.
  const kept = { ...(name === undefined ? {} : { name }), ...(namespace === undefined ? {} : { namespace }) };
  const asked = spec === undefined ? {} : { spec };
  return { kind: resource.kind, apiVersion: groupVersion(resource), metadata: kept, ...asked, status };
}
