// cluster.ts - a cluster of N Services as data: what compile and lookup suites are measured on.
import { formatAddress, fromBigInt, mustAddress, toBigInt } from '../src/model/address.js';
import type { ClusterSnapshot, EndpointSlice, Service } from '../src/model/objects.js';

const offset = (first: string, n: number): string =>
  formatAddress(fromBigInt('IPv4', toBigInt(mustAddress(first)) + BigInt(n)));

/** `services` ClusterIP Services of one TCP port with `endpoints` ready endpoints each, half of them on node-1. */
export function makeCluster(services: number, endpoints: number): ClusterSnapshot {
  const objects: Service[] = [];
  const slices: EndpointSlice[] = [];
  for (let s = 0; s < services; s++) {
    const name = `service-${s}`;
    const clusterIP = offset('10.96.0.1', s);
    objects.push({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'default' },
      spec: {
        type: 'ClusterIP',
        clusterIP,
        clusterIPs: [clusterIP],
        ipFamilies: ['IPv4'],
        sessionAffinity: 'None',
        internalTrafficPolicy: 'Cluster',
        ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080 }],
      },
    });
    slices.push({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: Array.from({ length: endpoints }, (_, e) => ({
        addresses: [offset('10.244.0.1', s * endpoints + e)],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: `node-${(e % 2) + 1}`,
      })),
      ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
    });
  }
  return { services: objects, endpointSlices: slices, nodes: [] };
}
