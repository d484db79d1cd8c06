// random-cluster.ts - random clusters as objects: Services of every kind and field that kube-proxy reads.
import { familyOf } from '../../src/model/address.js';
import type {
  ClusterSnapshot,
  LoadBalancerIngress,
  Protocol,
  Service,
  ServicePort,
  ServiceSpec,
} from '../../src/model/objects.js';
import { randomSlices } from './random-slices.js';
import { NODE_PORTS, POOLS, type Pool, SERVICE_PORTS } from './random-tables.js';
import type { Dice } from './seed.js';

const PROTOCOLS: readonly Protocol[] = ['TCP', 'UDP', 'SCTP'];
const KINDS = [
  ...['ClusterIP', 'ClusterIP', 'NodePort', 'NodePort', 'LoadBalancer', 'LoadBalancer', 'LoadBalancer'],
  ...['ExternalName', 'Headless'],
] as const;
type Kind = (typeof KINDS)[number];

/** What is taken: the API server never lets two Services have the same. */
class Taken {
  readonly #keys = new Set<string>();

  claim(...keys: readonly string[]): boolean {
    if (keys.some((key) => this.#keys.has(key))) return false;
    for (const key of keys) this.#keys.add(key);
    return true;
  }
}

/** One to three ports; the first that cannot be had ends the list. */
function randomPorts(dice: Dice, taken: Taken, kind: Kind, addresses: readonly string[]): ServicePort[] {
  const ports: ServicePort[] = [];
  const wanted = dice.pick([1, 1, 2, 3]);
  for (let i = 0; i < wanted; i++) {
    const protocol = dice.pick(PROTOCOLS);
    const port = dice.pick(SERVICE_PORTS);
    const nodePort = dice.pick(NODE_PORTS);
    const hasNodePort = kind === 'NodePort' || (kind === 'LoadBalancer' && dice.chance(85));
    const keys = addresses.map((address) => `${address} ${port} ${protocol}`);
    if (!taken.claim(...keys, ...(hasNodePort ? [`node ${nodePort} ${protocol}`] : []))) break;
    const name = wanted > 1 ? { name: `p${i}` } : {};
    ports.push({ ...name, port, protocol, targetPort: port, ...(hasNodePort ? { nodePort } : {}) });
  }
  return ports;
}

function randomRanges(dice: Dice, pools: readonly Pool[]): string[] {
  const [pool] = pools;
  const bits = familyOf(pool?.nodes[0] ?? '') === 'IPv6' ? 128 : 32;
  const client = `${pool?.clients[0]}/${bits}`;
  return dice.pick([
    [client],
    [` ${client} `, '10.244.0.0/16'],
    [`${pool?.nodes[0]}/${bits}`],
    ['0.0.0.0/0', '::/0'],
    // Only of the other family: no filter at all.
    [bits === 32 ? '2001:db8:99::/64' : '198.18.0.0/15'],
    ['10.244.0.0/16', 'fd00:10:244::/48'],
  ]);
}

function policies(dice: Dice, kind: Kind, pools: readonly Pool[]): Partial<ServiceSpec> {
  const sticky = dice.chance(25);
  const external = dice.chance(40) ? 'Local' : 'Cluster';
  const config = { sessionAffinityConfig: { clientIP: { timeoutSeconds: dice.pick([1, 10, 10_800]) } } };
  return {
    internalTrafficPolicy: dice.chance(25) ? 'Local' : 'Cluster',
    externalTrafficPolicy: external,
    sessionAffinity: sticky ? 'ClientIP' : 'None',
    ...(sticky ? config : {}),
    ...(kind === 'LoadBalancer' && external === 'Local' ? { healthCheckNodePort: dice.pick([31_000, 31_001]) } : {}),
    ...(kind === 'LoadBalancer' && dice.chance(45) ? { loadBalancerSourceRanges: randomRanges(dice, pools) } : {}),
  };
}

/** Some for a Service that has no right to any: kube-proxy believes the status. */
function randomIngress(dice: Dice, kind: Kind, addresses: readonly string[]): LoadBalancerIngress[] {
  if (kind !== 'LoadBalancer' && !dice.chance(10)) return [];
  const list = addresses.map((ip): LoadBalancerIngress => ({ ip, ipMode: dice.chance(85) ? 'VIP' : 'Proxy' }));
  return dice.chance(8) ? [...list, { hostname: 'lb.example.com' }] : list;
}

function addressesOf(dice: Dice, kind: Kind, pools: readonly Pool[]): Partial<ServiceSpec> {
  if (kind === 'ExternalName') return { externalName: 'example.com' };
  const clusterIPs = kind === 'Headless' ? ['None'] : pools.map((pool) => dice.pick(pool.clusterIps));
  return { clusterIP: clusterIPs[0] ?? '', clusterIPs, ipFamilies: pools.map(({ nodes }) => familyOf(nodes[0] ?? '')) };
}

/** Addresses from outside, most of them of the Service's families, now and then the node's own. */
function outsideOf(dice: Dice, pools: readonly Pool[], percent: number): string[] {
  const own = pools.flatMap((pool) => dice.some(pool.externalIps, percent));
  return dice.chance(4) ? [...own, pools[0]?.nodes[0] ?? ''] : own;
}

function service(dice: Dice, pools: readonly Pool[], taken: Taken, name: string): Service | null {
  const kind = dice.pick(KINDS);
  const addresses = addressesOf(dice, kind, pools);
  const external = dice.chance(30) ? outsideOf(dice, pools, 40) : [];
  const balanced = outsideOf(dice, pools, 50).filter((address) => !external.includes(address));
  const ingress = randomIngress(dice, kind, balanced);
  const captured = ingress.flatMap(({ ip }) => (ip ? [ip] : []));
  const ports = randomPorts(dice, taken, kind, [...(addresses.clusterIPs ?? []), ...external, ...captured]);
  if (ports.length === 0) return null;
  const labels = dice.chance(4) ? { labels: { 'service.kubernetes.io/service-proxy-name': 'other' } } : {};
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', ...labels },
    spec: {
      type: kind === 'Headless' ? 'ClusterIP' : kind,
      ...addresses,
      ports,
      ...policies(dice, kind, pools),
      ...(external.length > 0 ? { externalIPs: external } : {}),
    },
    status: { loadBalancer: ingress.length > 0 ? { ingress } : {} },
  };
}

/** A snapshot with a few Services of one family or both. */
export function randomCluster(dice: Dice): ClusterSnapshot {
  const taken = new Taken();
  const services: Service[] = [];
  const slices: ClusterSnapshot['endpointSlices'][number][] = [];
  for (let i = dice.between(1, 8); i > 0; i--) {
    const first = dice.below(POOLS.length);
    const pools = [POOLS[first], ...(dice.chance(25) ? [POOLS[1 - first]] : [])].filter((pool) => pool !== undefined);
    const made = service(dice, pools, taken, `s${i}`);
    if (!made) continue;
    services.push(made);
    for (const pool of pools) slices.push(...randomSlices(dice, pool, `s${i}`, made.spec.ports ?? []));
  }
  return { services, endpointSlices: slices, nodes: [] };
}
