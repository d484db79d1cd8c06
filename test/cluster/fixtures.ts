// fixtures.ts - clusters and objects that the tests of this folder share.
import { type Cluster, type ClusterOptions, createCluster } from '../../src/cluster/cluster.js';
import type { StatusError } from '../../src/cluster/status.js';
import type { KubeObject, Node, Pod, Service, ServiceSpec } from '../../src/model/objects.js';

export const CLOCK = () => new Date('2026-01-01T00:00:00Z');

export function node(name: string, index: number, zone?: string): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, ...(zone ? { 'topology.kubernetes.io/zone': zone } : {}) },
    },
    spec: { podCIDRs: [`10.244.${index}.0/24`, `fd00:10:244:${index}::/64`] },
    status: {
      addresses: [{ type: 'InternalIP', address: `192.168.0.${10 + index}` }],
      conditions: [{ type: 'Ready', status: 'True' }],
      allocatable: { cpu: '2' },
    },
  };
}

/** A cluster of three nodes whose pods run at once. */
export function testCluster(options: Partial<ClusterOptions> = {}): Cluster {
  const cluster = createCluster({ clock: CLOCK, fakeKubelet: true, ...options });
  for (let i = 1; i <= 3; i++) cluster.store.create(node(`node-${i}`, i, `zone-${'abc'[i - 1]}`));
  return cluster;
}

export function service(name: string, spec: ServiceSpec = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }], ...spec },
  };
}

export function deployment(name: string, replicas: number, image = 'image:1', strategy?: object): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image, ports: [{ name: 'web', containerPort: 8080 }] }] },
      },
      ...(strategy ? { strategy } : {}),
    },
  };
}

export function pod(name: string, labels: Record<string, string>): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels },
    spec: { containers: [{ name: 'main', image: 'image:1', ports: [{ name: 'web', containerPort: 8080 }] }] },
  };
}

/** The refusal of a piece of work; fails when it is not refused. */
export function refusal(work: () => unknown): StatusError {
  try {
    work();
  } catch (error) {
    return error as StatusError;
  }
  throw new Error('nothing was refused');
}
