// many-services.ts - as many Services as one likes, as a cluster would record them: every kind, five endpoints each.
import type { EndpointSlice, KubeObject, Node, Service } from '../../src/model/objects.js';

const ENDPOINTS = 5;
const NODES = ['node-1', 'node-2', 'node-3'];

/** Number n as the last two bytes of an address. */
const two = (n: number): string => `${n >> 8}.${n & 255}`;

function service(i: number): Service {
  const isExternal = i % 5 === 0;
  const clusterIP = `10.96.${two(i + 256)}`;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `s${i}`, namespace: 'many' },
    spec: {
      type: isExternal && i % 2 === 0 ? 'LoadBalancer' : isExternal ? 'NodePort' : 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: ['IPv4'],
      internalTrafficPolicy: 'Cluster',
      ...(isExternal ? { externalTrafficPolicy: i % 3 === 0 ? 'Local' : 'Cluster' } : {}),
      ports: [
        {
          name: 'http',
          protocol: 'TCP',
          port: 80,
          targetPort: 8080,
          ...(isExternal ? { nodePort: 30_000 + i / 5 } : {}),
        },
      ],
    },
    status: { loadBalancer: isExternal && i % 2 === 0 ? { ingress: [{ ip: `172.16.${two(i)}` }] } : {} },
  };
}

function slice(i: number): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `s${i}-1`, namespace: 'many', labels: { 'kubernetes.io/service-name': `s${i}` } },
    addressType: 'IPv4',
    endpoints: Array.from({ length: ENDPOINTS }, (_, e) => {
      const n = i * ENDPOINTS + e;
      const node = n % NODES.length;
      return {
        addresses: [`10.${100 + node}.${two(n)}`],
        nodeName: NODES[node] ?? '',
        conditions: { ready: true, serving: true, terminating: false },
      };
    }),
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  };
}

const node = (name: string, i: number): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: {} },
  spec: { podCIDRs: [`10.${100 + i}.0.0/16`] },
  status: { addresses: [{ type: 'InternalIP', address: `192.168.0.${11 + i}` }] },
});

/** Three nodes, and Services s0 … of namespace `many`, one in five with a NodePort, one in ten with a load-balancer address. */
export const manyServices = (count: number): KubeObject[] => [
  ...NODES.map(node),
  ...Array.from({ length: count }, (_, i) => [service(i), slice(i)]).flat(),
];
