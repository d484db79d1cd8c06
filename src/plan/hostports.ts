// hostports.ts - what a node does for hostPorts of its pods: as the CNI plugin portmap, beside kube-proxy.
//
// Source: containernetworking/plugins, plugins/meta/portmap: portmap_iptables.go and portmap_nftables.go (v1.9).
import {
  canonicalAddress,
  contains,
  type Family,
  familyOf,
  formatEndpoint,
  hostCidr,
  mustAddress,
  mustCidr,
} from '../model/address.js';
import { isPodOver } from '../model/conditions.js';
import type { ContainerPort, KubeObject, Pod } from '../model/objects.js';
import type { NodeView, PlanEndpoint, PlanFrontend, PlanServicePort, ProxyMode, ServicePlan } from './plan.js';

const UNSPECIFIED: ReadonlySet<string> = new Set(['', '0.0.0.0', '::']);

/** The ports that a pod asks of its node. Sidecars are init containers that go on running. */
export const hostPortsOf = ({ spec }: Pod): ContainerPort[] =>
  [
    ...(spec?.containers ?? []),
    ...(spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always'),
  ].flatMap(({ ports }) => (ports ?? []).filter(({ hostPort }) => hostPort));

/** A pod in the node's own network listens there itself: nothing leads to it. */
export const hasHostPort = (object: KubeObject): boolean => {
  const pod = object as Pod;
  return !pod.spec?.hostNetwork && hostPortsOf(pod).length > 0;
};

/**
 * Whose packets get the node's address: those of the pod itself, whose answers would else never leave it, and of
 * 127.0.0.1, to which nobody could answer. The rules of iptables take the pod's whole range for the pod.
 */
function masqueraded(address: string, family: Family, node: NodeView, mode: ProxyMode): string[] {
  const range = node.podCIDRs.find((text) => contains(mustCidr(text), mustAddress(address)));
  const own = mode === 'nftables' || range === undefined ? hostCidr(address) : range;
  return family === 'IPv4' ? [own, hostCidr('127.0.0.1')] : [own];
}

/** The one endpoint of a hostPort. */
const endpointOf = (address: string, port: number, nodeName: string): PlanEndpoint => ({
  name: formatEndpoint(address, port),
  address,
  port,
  local: true,
  ready: true,
  serving: true,
  terminating: false,
  weight: 1,
  nodeName,
  zoneHints: [],
  nodeHints: [],
});

function planPort(pod: Pod, port: ContainerPort, address: string, node: NodeView, mode: ProxyMode): PlanServicePort {
  const { namespace = 'default', name } = pod.metadata;
  const { hostPort = 0, hostIP = '', protocol = 'TCP' } = port;
  const family = familyOf(address);
  const endpoints = [endpointOf(address, port.containerPort, node.name)];
  return {
    // Not the name of the pod: flows to the pod that had the port before must be found.
    name: UNSPECIFIED.has(hostIP) ? `hostPort ${hostPort}` : `hostPort ${formatEndpoint(hostIP, hostPort)}`,
    namespace,
    service: name,
    portName: port.name ?? '',
    protocol,
    family,
    port: hostPort,
    clusterIP: '',
    internalLocal: false,
    externalLocal: false,
    hasAnyEndpoints: true,
    allEndpoints: endpoints,
    clusterEndpoints: endpoints,
    localEndpoints: [],
    servingEndpoints: endpoints,
    sourceRanges: masqueraded(address, family, node, mode),
    affinitySeconds: 0,
    scheduler: '',
    isHostPort: true,
  };
}

function planPod(pod: Pod, node: NodeView, mode: ProxyMode): ServicePlan {
  const owner = `${pod.metadata.namespace ?? 'default'}/${pod.metadata.name}`;
  const ports: PlanServicePort[] = [];
  const frontends: PlanFrontend[] = [];
  for (const { ip } of pod.status?.podIPs ?? []) {
    const family = familyOf(ip);
    for (const port of hostPortsOf(pod)) {
      const { hostPort = 0, hostIP = '', protocol = 'TCP' } = port;
      const everywhere = UNSPECIFIED.has(hostIP);
      // An address of the other family belongs to the pod's other address. `0.0.0.0` is one of IPv4.
      if (hostIP !== '' && familyOf(hostIP) !== family) continue;
      const address = everywhere ? '' : (canonicalAddress(hostIP, family) ?? hostIP);
      frontends.push({
        kind: 'HostPort',
        family,
        address,
        port: hostPort,
        protocol,
        service: ports.length,
        firewall: false,
        owner,
      });
      ports.push(planPort(pod, port, ip, node, mode));
    }
  }
  return { owner, ports, frontends };
}

/**
 * Whose rules are asked first. Chains of iptables are: kube-proxy's rules stand before those of portmap. Of two chains of
 * nft with the same priority it is the one that was made last, and portmap's table comes with the first hostPort.
 */
export const inOrder = <T>(mode: ProxyMode, services: readonly T[], hostPorts: readonly T[]): readonly T[] =>
  mode === 'nftables' ? [...hostPorts, ...services] : [...services, ...hostPorts];

/** The host ports of a node's pods, the youngest pod first: with portmap the last one wins. */
export function planHostPorts(pods: readonly KubeObject[], node: NodeView, mode: ProxyMode): ServicePlan[] {
  const born = ({ metadata }: Pod): string => `${metadata.creationTimestamp ?? ''} ${metadata.name}`;
  return (pods as readonly Pod[])
    .filter((pod) => pod.spec?.nodeName === node.name && hasHostPort(pod) && !isPodOver(pod))
    .sort((a, b) => (born(a) < born(b) ? 1 : -1))
    .map((pod) => planPod(pod, node, mode))
    .filter(({ ports }) => ports.length > 0);
}
