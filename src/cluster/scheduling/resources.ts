// resources.ts - what pods ask of their nodes: CPU, memory, a place, ports of the node; and what is left of it.
//
// As the plugins NodeResourcesFit and NodePorts of kube-scheduler. What a node does not say that it has is not limited.
import { isPodOver } from '../../model/conditions.js';
import type { Container, Node, Pod } from '../../model/objects.js';
import { parseQuantity } from '../../model/quantity.js';
import { hostPortsOf } from '../../plan/hostports.js';
import type { Store } from '../store.js';

interface Amounts {
  /** Thousandths of a CPU. */
  readonly cpu: number;
  /** Thousandths of a byte. */
  readonly memory: number;
}

const NONE: Amounts = { cpu: 0, memory: 0 };

const add = (a: Amounts, b: Amounts): Amounts => ({ cpu: a.cpu + b.cpu, memory: a.memory + b.memory });
const most = (a: Amounts, b: Amounts): Amounts => ({
  cpu: Math.max(a.cpu, b.cpu),
  memory: Math.max(a.memory, b.memory),
});

function requestOf({ resources }: Container): Amounts {
  const { requests, limits } = (resources ?? {}) as Record<'requests' | 'limits', Record<string, unknown> | undefined>;
  const amount = (name: string): number => parseQuantity(requests?.[name] ?? limits?.[name] ?? 0).milli;
  return { cpu: amount('cpu'), memory: amount('memory') };
}

const REQUESTS = new WeakMap<Pod['spec'], Amounts>();

/** Containers and sidecars run together; of what runs before them only the largest counts. */
function requests({ spec }: Pod): Amounts {
  const known = REQUESTS.get(spec);
  if (known) return known;
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const first = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy !== 'Always');
  const together = [...spec.containers, ...sidecars].map(requestOf).reduce(add, NONE);
  const all = most(together, first.map(requestOf).reduce(most, NONE));
  REQUESTS.set(spec, all);
  return all;
}

const ANY_ADDRESS = '0.0.0.0';

/** `TCP/8080 0.0.0.0`: protocol, port and address of the node that the pod takes, for each of its hostPorts. */
const takenBy = (pod: Pod): string[] =>
  hostPortsOf(pod).map(
    ({ hostPort, hostIP, protocol = 'TCP' }) =>
      `${protocol}/${hostPort} ${hostIP === '::' ? ANY_ADDRESS : hostIP || ANY_ADDRESS}`,
  );

/** Is one of the pod's hostPorts taken? The unspecified address is all of them (HostPortInfo.CheckConflict). */
export function lacksHostPort(pod: Pod, { ports }: Used): boolean {
  const held = [...ports].flatMap(([key, count]) => (count > 0 ? [key.split(' ') as [string, string]] : []));
  return takenBy(pod).some((key) => {
    const [port, address] = key.split(' ');
    return held.some(
      ([other, at]) => other === port && (at === address || at === ANY_ADDRESS || address === ANY_ADDRESS),
    );
  });
}

interface Used extends Amounts {
  readonly pods: number;
  readonly ports: ReadonlyMap<string, number>;
}

const EMPTY: Used = { ...NONE, pods: 0, ports: new Map() };

/** What is in use on each node, kept current by a watch. */
export class Usage {
  readonly #used = new Map<string, Used>();
  readonly stop: () => void;

  constructor(store: Store) {
    this.stop = store.watch(({ type, object, old }) => {
      if (old) this.#count(old as Pod, -1);
      if (type !== 'DELETED') this.#count(object as Pod, 1);
    }, 'Pod');
  }

  of(node: string): Used {
    return this.#used.get(node) ?? EMPTY;
  }

  #count(pod: Pod, sign: 1 | -1): void {
    const { nodeName } = pod.spec;
    if (!nodeName || isPodOver(pod)) return;
    const { cpu, memory } = requests(pod);
    const before = this.of(nodeName);
    const own = takenBy(pod);
    const ports = own.length > 0 ? new Map(before.ports) : before.ports;
    for (const port of own) (ports as Map<string, number>).set(port, (ports.get(port) ?? 0) + sign);
    this.#used.set(nodeName, {
      cpu: before.cpu + sign * cpu,
      memory: before.memory + sign * memory,
      pods: before.pods + sign,
      ports,
    });
  }
}

/** What the pod would lack on the node, in the words of kube-scheduler. */
export function shortages(pod: Pod, node: Node, used: Used): string[] {
  const has = node.status?.allocatable ?? node.status?.capacity ?? {};
  const wanted = requests(pod);
  const lacks: string[] = [];
  if (has.pods !== undefined && used.pods + 1 > parseQuantity(has.pods).milli / 1000) lacks.push('Too many pods');
  for (const name of ['cpu', 'memory'] as const)
    if (wanted[name] > 0 && has[name] !== undefined && used[name] + wanted[name] > parseQuantity(has[name]).milli)
      lacks.push(`Insufficient ${name}`);
  return lacks;
}
