// random-cluster.ts - random clusters as objects: Services of every kind, endpoints in every state, policies, hints, affinity.
import type {
  ClusterSnapshot,
  Endpoint,
  EndpointSlice,
  Protocol,
  Service,
  ServiceSpec,
} from '../../src/model/objects.js';
import { NODE_PORTS, POOLS, type Pool, SERVICE_PORTS } from './random-tables.js';
import type { Dice } from './seed.js';

const NODES = ['node-1', 'node-2', 'node-3'] as const;
const ZONES = ['zone-a', 'zone-b', 'zone-c'] as const;
const PROTOCOLS: readonly Protocol[] = ['TCP', 'UDP', 'SCTP'];

/** What is taken: the API server never lets two Services have the same. */
class Taken {
  readonly #keys = new Set<string>();

  claim(...keys: readonly string[]): boolean {
    if (keys.some((key) => this.#keys.has(key))) return false;
    for (const key of keys) this.#keys.add(key);
    return true;
  }
}

function endpoint(dice: Dice, pool: Pool): Endpoint {
  const isLocal = dice.chance(50);
  const address = dice.pick(isLocal ? pool.localPods : pool.remotePods);
  const terminating = dice.chance(25);
  const serving = dice.chance(75);
  const hints = dice.chance(30) ? { hints: { forZones: [{ name: dice.pick(ZONES) }] } } : {};
  return {
    addresses: [address],
    nodeName: isLocal ? 'node-1' : dice.pick(NODES.slice(1)),
    conditions: { ready: serving && !terminating, serving, terminating },
    ...hints,
  };
}

function slice(dice: Dice, pool: Pool, name: string, protocol: Protocol): EndpointSlice {
  const all = Array.from({ length: dice.pick([0, 1, 1, 2, 4]) }, () => endpoint(dice, pool));
  const unique = new Map(all.map((each) => [each.addresses[0], each]));
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    addressType: pool.nodes[0]?.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: [...unique.values()],
    ports: [{ name: '', port: dice.pick([8080, 53]), protocol }],
  };
}

function policies(dice: Dice, pool: Pool): Partial<ServiceSpec> {
  const ranges = dice.some([`${pool.clients[0]}/${pool.nodes[0]?.includes(':') ? 128 : 32}`, '10.244.0.0/16'], 30);
  return {
    internalTrafficPolicy: dice.chance(25) ? 'Local' : 'Cluster',
    externalTrafficPolicy: dice.chance(40) ? 'Local' : 'Cluster',
    sessionAffinity: dice.chance(25) ? 'ClientIP' : 'None',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: dice.pick([1, 10, 10_800]) } },
    ...(ranges.length > 0 ? { loadBalancerSourceRanges: ranges } : {}),
  };
}

function service(dice: Dice, pool: Pool, taken: Taken, name: string, protocol: Protocol): Service | null {
  const clusterIP = dice.pick(pool.clusterIps);
  const port = dice.pick(SERVICE_PORTS);
  const type = dice.pick(['ClusterIP', 'NodePort', 'LoadBalancer'] as const);
  const nodePort = dice.pick(NODE_PORTS);
  const external = dice.pick(pool.externalIps);
  const hasExternal = dice.chance(25);
  const keys = [`${clusterIP} ${port} ${protocol}`];
  if (type !== 'ClusterIP') keys.push(`node ${nodePort} ${protocol}`);
  if (hasExternal || type === 'LoadBalancer') keys.push(`${external} ${port} ${protocol}`);
  if (!taken.claim(...keys)) return null;
  const balanced = type === 'LoadBalancer';
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: {
      type,
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: [clusterIP.includes(':') ? 'IPv6' : 'IPv4'],
      ports: [{ port, protocol, ...(type === 'ClusterIP' ? {} : { nodePort }) }],
      ...policies(dice, pool),
      ...(hasExternal && !balanced ? { externalIPs: [external] } : {}),
    },
    status: { loadBalancer: balanced ? { ingress: [{ ip: external, ipMode: 'VIP' }] } : {} },
  };
}

/** A snapshot with a few Services of both families. */
export function randomCluster(dice: Dice): ClusterSnapshot {
  const taken = new Taken();
  const services: Service[] = [];
  const endpointSlices: EndpointSlice[] = [];
  for (let i = dice.between(1, 8); i > 0; i--) {
    const pool = dice.pick(POOLS);
    const protocol = dice.pick(PROTOCOLS);
    const made = service(dice, pool, taken, `s${i}`, protocol);
    if (!made) continue;
    services.push(made);
    if (dice.chance(90)) endpointSlices.push(slice(dice, pool, `s${i}`, protocol));
  }
  return { services, endpointSlices, nodes: [] };
}
