// status.ts - the API server's refusals: Status objects with its reasons, codes and words.
//
// Wording and codes follow k8s.io/apimachinery/pkg/api/errors (v1.36).
import type { Issue } from '../model/issue.js';
import type { KubeObject } from '../model/objects.js';
import type { Resource } from './kinds/kind.js';

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

/** meta/v1 Status as it goes over the wire. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string };
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly uid?: string;
    readonly causes?: readonly StatusCause[];
    readonly retryAfterSeconds?: number;
  };
  readonly code?: number;
}

/** A refused operation. `issues` is filled when the object itself was invalid. */
export class StatusError extends Error {
  readonly status: Status;
  readonly issues: readonly Issue[];

  constructor(status: Status, issues: readonly Issue[] = []) {
    super(status.message ?? status.reason ?? 'unknown');
    this.name = 'StatusError';
    this.status = status;
    this.issues = issues;
  }

  get reason(): string {
    return this.status.reason ?? '';
  }

  get code(): number {
    return this.status.code ?? 500;
  }
}

function failure(code: number, reason: string, message: string, details?: Status['details']): StatusError {
  const status: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  return new StatusError(details ? { ...status, details } : status);
}

/** `services` or `deployments.apps`: how messages name a resource. */
export const resourceName = (resource: Resource): string =>
  resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;

const detailsOf = (resource: Resource, name: string): Status['details'] => ({
  name,
  ...(resource.group === '' ? {} : { group: resource.group }),
  kind: resource.plural,
});

export const notFound = (resource: Resource, name: string): StatusError =>
  failure(404, 'NotFound', `${resourceName(resource)} "${name}" not found`, detailsOf(resource, name));

/** `going`: the one that is there is being deleted. */
export const alreadyExists = (resource: Resource, name: string, going = false): StatusError => {
  const message = `${resourceName(resource)} "${name}" already exists`;
  return failure(
    409,
    'AlreadyExists',
    going ? `object is being deleted: ${message}` : message,
    detailsOf(resource, name),
  );
};

const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

export const conflict = (resource: Resource, name: string, why: string = MODIFIED): StatusError =>
  failure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${resourceName(resource)} "${name}": ${why}`,
    detailsOf(resource, name),
  );

export const forbidden = (resource: Resource, name: string, why: string): StatusError =>
  failure(403, 'Forbidden', `${resourceName(resource)} "${name}" is forbidden: ${why}`, detailsOf(resource, name));

/** A namespace that is terminating takes nothing in (plugin NamespaceLifecycle). */
export function terminatingNamespace(resource: Resource, name: string, namespace: string): StatusError {
  const gone = `namespace ${namespace} is being terminated`;
  const { status } = forbidden(
    resource,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
  const causes = [{ reason: 'NamespaceTerminating', message: gone, field: 'metadata.namespace' }];
  return new StatusError({ ...status, details: { ...status.details, causes } });
}

/** Where the API server keeps kinds whose place is not the plural of their name. */
const PLACES: Readonly<Record<string, string>> = {
  services: 'services/specs',
  endpoints: 'services/endpoints',
  nodes: 'minions',
  'ingresses.networking.k8s.io': 'ingress',
  replicationcontrollers: 'controllers',
};

/** An update of an object with another uid: what is kept is told as the storage tells it. */
export function otherUid(resource: Resource, { metadata }: KubeObject, uid: string): StatusError {
  const { name, namespace } = metadata;
  const place = PLACES[resourceName(resource)] ?? resource.plural;
  const key = ['/registry', place, ...(namespace ? [namespace] : []), name].join('/');
  return conflict(
    resource,
    name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ` +
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`,
  );
}

/** A precondition of a deletion that does not hold; details name the kind (rest.BeforeDelete). */
export const unmet = (resource: Resource, name: string, why: string): StatusError =>
  conflict({ ...resource, plural: resource.kind }, name, why);

/** Who sends a request is not known. */
export const unauthorized = (): StatusError => failure(401, 'Unauthorized', 'Unauthorized');

export const badRequest = (message: string): StatusError => failure(400, 'BadRequest', message);

export const unknownKind = (kind: string, apiVersion: string): StatusError =>
  failure(404, 'NotFound', `no matches for kind "${kind}" in version "${apiVersion}"`);

/** Another machine that does the work cannot be had, or nobody stands behind a Service. */
export const serviceUnavailable = (message: string): StatusError => failure(503, 'ServiceUnavailable', message);

/** Later it may be allowed. */
export const tooManyRequests = (message: string, causes: readonly StatusCause[]): StatusError =>
  failure(429, 'TooManyRequests', message, { causes });

/** A path that the server does not serve. */
export const noSuchPath = (): StatusError =>
  failure(404, 'NotFound', 'the server could not find the requested resource', {});

export const methodNotAllowed = (): StatusError =>
  failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

/** The client accepts nothing of what there is. */
export const notRepresentable = (types: readonly string[]): StatusError =>
  failure(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${types.join(', ')}`, {});

export function unsupportedMediaType(accepted: readonly string[], remedy?: string): StatusError {
  const list = accepted.join(', ');
  const message = `the body of the request was in an unknown format - accepted media types include: ${list}`;
  return failure(415, 'UnsupportedMediaType', remedy ? `${message} (${remedy})` : message);
}

/** The client accepts nothing that the server can write. */
export const notAcceptable = (types: readonly string[]): StatusError =>
  failure(406, 'NotAcceptable', `only the following media types are accepted: ${types.join(', ')}`);

/** A watch or list that wants to go on from a resourceVersion that is no longer remembered. */
export const expired = (asked: string, oldest: string): StatusError =>
  failure(410, 'Expired', `too old resource version: ${asked} (${oldest})`);

/** A list that wants the state at a version that is no longer remembered. */
export const expiredList = (): StatusError =>
  failure(410, 'Expired', 'The resourceVersion for the provided list is too old.');

/** A list that wants to go on from a version that is no longer remembered; `token` goes on without that. */
export function expiredContinue(token: string): StatusError {
  const { status } = failure(
    410,
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
      'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
      'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
      'deleted between the time the first chunk was returned and now may show up in the list.',
  );
  return new StatusError({ ...status, metadata: { continue: token } });
}

const TOO_LARGE = 'Too large resource version';

/** Somebody asks for a version that is yet to come. */
export const tooLargeVersion = (asked: string, current: string): StatusError =>
  failure(504, 'Timeout', `Timeout: ${TOO_LARGE}: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: TOO_LARGE }],
    retryAfterSeconds: 1,
  });

export const internalError = (message: string): StatusError =>
  failure(500, 'InternalError', `Internal error occurred: ${message}`, {
    causes: [{ reason: '', message, field: '' }],
  });

/** A plain error of the server, without a reason of its own. */
export function unknownError(message: string): StatusError {
  const { reason: _, ...status } = failure(500, '', message).status;
  return new StatusError(status);
}

/** The text of an issue without its field: what Status.details.causes[].message holds. */
function body(issue: Issue): string {
  const prefix = `${issue.field}: `;
  return issue.message.startsWith(prefix) ? issue.message.slice(prefix.length) : issue.message;
}

/** What is not told is left out. */
const named = (name: string, group: string, kind: string): Status['details'] => ({
  ...(name ? { name } : {}),
  ...(group ? { group } : {}),
  ...(kind ? { kind } : {}),
});

/** `Deployment.apps`: how messages name a kind. */
const kindName = (kind: string, group: string): string => (group === '' ? kind : `${kind}.${group}`);

/** 422: everything that is wrong with one object. */
export function invalid(kind: string, group: string, name: string, issues: readonly Issue[]): StatusError {
  const texts = issues.map((issue) => issue.message);
  const unique = [...new Set(texts)];
  const list = unique.length === 1 ? unique[0] : `[${unique.join(', ')}]`;
  const causes = issues.map((issue) => ({ reason: issue.type, message: body(issue), field: issue.field }));
  const status: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `${kindName(kind, group)} "${name ?? ''}" is invalid: ${list}`,
    reason: 'Invalid',
    details: { ...named(name, group, kind), causes },
    code: 422,
  };
  return new StatusError(status, issues);
}

/** What DELETE answers when nothing of the object is left to show. */
export const success = (details?: Status['details'], code?: number): Status => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  ...(details ? { details } : {}),
  ...(code === undefined ? {} : { code }),
});
