// place.ts - where a pod's containers run, for logs, programs and connections; refusals say why there is no such place.

import type { Cluster } from '../../cluster/cluster.js';
import { badRequest, notFound, type StatusError, unknownError } from '../../cluster/status.js';
import type { PodRuntime, RunningPod } from '../../lab/pods/runtime.js';
import { formatEndpoint } from '../../model/address.js';
import type { Container, KubeObject, Node, Pod } from '../../model/objects.js';
import type { Target } from '../request.js';

/** What subresources need to be served. */
export interface Parts {
  readonly cluster: Cluster;
  /** Absent if no node of this cluster can be reached. */
  readonly runtime: PodRuntime | undefined;
  /** A number in [0, 1): which endpoint of a Service a proxy takes. */
  readonly draw: () => number;
}

/** Port on which kubelets are asked. */
const KUBELET_PORT = 10250;
/** An API server prefers a node's addresses in this order. */
const ADDRESS_TYPES = ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'];

/** The object whose subresource is asked for. Throws NotFound. */
export function objectOf<T extends KubeObject>({ store }: Cluster, { resource, namespace = '', name = '' }: Target): T {
  const object = store.get<T>(resource, namespace, name);
  if (!object) throw notFound(resource, name);
  return object;
}

const namesOf = (containers: unknown): string[] => ((containers ?? []) as readonly Container[]).map(({ name }) => name);

/** The container that is meant. Throws BadRequest if the pod does not have it, or has several. */
export function containerOf({ metadata, spec }: Pod, asked: string): string {
  const [own, initial] = [namesOf(spec.containers), namesOf(spec.initContainers)];
  if (asked !== '') {
    if ([...own, ...initial, ...namesOf(spec.ephemeralContainers)].includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${metadata.name}`);
  }
  if (own.length === 1) return own[0] ?? '';
  const initially = initial.length > 0 ? ` or one of the init containers: [${initial.join(' ')}]` : '';
  throw badRequest(
    `a container name must be specified for pod ${metadata.name}, choose one of: [${own.join(' ')}]${initially}`,
  );
}

/** Why nobody answers for a node that a client has created. */
export function unreachable(
  { store }: Cluster,
  name: string,
  what: (address: string, dialling: string) => string,
): StatusError {
  const node = store.get<Node>('Node', '', name);
  const nodes = store.kinds.named('Node');
  if (!node && nodes) return notFound(nodes, name);
  const known = node?.status?.addresses ?? [];
  const found = ADDRESS_TYPES.map((type) => known.find((address) => address.type === type)?.address).find(Boolean);
  if (found === undefined)
    return unknownError(
      `no preferred addresses found; known addresses: [${known.map(({ type, address }) => `{${type} ${address}}`).join(' ')}]`,
    );
  const address = formatEndpoint(found, KUBELET_PORT);
  return unknownError(what(address, `dial tcp ${address}: connect: connection refused`));
}

/** The logs of a container, or why they cannot be read. */
export function podForLog({ cluster, runtime }: Parts, pod: Pod, container: string): RunningPod {
  const { namespace = '', name, uid = '' } = pod.metadata;
  const running = runtime?.pod(uid);
  if (running) return running;
  const path = `/containerLogs/${namespace}/${name}/${container}`;
  if (!runtime)
    throw unreachable(cluster, pod.spec.nodeName ?? '', (at, dialling) => `Get "https://${at}${path}": ${dialling}`);
  throw badRequest(`container "${container}" in pod "${name}" is waiting to start: ContainerCreating`);
}

/** The pod in which a program is to run, or which has the port of a connection. */
export function podForStream({ cluster, runtime }: Parts, pod: Pod, container: string): RunningPod {
  const { nodeName } = pod.spec;
  if (!nodeName) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  const running = runtime?.pod(pod.metadata.uid ?? '');
  if (running) return running;
  if (!runtime) throw unreachable(cluster, nodeName, (_, dialling) => `error dialing backend: ${dialling}`);
  throw unknownError(`unable to upgrade connection: container not found ("${container}")`);
}
