// hostports.ts - pods with a hostPort as something that can be asked: where they answer, and who they are.
import { isIPv6, sameFamily } from '../model/address.js';
import type { EndpointSlice, KubeObject, Pod } from '../model/objects.js';
import { hasHostPort, hostPortsOf } from '../plan/hostports.js';
import type { Frontend } from './frontends.js';

/** The host ports of one pod. */
export interface HostPorts {
  /** `namespace/name` of the pod. */
  readonly owner: string;
  readonly frontends: readonly Frontend[];
  /** The pod as the only endpoint, as a slice would name it. */
  readonly slices: readonly EndpointSlice[];
}

interface NodeAddresses {
  readonly name: string;
  readonly addresses: readonly string[];
}

const isAnywhere = (hostIP: string): boolean => hostIP === '' || hostIP === '0.0.0.0' || hostIP === '::';

function hostPortsOfPod(pod: Pod, node: NodeAddresses, ips: readonly string[]): HostPorts {
  const { namespace = 'default', name } = pod.metadata;
  const owner = `${namespace}/${name}`;
  const frontends = hostPortsOf(pod).flatMap(({ name: portName = '', hostPort = 0, hostIP = '', protocol = 'TCP' }) =>
    node.addresses
      .filter((address) => ips.some((ip) => sameFamily(ip, address)))
      .filter((address) => (isAnywhere(hostIP) ? hostIP === '' || sameFamily(hostIP, address) : hostIP === address))
      .map(
        (address): Frontend => ({
          kind: 'HostPort',
          service: owner,
          portName,
          servicePort: hostPort,
          node: node.name,
          address,
          port: hostPort,
          protocol,
        }),
      ),
  );
  const slices = ips.map(
    (ip): EndpointSlice => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { namespace, name },
      addressType: isIPv6(ip) ? 'IPv6' : 'IPv4',
      ports: [],
      endpoints: [{ addresses: [ip], nodeName: node.name, targetRef: { kind: 'Pod', namespace, name } }],
    }),
  );
  return { owner, frontends, slices };
}

/** Every pod with a hostPort that runs on one of the nodes. */
export function listHostPorts(pods: readonly KubeObject[], nodes: readonly NodeAddresses[]): HostPorts[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return (pods as readonly Pod[]).filter(hasHostPort).flatMap((pod) => {
    const node = byName.get(pod.spec.nodeName ?? '');
    const ips = (pod.status?.podIPs ?? []).map(({ ip }) => ip);
    return node && ips.length > 0 ? [hostPortsOfPod(pod, node, ips)] : [];
  });
}
