// reviews.ts - kinds that are answered and never stored: who am I, may I, is this token valid. Every user may do everything.
import type { Context } from 'hono';
import { groupVersion, type Resource } from '../cluster/kinds/kind.js';
import type { KindKey } from '../model/kindkey.js';
import type { KubeObject } from '../model/objects.js';
import { userOf } from './secure/users.js';

type Draft = Readonly<Record<string, unknown>>;

/** Finds the owner of a token; undefined if there is none. */
type TokenReader = (token: string, audiences: readonly string[]) => Promise<Draft | undefined>;

interface Question {
  readonly c: Context;
  readonly spec: Draft;
  readonly readToken: TokenReader | undefined;
}

const ALLOWED = { allowed: true, reason: 'everybody who is let in may do everything' };

const RULES = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  incomplete: false,
};

async function tokenStatus({ spec, readToken }: Question): Promise<Draft> {
  const audiences = (spec.audiences ?? []) as string[];
  const user = await readToken?.(String(spec.token ?? ''), audiences);
  if (!user) return { user: {}, error: '[invalid bearer token]' };
  return { authenticated: true, user, ...(audiences.length > 0 ? { audiences } : {}) };
}

const STATUS: Readonly<Record<KindKey, (question: Question) => Draft | Promise<Draft>>> = {
  'LocalSubjectAccessReview.authorization.k8s.io': () => ALLOWED,
  'SelfSubjectAccessReview.authorization.k8s.io': () => ALLOWED,
  'SelfSubjectReview.authentication.k8s.io': ({ c }) => ({ userInfo: userOf(c) }),
  'SelfSubjectRulesReview.authorization.k8s.io': () => RULES,
  'SubjectAccessReview.authorization.k8s.io': () => ALLOWED,
  'TokenReview.authentication.k8s.io': tokenStatus,
};

export const isReview = ({ key }: Resource): boolean => Object.hasOwn(STATUS, key);

/** The review that was sent, with its answer. */
export async function answerReview(
  c: Context,
  resource: Resource,
  { metadata, spec }: KubeObject,
  readToken?: TokenReader,
): Promise<object> {
  const question: Question = { c, spec: (spec ?? {}) as Draft, readToken };
  const status = await STATUS[resource.key]?.(question);
  // Objects that are never kept have no names of their own, unless the client gave one.
  const { namespace, name } = metadata;
  const kept = { ...(name === undefined ? {} : { name }), ...(namespace === undefined ? {} : { namespace }) };
  const asked = spec === undefined ? {} : { spec };
  return { kind: resource.kind, apiVersion: groupVersion(resource), metadata: kept, ...asked, status };
}
