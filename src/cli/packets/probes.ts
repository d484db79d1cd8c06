// probes.ts - what `check` sends: the objects of a running lab → one probe for every frontend and every kind of source.

import { strategyNamed } from '../../compile/strategy.js';
import type { ClientSockets } from '../../lab/check/client.js';
import type { Probe } from '../../lab/check/survey.js';
import { openNamespace, socketsOf } from '../../lab/host/sandbox.js';
import { strategyOn } from '../../lab/tables/strategies.js';
import { isIPv6, sameFamily } from '../../model/address.js';
import type { ClusterSnapshot, EndpointSlice, KubeObject, Node, Pod, Service } from '../../model/objects.js';
import type { NodePlan } from '../../plan/plan.js';
import { planNode } from '../../plan/planner.js';
import { isLabsPod } from '../../topology/annotations.js';
import { nodeView } from '../../topology/attachment.js';
import { balance, balancerOf, slicesByService } from '../../topology/balancer.js';
import { expect } from '../../topology/expectation.js';
import { type Frontend, listFrontends } from '../../topology/frontends.js';
import { type HostPorts, listHostPorts } from '../../topology/hostports.js';
import { listenersOf, selects } from '../../topology/listening.js';
import { explain } from '../../topology/remedies.js';
import { chooseAskers, clientSources, nodeSources, podSources, type Sources } from '../../topology/roles.js';
import type { Client } from '../lab/client.js';
import { getLab, type LabObject, listAll } from '../lab/objects.js';

/** Everything the check is about, as it was when the check began. */
export interface CheckWorld {
  readonly lab: LabObject;
  readonly snapshot: ClusterSnapshot;
  readonly pods: readonly Pod[];
  readonly sources: Sources;
  readonly plans: readonly NodePlan[];
}

export async function readWorld(client: Client): Promise<CheckWorld> {
  const [lab, services, endpointSlices, nodes, pods, clients] = await Promise.all([
    getLab(client),
    listAll<Service>(client, 'Service'),
    listAll<EndpointSlice>(client, 'EndpointSlice'),
    listAll<Node>(client, 'Node'),
    listAll<Pod>(client, 'Pod'),
    listAll<KubeObject>(client, 'Client'),
  ]);
  const snapshot = { services, endpointSlices, nodes, pods };
  const { spec } = lab;
  const plans = spec.topology.nodes.map((node) => {
    const object = nodes.find(({ metadata }) => metadata.name === node.name);
    const proxyMode = strategyNamed(strategyOn(spec, object)).mode;
    return planNode(snapshot, nodeView(node, nodes), { ...spec.proxy, proxyMode });
  });
  const sources = { pods: podSources(pods), nodes: nodeSources(nodes), clients: clientSources(clients) };
  return { lab, snapshot, pods, sources, plans };
}

/** The namespaces that probes leave from, opened once each. */
export class OpenNamespaces {
  readonly #open = new Map<string, { sockets: ClientSockets; close: () => void }>();

  sockets(path: string): ClientSockets {
    let entry = this.#open.get(path);
    if (!entry) {
      const namespace = openNamespace(path);
      entry = { sockets: socketsOf(namespace), close: () => namespace.close() };
      this.#open.set(path, entry);
    }
    return entry.sockets;
  }

  close(): void {
    for (const { close } of this.#open.values()) close();
    this.#open.clear();
  }
}

const keyOf = (service: Service): string => `${service.metadata.namespace ?? 'default'}/${service.metadata.name}`;

/** The API server's own Service leads at most to the API server, which is no application to ask. */
const isApiServers = (service: Service, slices: readonly EndpointSlice[]): boolean =>
  keyOf(service) === 'default/kubernetes' &&
  slices.every(
    ({ metadata, endpoints }) =>
      metadata.labels?.['kubernetes.io/service-name'] !== 'kubernetes' ||
      metadata.name === 'kubernetes' ||
      !endpoints?.length,
  );

/** True for Services that the lab's own pods serve: the cluster's DNS. */
function isServedByLab(service: Service, pods: readonly Pod[]): boolean {
  const own = pods.filter((pod) => selects(service, pod));
  return own.length > 0 && own.every(isLabsPod);
}

/** Services that a cluster has without its user. */
export const isLabsOwn = (service: Service, { snapshot, pods }: Pick<CheckWorld, 'snapshot' | 'pods'>): boolean =>
  isApiServers(service, snapshot.endpointSlices) || isServedByLab(service, pods);

/** SCTP frontends cannot be asked, because no default application speaks it. */
const isAskable = (frontend: Frontend): boolean => frontend.protocol !== 'SCTP';

/** The first ClusterIP of IPv4: a target of ICMP probes, besides pods and nodes. */
export function firstClusterIP({ snapshot, pods }: CheckWorld): { name: string; address: string } | undefined {
  for (const service of snapshot.services) {
    const address = service.spec.clusterIPs?.find((ip) => ip !== 'None' && !isIPv6(ip));
    if (address && keyOf(service) !== 'default/kubernetes' && !isServedByLab(service, pods))
      return { name: keyOf(service), address };
  }
  return undefined;
}

/** One thing that is asked: a Service, or the host ports of a pod. */
interface Asked {
  readonly frontends: readonly Frontend[];
  readonly slices: readonly EndpointSlice[];
  readonly affinity: boolean;
  /** Null for host ports. */
  readonly service: Service | null;
}

/**
 * Every source asks every frontend of these Services, and of the pods with a hostPort.
 * @param hostPorts those of pods that shall be asked
 */
export function makeProbes(
  world: CheckWorld,
  namespaces: OpenNamespaces,
  wanted: readonly Service[],
  hostPorts: readonly HostPorts[],
): Probe[] {
  const { lab, snapshot, pods, sources, plans } = world;
  const { services } = snapshot;
  const listeners = listenersOf(pods, services);
  const { topology } = lab.spec;
  const balancer = balancerOf(balance(snapshot, topology.nodes), topology.fabricAddresses);
  const slicesOf = slicesByService(snapshot.endpointSlices);
  const asked: Asked[] = [
    ...wanted.map((service) => ({
      frontends: listFrontends([service], topology.nodes),
      slices: slicesOf.get(keyOf(service)) ?? [],
      affinity: service.spec.sessionAffinity === 'ClientIP',
      service,
    })),
    ...hostPorts.map(({ frontends, slices }) => ({ frontends, slices, affinity: false, service: null })),
  ];
  return asked.flatMap(({ frontends, slices, affinity, service }) => {
    const askers = chooseAskers(slices, sources);
    return frontends.filter(isAskable).flatMap((frontend) =>
      askers
        .filter(({ source }) => source.addresses.some((own) => sameFamily(own, frontend.address)))
        .map(({ role, source }): Probe => {
          const expectation = expect(plans, balancer, source, frontend, listeners);
          const remedy = service ? explain(expectation, { service, frontend, slices, pods, services }) : '';
          return { source, role, sockets: namespaces.sockets(source.netns), frontend, expectation, remedy, affinity };
        }),
    );
  });
}

/** Every pod of the lab with a hostPort. */
export const hostPortsOfLab = ({ lab, pods }: CheckWorld): HostPorts[] => listHostPorts(pods, lab.spec.topology.nodes);
