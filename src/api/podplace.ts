// podplace.ts - what a program finds in a container, for our own command line, which starts programs itself.
//
// GET /apis/kubewire.dev/v1alpha1/namespaces/NAMESPACE/pods/NAME/place?container=NAME
import type { Context } from 'hono';
import { noSuchPath } from '../cluster/status.js';
import type { Pod } from '../model/objects.js';
import { parseTarget } from './request.js';
import { ADMIN, userOf } from './secure/users.js';
import { containerOf, objectOf, type Parts, podForStream } from './subresources/place.js';

export interface PodPlaceView {
  readonly kind: 'PodPlace';
  readonly apiVersion: 'kubewire.dev/v1alpha1';
  /** Variables that the container adds to those of the machine. */
  readonly variables: Readonly<Record<string, string>>;
  readonly hostname: string;
  /** Path of its mount namespace; null: it sees the files of the machine. */
  readonly view: string | null;
}

export async function servePodPlace(c: Context, parts: Parts): Promise<Response> {
  // Secrets are in it.
  if (userOf(c).username !== ADMIN.username) throw noSuchPath();
  const { namespace = '', name = '' } = c.req.param();
  const path = `namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  const pod = objectOf<Pod>(parts.cluster, parseTarget(parts.cluster.store.kinds, '', 'v1', path));
  const container = containerOf(pod, c.req.query('container') ?? '');
  const { variables, hostname, view } = await podForStream(parts, pod, container).surrounding(container);
  const answer: PodPlaceView = {
    kind: 'PodPlace',
    apiVersion: 'kubewire.dev/v1alpha1',
    variables,
    hostname,
    view: view?.path ?? null,
  };
  return c.json(answer);
}
