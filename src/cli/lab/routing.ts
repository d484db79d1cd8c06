// routing.ts - the objects that say how requests are routed, of the running lab; and what the proxy writes back to it.

import type { Compiled } from '../../gateway/compile.js';
import type { RoutingObjects } from '../../gateway/objects.js';
import type { StatusWrite } from '../../gateway/plan.js';
import { isStatusFailure } from '../../live/status.js';
import { Watched } from '../../live/watched.js';
import type { Service } from '../../model/objects.js';
import { type Client, PATCH_TYPES } from './client.js';

const GATEWAY_API = '/apis/gateway.networking.k8s.io';
const NETWORKING = '/apis/networking.k8s.io/v1';

/** The best version of a kind first. */
const versions = (plural: string, ...list: readonly string[]): string[] =>
  list.map((version) => `${GATEWAY_API}/${version}/${plural}`);

const PATHS = {
  ingressClasses: [`${NETWORKING}/ingressclasses`],
  ingresses: [`${NETWORKING}/ingresses`],
  gatewayClasses: versions('gatewayclasses', 'v1', 'v1beta1'),
  gateways: versions('gateways', 'v1', 'v1beta1'),
  httpRoutes: versions('httproutes', 'v1', 'v1beta1'),
  tcpRoutes: versions('tcproutes', 'v1', 'v1alpha2'),
  udpRoutes: versions('udproutes', 'v1', 'v1alpha2'),
  grants: versions('referencegrants', 'v1', 'v1beta1'),
  namespaces: ['/api/v1/namespaces'],
  services: ['/api/v1/services'],
  endpointSlices: ['/apis/discovery.k8s.io/v1/endpointslices'],
  secrets: ['/api/v1/secrets'],
  /** Whether kinds of Gateway API are served. */
  definitions: ['/apis/apiextensions.k8s.io/v1/customresourcedefinitions'],
} as const;

export type WatchedRouting = Watched<keyof typeof PATHS>;

/** Resolves when all was read once. */
export const watchRouting = (client: Client, ended: (error: unknown) => void): Promise<WatchedRouting> =>
  Watched.open(client, PATHS, ended);

/** As it is now, and no longer. */
export const readRouting = (client: Client): Promise<WatchedRouting> => Watched.read(client, PATHS);

export const routingObjects = (watched: WatchedRouting): RoutingObjects => ({
  ingressClasses: watched.list('ingressClasses'),
  ingresses: watched.list('ingresses'),
  gatewayClasses: watched.list('gatewayClasses'),
  gateways: watched.list('gateways'),
  routes: [...watched.list('httpRoutes'), ...watched.list('tcpRoutes'), ...watched.list('udpRoutes')] as never,
  grants: watched.list('grants'),
  namespaces: watched.list('namespaces'),
  services: watched.list('services'),
  endpointSlices: watched.list('endpointSlices'),
  secrets: watched.list('secrets'),
});

/** Changed or gone since it was read: the watch brings what is there now, and then it is written anew. */
const isOvertaken = (error: unknown): boolean => isStatusFailure(error) && [404, 409].includes(error.status.code ?? 0);

async function writeStatus(client: Client, { object, plural, status }: StatusWrite): Promise<void> {
  const { name, namespace, resourceVersion } = object.metadata;
  const place = namespace === undefined ? '' : `/namespaces/${namespace}`;
  const path = `/apis/${object.apiVersion}${place}/${plural}/${name}/status`;
  const body = { metadata: { resourceVersion }, status };
  await client.exchange('PATCH', path, { body, contentType: PATCH_TYPES.merge });
}

const servicePath = ({ metadata }: Service, name = ''): string =>
  `/api/v1/namespaces/${metadata.namespace}/services${name && `/${name}`}`;

/** Writes statuses and Services. What another one was faster with is left to the next time; `failed` hears of the rest. */
export async function writeBack(client: Client, compiled: Compiled, failed: (error: Error) => void): Promise<void> {
  const { create, update, remove } = compiled.services;
  const work = [
    ...create.map((body) => () => client.exchange('POST', servicePath(body), { body })),
    ...update.map((body) => () => client.exchange('PUT', servicePath(body, body.metadata.name), { body })),
    ...remove.map((one) => () => client.exchange('DELETE', servicePath(one, one.metadata.name))),
    ...compiled.statuses.map((status) => () => writeStatus(client, status)),
  ];
  for (const one of work) {
    try {
      await one();
    } catch (error) {
      if (!isOvertaken(error)) failed(error as Error);
    }
  }
}
