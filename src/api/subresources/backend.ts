// backend.ts - whom a proxy asks: `NAME`, `NAME:PORT`, `https:NAME:PORT` of a pod, a Service or a node → an address.
//
// As the ResourceLocation of each resource (pkg/registry/core, v1.36).
import type { Cluster } from '../../cluster/cluster.js';
import { SERVICE_NAME_LABEL } from '../../cluster/endpointslice/reconcile.js';
import { badRequest, notFound, serviceUnavailable } from '../../cluster/status.js';
import type { EndpointSlice, Node, Pod, Service } from '../../model/objects.js';
import type { Target } from '../request.js';
import { objectOf } from './place.js';

export interface Backend {
  readonly secure: boolean;
  readonly address: string;
  readonly port: number;
}

interface Asked {
  readonly secure: boolean;
  readonly name: string;
  /** Number or name; '' if none was given. */
  readonly port: string;
}

/** `[SCHEME:]NAME[:PORT]`; null if it is not of this form. */
function parseAsked(id: string): Asked | null {
  const parts = id.split(':');
  const [scheme = '', name = '', port = ''] = parts.length === 3 ? parts : ['', ...parts];
  if (parts.length > 3 || name === '' || !['', 'http', 'https'].includes(scheme)) return null;
  return { secure: scheme === 'https', name, port };
}

function portNumber(text: string, kind: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw badRequest(`invalid ${kind} port ${JSON.stringify(text)}`);
}

function podBackend({ metadata, spec, status }: Pod, { port, secure }: Asked): Backend {
  const address = status?.podIP;
  if (!address) throw badRequest(`address not allowed: pod ${metadata.name} has no address yet`);
  const declared = spec.containers.flatMap(({ ports = [] }) => ports);
  const named = declared.find(({ name }) => name === port);
  const first = String(declared[0]?.containerPort ?? (secure ? 443 : 80));
  return { secure, address, port: named?.containerPort ?? portNumber(port === '' ? first : port, 'pod') };
}

/** The name of the Service's port, which its endpoints have too. */
function servicePort({ metadata, spec }: Service, port: string): string {
  if (!/^\d+$/.test(port)) return port;
  const found = spec.ports?.find((one) => one.port === Number(port));
  if (found) return found.name ?? '';
  throw serviceUnavailable(`no service port ${Number(port)} found for service "${metadata.name}"`);
}

function serviceBackend({ store }: Cluster, service: Service, { port, secure }: Asked, draw: () => number): Backend {
  const { name, namespace = '' } = service.metadata;
  const wanted = servicePort(service, port);
  const slices = store
    .list<EndpointSlice>('EndpointSlice', namespace)
    .filter(({ metadata }) => metadata.labels?.[SERVICE_NAME_LABEL] === name);
  const found = slices.flatMap(({ endpoints, ports }) => {
    const number = ports?.find((one) => (one.name ?? '') === wanted)?.port;
    const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
    return number
      ? ready.flatMap(({ addresses }) => addresses.slice(0, 1).map((address) => ({ address, number })))
      : [];
  });
  const chosen = found[Math.floor(draw() * found.length)];
  if (!chosen) throw serviceUnavailable(`no endpoints available for service "${name}"`);
  return { secure, address: chosen.address, port: chosen.number };
}

function nodeBackend({ metadata, status }: Node, { port, secure }: Asked): Backend | null {
  if (port === '' || port === '10250') return null;
  const address = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  if (!address) throw serviceUnavailable(`no preferred addresses found of node ${metadata.name}`);
  return { secure, address, port: portNumber(port, 'node') };
}

/**
 * null: the kubelet of the node itself.
 * @param draw a number in [0, 1): which endpoint of a Service
 */
export function backendOf(cluster: Cluster, target: Target, draw: () => number): Backend | null {
  const { resource, name: id = '' } = target;
  const kind = resource.kind.toLowerCase();
  const asked = parseAsked(id);
  if (!asked) throw badRequest(`invalid ${kind} request ${JSON.stringify(id)}`);
  const named = { ...target, name: asked.name };
  if (resource.kind === 'Pod') return podBackend(objectOf<Pod>(cluster, named), asked);
  if (resource.kind === 'Service') return serviceBackend(cluster, objectOf<Service>(cluster, named), asked, draw);
  if (resource.kind === 'Node') return nodeBackend(objectOf<Node>(cluster, named), asked);
  throw notFound(resource, id);
}
