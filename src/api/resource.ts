// resource.ts - the verbs on a resource: get, list, watch, create, update, patch, delete, and its subresources.
import type { Context } from 'hono';
import type { Cluster } from '../cluster/cluster.js';
import { orphan } from '../cluster/garbage.js';
import { groupVersion, type Resource, shown } from '../cluster/kinds/kind.js';
import { methodNotAllowed, notFound, success } from '../cluster/status.js';
import type { DeleteOptions } from '../cluster/store.js';
import type { LabSpec } from '../lab/registration.js';
import { Turns } from '../lab/turns.js';
import type { KubeObject } from '../model/objects.js';
import { annotationFindings } from '../plan/annotations.js';
import { DEFAULT_CONFIG } from '../plan/config.js';
import { mediaType, readBody } from './body.js';
import { requestFilter } from './filter.js';
import { patched } from './patch/patch.js';
import { type Decoded, decode, isDryRun, readObject, type Target } from './request.js';
import { scaleOf, withScale } from './scale.js';
import { toTable, wantsTable } from './table.js';
import { watchResponse } from './watch.js';

const APPLY = 'application/apply-patch+yaml';

/** Text of `Warning` headers for reading a kind (the API server's own). */
const DEPRECATED: Readonly<Record<string, string>> = {
  Endpoints: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
};

export async function serveResource(c: Context, cluster: Cluster, target: Target): Promise<Response> {
  const deprecated = DEPRECATED[target.resource.kind];
  if (deprecated) warn(c, [deprecated]);
  const { method } = c.req;
  if (target.name === undefined) {
    if (method === 'GET') return isWatch(c) ? watchResponse(c, cluster.store, target) : list(c, cluster, target);
    if (method === 'POST') return create(c, cluster, target);
    if (method === 'DELETE') return deleteCollection(c, cluster, target);
    throw methodNotAllowed();
  }
  if (method === 'GET') return get(c, cluster, target);
  if (method === 'PUT') return update(c, cluster, target);
  if (method === 'PATCH') return patch(c, cluster, target);
  if (method === 'DELETE' && target.subresource === undefined) return remove(c, cluster, target);
  throw methodNotAllowed();
}

const isWatch = (c: Context): boolean => ['true', '1'].includes(c.req.query('watch') ?? '');

function warn(c: Context, texts: readonly string[]): void {
  for (const text of texts) c.header('warning', `299 - "${text.replace(/["\\]/g, '\\$&')}"`, { append: true });
}

function current(cluster: Cluster, target: Target): KubeObject {
  const { resource, namespace = '', name = '' } = target;
  const object = cluster.store.get(resource, namespace, name);
  if (!object) throw notFound(resource, name);
  return object;
}

function show(c: Context, target: Target, object: KubeObject, code: 200 | 201 = 200): Response {
  if (target.subresource === 'scale') return c.json(scaleOf(object), code);
  if (!wantsTable(c)) return c.json(shown(target.resource, object), code);
  return c.json(toTable(target.resource, [object], object.metadata.resourceVersion ?? '', true), code);
}

const get = (c: Context, cluster: Cluster, target: Target): Response => show(c, target, current(cluster, target));

function listOf(resource: Resource, resourceVersion: string, objects: readonly KubeObject[]): object {
  const items = resource.view ? objects.map((object) => shown(resource, object)) : objects;
  return { kind: resource.listKind, apiVersion: groupVersion(resource), metadata: { resourceVersion }, items };
}

function list(c: Context, cluster: Cluster, target: Target): Response {
  const { resource, namespace } = target;
  const { store } = cluster;
  const items = store.list(resource, namespace).filter(requestFilter(c, resource));
  if (wantsTable(c)) return c.json(toTable(resource, items, store.resourceVersion, true));
  return c.json(listOf(resource, store.resourceVersion, items));
}

/** Performs a write, or only rehearses it: then the version is the one that there is. */
function perform(c: Context, cluster: Cluster, { resource }: Target, work: () => KubeObject): KubeObject {
  if (!isDryRun(c.req.queries('dryRun'))) return work();
  const { metadata, ...rest } = cluster.store.dryRun(work);
  const { resourceVersion: _, ...unversioned } = metadata;
  const before = cluster.store.get(resource, metadata.namespace ?? '', metadata.name)?.metadata.resourceVersion;
  return { ...rest, metadata: { ...unversioned, ...(before ? { resourceVersion: before } : {}) } };
}

async function create(c: Context, cluster: Cluster, target: Target): Promise<Response> {
  const read = await readObject(c, target);
  warn(c, warningsOf(cluster, target, read));
  const { object } = read;
  const made = perform(c, cluster, target, () => cluster.store.create(object));
  return show(c, target, made, 201);
}

async function update(c: Context, cluster: Cluster, target: Target): Promise<Response> {
  if (target.subresource === 'scale') {
    const scale = (await readBody(c)) as Record<string, unknown>;
    const made = perform(c, cluster, target, () =>
      cluster.store.update(withScale(current(cluster, target), scale ?? {})),
    );
    return show(c, target, made);
  }
  const read = await readObject(c, target);
  warn(c, warningsOf(cluster, target, read));
  const { object } = read;
  const made = perform(c, cluster, target, () => write(cluster, target, object));
  return show(c, target, made);
}

/** What is to be said of an object that is written, beside what was found when it was read. */
function warningsOf(cluster: Cluster, target: Target, { object, warnings: found }: Decoded): string[] {
  if (target.subresource !== undefined) return [...found];
  const lab = cluster.store.list('Lab')[0]?.spec as Partial<LabSpec> | undefined;
  const own = annotationFindings(object, { ...DEFAULT_CONFIG, ...lab?.proxy });
  return [...found, ...own.map(([field, detail]) => `${field}: ${detail}`)];
}

const write = (cluster: Cluster, target: Target, object: KubeObject): KubeObject =>
  target.subresource === 'status' ? cluster.store.updateStatus(object) : cluster.store.update(object);

async function patch(c: Context, cluster: Cluster, target: Target): Promise<Response> {
  const type = mediaType(c);
  const body = await readBody(c);
  const { resource, namespace = '', name = '' } = target;
  const exists = cluster.store.get(resource, namespace, name) !== undefined;
  if (!exists && type === APPLY && target.subresource === undefined) {
    const read = decode(c, target, body as Record<string, unknown>);
    warn(c, warningsOf(cluster, target, read));
    const { object } = read;
    const made = perform(c, cluster, target, () => cluster.store.create(object));
    return show(c, target, made, 201);
  }
  const read = patchedObject(c, current(cluster, target), target, body, type);
  warn(c, warningsOf(cluster, target, read));
  const made = perform(c, cluster, target, () => write(cluster, target, read.object));
  return show(c, target, made);
}

function patchedObject(c: Context, before: KubeObject, target: Target, body: unknown, type: string): Decoded {
  if (target.subresource === 'scale') {
    const scale = patched(scaleOf(before), body, type);
    return { object: withScale(before, scale.object), warnings: scale.warnings };
  }
  const after = patched(before, body, type);
  const read = decode(c, target, after.object);
  return { object: read.object, warnings: [...after.warnings, ...read.warnings] };
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
  return c.json(listOf(resource, store.resourceVersion, items));
}
