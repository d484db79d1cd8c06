// resource.ts - the verbs on a resource: get, list, watch, create, update, patch, delete, and its subresources.
import type { Context } from 'hono';
import type { Cluster } from '../cluster/cluster.js';
import { subresourceOf, type Verb } from '../cluster/kinds/kind.js';
import { methodNotAllowed } from '../cluster/status.js';
import { checkAccept } from './accept.js';
import { current, show, warn } from './answer.js';
import { deleteCollection, remove } from './deletion.js';
import { list } from './lists/list.js';
import { listOptions } from './lists/options.js';
import { writeOptions } from './options.js';
import type { Target } from './request.js';
import { answerReview, isReview } from './reviews.js';
import type { Access } from './secure/listener.js';
import { watchResponse } from './watches/watch.js';
import { create, patch, readObject, update } from './write.js';

/** Text of `Warning` headers for reading a kind (the API server's own). */
const DEPRECATED: Readonly<Record<string, string>> = {
  Endpoints: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
};

interface ResourceParts {
  readonly cluster: Cluster;
  /** How clients authenticate over HTTPS. */
  readonly access: Access | undefined;
}

export async function serveResource(c: Context, parts: ResourceParts, target: Target): Promise<Response> {
  const { cluster } = parts;
  const deprecated = DEPRECATED[target.resource.kind];
  if (deprecated) warn(c, [deprecated]);
  const { method } = c.req;
  if (!allows(target, method)) throw methodNotAllowed();
  checkAccept(c, target);
  if (target.name === undefined) {
    if (method === 'GET') return read(c, cluster, target);
    if (method === 'POST') return isReview(target.resource) ? review(c, target, parts) : create(c, cluster, target);
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
  const verbs = (name === undefined ? COLLECTION : OBJECT)[method] ?? [];
  if (subresource !== undefined)
    return subresourceOf(resource, subresource)?.verbs?.some((verb) => verbs.includes(verb)) ?? true;
  // A collection is created in, and deleted, namespace by namespace.
  if (name === undefined && method !== 'GET' && resource.namespaced && namespace === undefined) return false;
  return resource.verbs.some((verb) => verbs.includes(verb));
}

async function review(c: Context, target: Target, { access }: ResourceParts): Promise<Response> {
  const { object } = await readObject(c, target, writeOptions(c, 'Create'));
  return c.json(await answerReview(c, target.resource, object, access?.authenticator), 201);
}

/** A list or, if the query asks for one, a watch. */
function read(c: Context, cluster: Cluster, target: Target): Response {
  const options = listOptions(c);
  return options.watch ? watchResponse(c, cluster.store, target, options) : list(c, cluster.store, target, options);
}

const get = (c: Context, cluster: Cluster, target: Target): Response => show(c, target, current(cluster, target));
