// random-slices.ts - random EndpointSlices of a Service: endpoints in every state, hints of every sort, ports that do not fit.
import { familyOf, isIPv6 } from '../../src/model/address.js';
import type { Endpoint, EndpointPort, EndpointSlice, ServicePort } from '../../src/model/objects.js';
import type { Pool } from './random-tables.js';
import type { Dice } from './seed.js';

const OWN_NODE = 'node-1';
const OTHER_NODES = ['node-2', 'node-3'] as const;
const ZONES = ['zone-a', 'zone-b', 'zone-c'] as const;
const TARGETS = [8080, 53] as const;

type Conditions = NonNullable<Endpoint['conditions']>;
type HintMode = 'none' | 'zones' | 'nodes' | 'partial';

/** What the endpoints of one Service are like; a mixture of all would seldom have no ready one. */
type State = 'ready' | 'mixed' | 'terminating' | 'dead' | 'unsaid';

const MIXTURE: readonly Conditions[] = [
  { ready: true, serving: true, terminating: false },
  { ready: true },
  { ready: false, serving: true, terminating: true },
  { ready: false, serving: false, terminating: true },
  { ready: false, serving: false, terminating: false },
  { ready: false },
  // publishNotReadyAddresses: ready although it terminates.
  { ready: true, serving: true, terminating: true },
  { ready: true, serving: false, terminating: false },
];

function conditions(dice: Dice, state: State): Conditions | undefined {
  if (state === 'unsaid') return dice.pick([undefined, {}]);
  if (state === 'ready') return { ready: true, serving: true, terminating: false };
  if (state === 'dead') return { ready: false, serving: false, terminating: false };
  if (state === 'terminating') return { ready: false, serving: dice.chance(70), terminating: true };
  return dice.pick(MIXTURE);
}

function hints(dice: Dice, mode: HintMode, node: string): Pick<Endpoint, 'hints'> {
  if (mode === 'none' || (mode === 'partial' && dice.chance(40))) return {};
  const forZones = dice.some(ZONES, 40).map((name) => ({ name }));
  const zones = forZones.length > 0 ? forZones : [{ name: dice.pick(ZONES) }];
  return { hints: { forZones: zones, ...(mode === 'nodes' ? { forNodes: [{ name: node }] } : {}) } };
}

function endpoint(dice: Dice, pool: Pool, state: State, mode: HintMode): Endpoint {
  const isLocal = dice.chance(50);
  const node = isLocal ? OWN_NODE : dice.pick(OTHER_NODES);
  const said = conditions(dice, state);
  const more = dice.chance(5) ? [dice.pick(pool.strangers)] : [];
  return {
    addresses: [dice.pick(isLocal ? pool.localPods : pool.remotePods), ...more],
    zone: dice.pick(ZONES),
    ...(dice.chance(95) ? { nodeName: node } : {}),
    ...(said ? { conditions: said } : {}),
    ...hints(dice, mode, node),
  };
}

/** Mostly those of the Service; now and then one is missing, has no number, or another protocol. */
function portsOf(dice: Dice, ports: readonly ServicePort[]): EndpointPort[] {
  return ports.flatMap(({ name, protocol = 'TCP' }): EndpointPort[] => {
    if (dice.chance(4)) return [];
    const port: EndpointPort = { name: name ?? '', protocol: dice.chance(3) ? 'TCP' : protocol };
    return [dice.chance(3) ? port : { ...port, port: dice.pick(TARGETS) }];
  });
}

/** The slices of one family of one Service; an address is in one of them only, or terminates in the other. */
export function randomSlices(dice: Dice, pool: Pool, name: string, ports: readonly ServicePort[]): EndpointSlice[] {
  const state = dice.pick(['ready', 'ready', 'ready', 'mixed', 'mixed', 'terminating', 'dead', 'unsaid'] as const);
  const mode = dice.pick(['none', 'none', 'zones', 'nodes', 'partial'] as const);
  const seen = new Set<string>();
  return Array.from({ length: dice.pick([0, 1, 1, 1, 1, 2, 3]) }, (_, i): EndpointSlice => {
    const all = Array.from({ length: dice.pick([0, 1, 1, 2, 4]) }, () => endpoint(dice, pool, state, mode));
    const endpoints = all.filter(({ addresses: [address = ''] }) => !seen.has(address) && seen.add(address));
    const labels: Record<string, string> = { 'kubernetes.io/service-name': name };
    if (dice.chance(3)) labels['service.kubernetes.io/headless'] = '';
    return {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-${isIPv6(pool.nodes[0] ?? '') ? 'six' : 'four'}-${i}`, namespace: 'default', labels },
      addressType: dice.chance(2) ? 'FQDN' : familyOf(pool.nodes[0] ?? ''),
      endpoints,
      ports: portsOf(dice, ports),
    };
  });
}
