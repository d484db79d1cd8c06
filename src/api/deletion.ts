// deletion.ts - the verbs delete and deletecollection, and their options.
//
// Rules and words of k8s.io/apiserver/pkg/endpoints/handlers/delete.go and of the validation of DeleteOptions, Kubernetes 1.36.
import type { Context } from 'hono';
import type { Cluster } from '../cluster/cluster.js';
import { badRequest, invalid, success, unsupportedMediaType } from '../cluster/status.js';
import type { DeleteOptions } from '../cluster/store.js';
import { Turns } from '../lab/turns.js';
import type { Issue } from '../model/issue.js';
import type { KubeObject } from '../model/objects.js';
import { TYPES } from './accept.js';
import { show } from './answer.js';
import { mediaType, readBody, readBytes } from './body.js';
import { requestFilter } from './filter.js';
import { answerList } from './lists/list.js';
import { flag, integer, listOptions } from './lists/options.js';
import { pageOf } from './lists/page.js';
import type { Target } from './request.js';

interface DeleteRequest extends DeleteOptions {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly dryRun?: readonly string[];
}

const SCHEME = 'pkg/apis/meta/internalversion/scheme/register.go:27';
const POLICIES = ['Foreground', 'Background', 'Orphan', 'nil'];
/** Kinds whose deletion answers with what was deleted (ReturnDeletedObject of their registries). */
const SHOWN = new Set([
  ...['Pod', 'Service', 'ServiceAccount', 'PodTemplate', 'ResourceQuota'],
  ...['PersistentVolume', 'PersistentVolumeClaim'],
]);

const unsupported = (field: string, value: unknown, allowed: readonly string[]): Issue => {
  const list = allowed.map((one) => JSON.stringify(one)).join(', ');
  const detail = `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`;
  return { type: 'FieldValueNotSupported', field, message: `${field}: ${detail}`, detail };
};

function issuesOf({ dryRun = [], propagationPolicy, orphanDependents }: DeleteRequest): Issue[] {
  const issues: Issue[] = [];
  if (orphanDependents !== undefined && propagationPolicy !== undefined) {
    const detail = `Invalid value: ${JSON.stringify(propagationPolicy)}: orphanDependents and deletionPropagation cannot be both set`;
    const field = 'propagationPolicy';
    issues.push({ type: 'FieldValueInvalid', field, message: `${field}: ${detail}`, detail });
  }
  if (propagationPolicy !== undefined && !POLICIES.slice(0, 3).includes(propagationPolicy))
    issues.push(unsupported('propagationPolicy', propagationPolicy, POLICIES));
  if (dryRun.some((value) => value !== 'All')) issues.push(unsupported('dryRun', dryRun, ['All']));
  return issues;
}

/** Reads DeleteOptions from a body. Throws BadRequest for another kind or wrong types. */
function fromBody(body: unknown): DeleteRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw badRequest(
      "couldn't get version/kind; json parse error: json: cannot unmarshal into Go value of type struct",
    );
  const { kind = 'DeleteOptions', apiVersion = 'v1', ...options } = body as Record<string, unknown>;
  if (kind !== 'DeleteOptions')
    throw badRequest(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "${SCHEME}"`,
    );
  const wrong = (field: string, type: string): never => {
    throw badRequest(
      `json: cannot unmarshal ${goType(options[field])} into Go struct field DeleteOptions.${field} of type ${type}`,
    );
  };
  const given = (field: string): boolean => options[field] !== undefined && options[field] !== null;
  if (given('gracePeriodSeconds') && !Number.isInteger(options.gracePeriodSeconds))
    wrong('gracePeriodSeconds', 'int64');
  if (given('propagationPolicy') && typeof options.propagationPolicy !== 'string')
    wrong('propagationPolicy', 'v1.DeletionPropagation');
  if (given('orphanDependents') && typeof options.orphanDependents !== 'boolean') wrong('orphanDependents', 'bool');
  if (given('dryRun') && !Array.isArray(options.dryRun)) wrong('dryRun', '[]string');
  if (given('preconditions') && (typeof options.preconditions !== 'object' || Array.isArray(options.preconditions)))
    wrong('preconditions', 'v1.Preconditions');
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null)) as DeleteRequest;
}

const goType = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;

function fromQuery(c: Context): DeleteRequest {
  const gracePeriodSeconds = integer(c, 'gracePeriodSeconds');
  const orphanDependents = flag(c, 'orphanDependents');
  const propagationPolicy = c.req.query('propagationPolicy');
  const dryRun = c.req.queries('dryRun');
  return {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(orphanDependents === undefined ? {} : { orphanDependents }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(dryRun === undefined ? {} : { dryRun }),
  };
}

/** Reads options from the body or, if it is empty, from the query. Throws BadRequest, Invalid and UnsupportedMediaType. */
async function deleteOptions(c: Context): Promise<DeleteRequest> {
  const isKnown = TYPES.includes(mediaType(c));
  if (!isKnown && (await readBytes(c)).length > 0) throw unsupportedMediaType(TYPES);
  const body = isKnown ? await readBody(c) : undefined;
  const options = body === undefined ? fromQuery(c) : fromBody(body);
  const issues = issuesOf(options);
  if (issues.length > 0) throw invalid('DeleteOptions', 'meta.k8s.io', '', issues);
  return options;
}

const isRehearsed = ({ dryRun = [] }: DeleteRequest): boolean => dryRun.length > 0;

export async function remove(c: Context, cluster: Cluster, target: Target): Promise<Response> {
  const options = await deleteOptions(c);
  const { resource, namespace = '', name = '' } = target;
  const { store } = cluster;
  const work = (): KubeObject => store.delete(resource, namespace, name, options);
  const gone = isRehearsed(options) ? store.dryRun(work) : store.transaction(work);
  // What is still terminating is shown; of some kinds also what is gone.
  if (SHOWN.has(resource.kind) || gone.metadata.deletionTimestamp) return show(c, target, gone);
  const { uid = '' } = gone.metadata;
  const group = resource.group === '' ? {} : { group: resource.group };
  return c.json(success({ name, ...group, kind: resource.plural, uid }));
}

export async function deleteCollection(c: Context, cluster: Cluster, target: Target): Promise<Response> {
  const listed = { ...listOptions(c), watch: false };
  const options = await deleteOptions(c);
  const { resource } = target;
  const { store } = cluster;
  const { items } = pageOf(store, target, listed, requestFilter(c, resource));
  const isThere = ({ metadata }: KubeObject): boolean =>
    store.get(resource, metadata.namespace ?? '', metadata.name)?.metadata.uid === metadata.uid;
  const erase = ({ metadata }: KubeObject): KubeObject =>
    store.delete(resource, metadata.namespace ?? '', metadata.name, options);
  if (isRehearsed(options)) store.dryRun(() => items.map(erase));
  else {
    // One at a time, as the API server does, so that other requests get a turn.
    const turns = new Turns();
    for (const object of items) {
      await turns.next();
      if (isThere(object)) erase(object);
    }
  }
  return answerList(c, resource, { resourceVersion: store.resourceVersion }, items);
}
