// serve.ts - subresources that are not part of the object: each has its own answer.
import type { Context } from 'hono';
import { badRequest, conflict, methodNotAllowed } from '../../cluster/status.js';
import type { Pod } from '../../model/objects.js';
import type { Target } from '../request.js';
import type { Access } from '../secure/listener.js';
import { serveBinding } from './binding.js';
import { serveEviction } from './eviction.js';
import { serveLog } from './log.js';
import { containerOf, objectOf, type Parts, podForStream } from './place.js';
import { serveProxy } from './proxy.js';
import { serveToken } from './token.js';

interface SubresourceParts extends Parts {
  readonly access: Access | undefined;
}

type Serve = (c: Context, parts: SubresourceParts, target: Target) => Response | Promise<Response>;

/** Programs and connections need an upgraded connection. Other mistakes are told first. */
const upgradeOnly: Serve = (c, parts, target) => {
  const pod = objectOf<Pod>(parts.cluster, target);
  podForStream(
    parts,
    pod,
    target.subresource === 'portforward' ? '' : containerOf(pod, c.req.query('container') ?? ''),
  );
  throw badRequest('Upgrade request required');
};

const ephemeralContainers: Serve = (c, { cluster }, target) => {
  const pod = objectOf<Pod>(cluster, target);
  if (c.req.method === 'GET') return c.json(pod);
  const why = 'ephemeral containers are not run here: programs of this machine run in the pod with exec';
  throw conflict(target.resource, pod.metadata.name, why);
};

const ANY = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Subresource → its methods, and who serves it. */
const SERVED: Readonly<Record<string, { readonly methods: readonly string[]; readonly serve: Serve }>> = {
  attach: { methods: ['GET', 'POST'], serve: upgradeOnly },
  binding: { methods: ['POST'], serve: (c, { cluster }, target) => serveBinding(c, cluster, target) },
  ephemeralcontainers: { methods: ['GET', 'PUT', 'PATCH'], serve: ephemeralContainers },
  eviction: { methods: ['POST'], serve: (c, { cluster }, target) => serveEviction(c, cluster, target) },
  exec: { methods: ['GET', 'POST'], serve: upgradeOnly },
  log: { methods: ['GET'], serve: serveLog },
  portforward: { methods: ['GET', 'POST'], serve: upgradeOnly },
  proxy: { methods: ANY, serve: serveProxy },
  token: { methods: ['POST'], serve: (c, { cluster, access }, target) => serveToken(c, cluster, target, access) },
};

/** undefined if the subresource is part of the object (status, scale), or does not exist. */
export function serveSubresource(
  c: Context,
  parts: SubresourceParts,
  target: Target,
): Response | Promise<Response> | undefined {
  const served = SERVED[target.subresource ?? ''];
  if (!served) return undefined;
  if (!served.methods.includes(c.req.method)) throw methodNotAllowed();
  return served.serve(c, parts, target);
}
