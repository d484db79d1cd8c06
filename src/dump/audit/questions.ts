// questions.ts - the packets by which an audit asks: each frontend of a plan, from a pod and from outside.
import { type Family, familyOf, mustAddress, mustCidr, toBigInt } from '../../model/address.js';
import type { NodePlan, PlanFrontend, PlanServicePort } from '../../plan/plan.js';
import { PROTOCOL } from '../../wire/headers.js';
import { intervalOf } from '../rules/numbers.js';
import type { Question } from '../walk/packet.js';

export interface Asking {
  readonly question: Question;
  readonly frontend: PlanFrontend;
  readonly service: PlanServicePort;
  /** `pods`, `clients from outside` */
  readonly who: string;
  /** `10.96.0.10:53/UDP` */
  readonly where: string;
}

/** Addresses of documentation: nobody's. */
const OUTSIDE: Readonly<Record<Family, string>> = { IPv4: '203.0.113.77', IPv6: '2001:db8::77' };

/** An address of the pods that is no endpoint's; null where nobody said which addresses pods have. */
function podAddress({ localDetector, services }: NodePlan, family: Family): bigint | null {
  const cidr = localDetector.find((text) => familyOf(text) === family);
  if (cidr === undefined) return null;
  const { first, last } = intervalOf(mustCidr(cidr));
  const taken = new Set(
    services
      .flatMap(({ allEndpoints }) => allEndpoints.map(({ address }) => address))
      .map((text) => toBigInt(mustAddress(text))),
  );
  let free = (last as bigint) - 1n;
  while (taken.has(free) && free > (first as bigint)) free--;
  return free;
}

/** Source ranges let in whom they will: such frontends are asked from inside alone. */
const sources = (
  pod: bigint | null,
  { firewall, kind, family }: PlanFrontend,
  { clusterEndpoints }: PlanServicePort,
): (readonly [string, bigint])[] => {
  const [endpoint] = clusterEndpoints;
  return [
    ...(pod === null ? [] : [['pods', pod] as const]),
    ...(kind === 'ClusterIP' && endpoint
      ? [['an endpoint itself', toBigInt(mustAddress(endpoint.address))] as const]
      : []),
    ...(firewall && pod !== null ? [] : [['clients from outside', toBigInt(mustAddress(OUTSIDE[family]))] as const]),
  ];
};

/** One address is enough for NodePorts: the first on which they answer and that is not loopback. */
function destinationOf(plan: NodePlan, { address, family }: PlanFrontend): string | null {
  if (address !== '') return address;
  const own = plan.localAddresses.find(
    ({ address: one, nodePort }) => nodePort && familyOf(one) === family && !/^(127\.|::1$)/.test(one),
  );
  return own?.address ?? null;
}

export function questionsOf(plan: NodePlan): Asking[] {
  const pods = { IPv4: podAddress(plan, 'IPv4'), IPv6: podAddress(plan, 'IPv6') };
  return plan.frontends.flatMap((frontend): Asking[] => {
    const service = plan.services[frontend.service];
    const destination = destinationOf(plan, frontend);
    if (!service || destination === null || frontend.kind === 'HealthCheck') return [];
    return sources(pods[frontend.family], frontend, service).map(([who, source]) => ({
      frontend,
      service,
      who,
      where: `${frontend.kind} ${destination}:${frontend.port}/${frontend.protocol}`,
      question: {
        family: frontend.family,
        protocol: PROTOCOL[frontend.protocol],
        source,
        destination: toBigInt(mustAddress(destination)),
        sourcePort: 40_000n,
        destinationPort: BigInt(frontend.port),
        inInterface: null,
        state: 'new',
      },
    }));
  });
}
