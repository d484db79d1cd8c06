// resource.ts - the verbs on a resource: get, list, watch, create, update, patch, delete, and its subresources.
import type { Context } from 'hono';
import type { Cluster } from '../cluster/cluster.js';
import { orphan } from '../cluster/garbage.js';
import { groupVersion, type Resource, shown, type Verb } from '../cluster/kinds/kind.js';
import { methodNotAllowed, success } from '../cluster/status.js';
import type { DeleteOptions } from '../cluster/store.js';
import { Turns } from '../lab/turns.js';
import type { KubeObject } from '../model/objects.js';
import { current, show, warn } from './answer.js';
import { readBody } from './body.js';
import { requestFilter } from './filter.js';
import { writeOptions } from './options.js';
import { isDryRun, type Target } from './request.js';
import { answerReview, isReview } from './reviews.js';
import { answerOf, includeObjectOf, partial, toTable } from './table.js';
import { watchResponse } from './watch.js';
import { create, patch, readObject, update } from './write.js';

/** Text of `Warning` headers for reading a kind (the API server's own). */
const DEPRECATED: Readonly<Record<string, string>> = {
  Endpoints: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
};

export async function serveResource(c: Context, cluster: Cluster, target: Target): Promise<Response> {
  const deprecated = DEPRECATED[target.resource.kind];
  if (deprecated) warn(c, [deprecated]);
  const { method } = c.req;
  if (!allows(target, method)) throw methodNotAllowed();
  if (target.name === undefined) {
    if (method === 'GET') return isWatch(c) ? watchResponse(c, cluster.store, target) : list(c, cluster, target);
    if (method === 'POST') return isReview(target.resource) ? review(c, target) : create(c, cluster, target);
    if (method === 'DELETE') return deleteCollection(c, cluster, target);
    throw methodNotAllowed();
  }
  if (method === 'GET') return get(c, cluster, target);
  if (method === 'PUT') return update(c, cluster, target);
  if (method === 'PATCH') return patch(c, cluster, target);
  if (method === 'DELETE' && target.subresource === undefined) return remove(c, cluster, target);
  throw methodNotAllowed();
}

/** Verbs of the kind by which a method may be asked for; those of subresources are their own. */
const COLLECTION: Readonly<Record<string, readonly Verb[]>> = {
  GET: ['list', 'watch'],
  POST: ['create'],
  DELETE: ['deletecollection'],
};
const OBJECT: Readonly<Record<string, readonly Verb[]>> = {
  GET: ['get'],
  PUT: ['update'],
  PATCH: ['patch'],
  DELETE: ['delete'],
};

function allows({ resource, name, namespace, subresource }: Target, method: string): boolean {
  if (subresource !== undefined) return true;
  const verbs = (name === undefined ? COLLECTION : OBJECT)[method] ?? [];
  // A collection is created in, and deleted, namespace by namespace.
  if (name === undefined && method !== 'GET' && resource.namespaced && namespace === undefined) return false;
  return resource.verbs.some((verb) => verbs.includes(verb));
}

async function review(c: Context, target: Target): Promise<Response> {
  const { object } = await readObject(c, target, writeOptions(c, 'Create'));
  return c.json(await answerReview(c, target.resource, object), 201);
}

const isWatch = (c: Context): boolean => ['true', '1'].includes(c.req.query('watch') ?? '');

const get = (c: Context, cluster: Cluster, target: Target): Response => show(c, target, current(cluster, target));

/** Some objects as a list in the form that the client asks for. */
function listOf(c: Context, resource: Resource, metadata: object, objects: readonly KubeObject[]): object {
  const { form, version } = answerOf(c);
  if (form === 'table')
    return toTable(resource, objects, { version, include: includeObjectOf(c), metadata, headings: true });
  const { kind, apiVersion } = { kind: resource.listKind, apiVersion: groupVersion(resource) };
  if (form === 'object') {
    const items = resource.view ? objects.map((object) => shown(resource, object)) : objects;
    return { kind, apiVersion, metadata, items };
  }
  const items = objects.map((object) => partial(object, version));
  return { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${version}`, metadata, items };
}

function list(c: Context, cluster: Cluster, target: Target): Response {
  const { resource, namespace } = target;
  const { store } = cluster;
  const items = store.list(resource, namespace).filter(requestFilter(c, resource));
  return c.json(listOf(c, resource, { resourceVersion: store.resourceVersion }, items));
}

interface DeleteRequest extends DeleteOptions {
  dryRun?: string[];
  propagationPolicy?: string;
}

/** Options stand in the body or in the query; the query counts. */
async function deleteOptions(c: Context): Promise<DeleteRequest> {
  const body = ((await readBody(c)) ?? {}) as DeleteRequest;
  const seconds = c.req.query('gracePeriodSeconds');
  const propagationPolicy = c.req.query('propagationPolicy');
  const dryRun = c.req.queries('dryRun');
  return {
    ...body,
    ...(seconds === undefined ? {} : { gracePeriodSeconds: Number(seconds) }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(dryRun === undefined ? {} : { dryRun }),
  };
}

async function remove(c: Context, cluster: Cluster, target: Target): Promise<Response> {
  const options = await deleteOptions(c);
  const { resource, namespace = '', name = '' } = target;
  const { store } = cluster;
  const work = (): KubeObject => {
    if (options.propagationPolicy === 'Orphan') orphan(store, current(cluster, target));
    return store.delete(resource, namespace, name, options);
  };
  const gone = isDryRun(options.dryRun) ? store.dryRun(work) : store.transaction(work);
  // What is still terminating is shown; pods are shown in any case.
  if (resource.kind === 'Pod' || gone.metadata.deletionTimestamp) return show(c, target, gone);
  const { uid = '' } = gone.metadata;
  const group = resource.group === '' ? {} : { group: resource.group };
  return c.json(success({ name, ...group, kind: resource.plural, uid }));
}

async function deleteCollection(c: Context, cluster: Cluster, target: Target): Promise<Response> {
  const options = await deleteOptions(c);
  const { resource, namespace } = target;
  const items = cluster.store.list(resource, namespace).filter(requestFilter(c, resource));
  const { store } = cluster;
  const isThere = ({ metadata }: KubeObject): boolean =>
    store.get(resource, metadata.namespace ?? '', metadata.name)?.metadata.uid === metadata.uid;
  const erase = ({ metadata }: KubeObject): KubeObject =>
    store.delete(resource, metadata.namespace ?? '', metadata.name, options);
  if (isDryRun(options.dryRun)) store.dryRun(() => items.map(erase));
  else {
    // One after the other, as the API server does it: others are heard meanwhile.
    const turns = new Turns();
    for (const object of items) {
      await turns.next();
      if (isThere(object)) erase(object);
    }
  }
  return c.json(listOf(c, resource, { resourceVersion: store.resourceVersion }, items));
}
