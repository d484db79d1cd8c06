// sample.ts - short ways to write Services, slices, nodes and attachments in tests.
import type { Endpoint, EndpointSlice, Service, ServicePort, ServiceSpec } from '../../src/model/objects.js';
import { DEFAULT_CONFIG } from '../../src/plan/config.js';
import type { Attachment, NodePlan, NodeView, PlanEndpoint, ProxyConfig } from '../../src/plan/plan.js';
import { planNode } from '../../src/plan/planner.js';

export const NODE: NodeView = {
  name: 'n1',
  id: 1,
  nodeIPs: ['192.168.7.1', 'fd07::1'],
  localAddresses: ['192.168.7.1', '192.168.8.1', 'fd07::1', '127.0.0.1', '::1'],
  labels: { 'topology.kubernetes.io/zone': 'east' },
  podCIDRs: ['10.9.1.0/24'],
};

export const CONFIG: ProxyConfig = { ...DEFAULT_CONFIG, clusterCIDR: ['10.9.0.0/16', 'fd09::/48'] };

export function service(name: string, spec: ServiceSpec, ports: ServicePort[] = [{ name: 'web', port: 80 }]): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' }, spec: { ...spec, ports } };
}

/** A load balancer gave the Service these addresses. */
export function withIngress(service: Service, ...ips: string[]): Service {
  return { ...service, status: { loadBalancer: { ingress: ips.map((ip) => ({ ip, ipMode: 'VIP' })) } } };
}

export function slice(service: string, endpoints: Endpoint[], more: Partial<EndpointSlice> = {}): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${service}-1`, namespace: 'shop', labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    ports: [{ name: 'web', protocol: 'TCP', port: 8080 }],
    ...more,
    endpoints,
  };
}

export const on = (nodeName: string, address: string, conditions: Endpoint['conditions'] = {}): Endpoint => ({
  addresses: [address],
  nodeName,
  conditions,
});

export function plan(
  services: Service[],
  slices: EndpointSlice[],
  config: Partial<ProxyConfig> = {},
  previous?: NodePlan,
): NodePlan {
  const snapshot = { services, endpointSlices: slices, nodes: [] };
  return planNode(snapshot, NODE, { ...CONFIG, ...config }, previous);
}

/** `address:port` of the endpoints of a list. */
export const texts = (list: readonly PlanEndpoint[] | null | undefined): string[] =>
  (list ?? []).map(({ address, port }) => `${address}:${port}`);

export const ATTACHMENT: Attachment = {
  mac: '02:00:00:00:00:01',
  ports: [
    { kind: 'HOST', name: 'node/n1', mac: '02:01:00:00:00:01', mtu: 1500, id: 1 },
    { kind: 'UPLINK', name: 'uplink', mac: '02:00:00:00:00:02', mtu: 1500, id: 2, peer: 0 },
  ],
  routes: [
    { prefix: '192.168.7.1/32', kind: 'LOCAL', port: 0, nextHop: -1 },
    { prefix: '10.9.1.0/24', kind: 'UNREACHABLE', port: -1, nextHop: -1 },
    { prefix: '0.0.0.0/0', kind: 'FORWARD', port: 1, nextHop: 0 },
    { prefix: '::/0', kind: 'FORWARD', port: 1, nextHop: 0 },
  ],
  egressMasquerade: false,
  egressKeep: [],
  router: false,
  snatPorts: [1024, 65535],
  spread: [],
  proxied: [],
};
