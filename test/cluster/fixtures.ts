// fixtures.ts - clusters and objects that the tests of this folder share.
import { type Cluster, type ClusterOptions, createCluster } from '../../src/cluster/cluster.js';
import type { StatusError } from '../../src/cluster/status.js';
import type { KubeObject, Node, Pod, Service, ServiceSpec } from '../../src/model/objects.js';
import type { Timer } from '../../src/model/timer.js';

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

/** A clock that stands still until a test moves it, and the timers that run by it. */
export class ManualClock {
  #now = CLOCK().getTime();
  readonly #timers = new Set<{ readonly due: number; readonly work: () => void }>();

  readonly clock = (): Date => new Date(this.#now);
  readonly timer: Timer = (ms, work) => {
    const entry = { due: this.#now + ms, work };
    this.#timers.add(entry);
    return () => void this.#timers.delete(entry);
  };

  /** Moves on, from one timer to the next, and lets the cluster settle after each. */
  async advance(seconds: number, cluster: Cluster): Promise<void> {
    const end = this.#now + 1000 * seconds;
    await cluster.settled();
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.due <= end).sort((a, b) => a.due - b.due)[0];
      if (!due) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.due);
      due.work();
      await cluster.settled();
    }
    this.#now = end;
  }
}

/** Applies objects, all of which must be taken, and waits until no controller has work left or has failed. */
export async function applied(cluster: Cluster, ...objects: KubeObject[]): Promise<void> {
  const { refused } = cluster.apply(objects);
  const messages = refused.map(({ error }) => error.message);
  if (messages.length > 0) throw new Error(messages.join('; '));
  await settled(cluster);
}

/** Waits until no controller has work left; none may have failed. */
export async function settled(cluster: Cluster): Promise<void> {
  await cluster.settled();
  const failures = [...cluster.failures()].map(([what, why]) => `${what}: ${why}`);
  if (failures.length > 0) throw new Error(failures.join('; '));
}

/** `Normal ScalingReplicaSet deployment/web: Scaled up …`, sorted by time, for what is told about objects of a kind. */
export function eventsAbout(cluster: Cluster, kind: string, name?: string): string[] {
  return cluster.store
    .list<KubeObject & Record<string, string> & { involvedObject: { kind: string; name: string } }>('Event')
    .filter(({ involvedObject: about }) => about.kind === kind && (name === undefined || about.name === name))
    .toSorted((a, b) => (stamp(a) < stamp(b) ? -1 : 1))
    .map(({ type, reason, message }) => `${type} ${reason} ${message}`);
}

/** The time in an Event's name, which is finer than the others. */
const stamp = ({ metadata }: KubeObject): string => metadata.name.split('.').at(-1) ?? '';
