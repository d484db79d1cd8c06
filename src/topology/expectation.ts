// expectation.ts - who should reach what: the expected outcome of a request to a frontend, from Service semantics.
//
// It walks the plans (plan/), not the tables, so that the dataplane can be checked against it. A request meets its
// source's node first. What no frontend there takes goes on to the node that owns the address, or to the load balancer.
import { type Cidr, contains, familyOf, mustAddress, mustCidr, sameFamily, splitEndpoint } from '../model/address.js';
import type { Protocol } from '../model/objects.js';
import type { NodePlan, PlanEndpoint, PlanFrontend, PlanServicePort } from '../plan/plan.js';
import type { Balancer, Proxying } from './balancer.js';
import type { Listeners } from './listening.js';

/** Where a request comes from. `node` names the node that it meets first; null for the outside. */
export interface Source {
  readonly kind: 'pod' | 'node' | 'client';
  /** `pod/ns/name`, `node/name`, `client/name` */
  readonly name: string;
  readonly node: string | null;
  readonly addresses: readonly string[];
}

/** The request. */
export interface Destination {
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
}

export type ExpectedOutcome = 'reached' | 'refused' | 'dropped';
/** `failed`: somebody took the connection and did not answer in HTTP, or the answer broke off. */
export type MetOutcome = ExpectedOutcome | 'failed';

export interface Expectation {
  readonly outcome: ExpectedOutcome;
  /** `address:port` of every endpoint that may answer; empty unless reached. */
  readonly backends: readonly string[];
  /** Addresses that the endpoint may see as the client's; empty unless reached. */
  readonly clients: readonly string[];
  /** The rule that decides. */
  readonly why: Why;
  /**
   * Other outcomes that are equally right: what a client sees of some refusals depends on the protocol and on chance.
   */
  readonly also: readonly MetOutcome[];
  /** Those of `backends` that will not answer although the tables send packets to them. */
  readonly silent: readonly string[];
}

/** The rule that decides a request, in a word or two. */
export type Why =
  | PlanFrontend['kind']
  | 'source ranges'
  | 'no endpoints'
  | 'no local endpoints'
  | 'answers go astray'
  | 'no node for the load balancer'
  | 'nodes disagree'
  | 'no address of the family'
  | 'nobody listens'
  | 'no route'
  /** The pod with the endpoint's address does not listen on its port. */
  | 'closed port'
  /** No pod of the lab has the endpoint's address. */
  | 'no answer';

const familyAddress = (addresses: readonly string[], like: string): string | undefined =>
  addresses.find((address) => sameFamily(address, like));

const inside = (ranges: readonly string[], address: string): boolean =>
  ranges.some((range) => contains(mustCidr(range), mustAddress(address)));

const nothing = (outcome: ExpectedOutcome, why: Why): Expectation => ({
  outcome,
  backends: [],
  clients: [],
  why,
  also: [],
  silent: [],
});

/** What accepts requests to a destination on a node, if anything does. */
export function frontendAt(plan: NodePlan, to: Destination): PlanFrontend | undefined {
  const matches = (frontend: PlanFrontend): boolean =>
    frontend.port === to.port && frontend.protocol === to.protocol && sameFamilyAs(frontend, to.address);
  const exact = plan.frontends.find((frontend) => frontend.address === to.address && matches(frontend));
  if (exact) return exact;
  const local = plan.localAddresses.find(({ address }) => address === to.address);
  const any = local && plan.frontends.find((frontend) => frontend.address === '' && matches(frontend));
  return any && (local.nodePort || any.kind === 'HostPort') ? any : undefined;
}

const sameFamilyAs = (frontend: PlanFrontend, address: string): boolean => familyOf(address) === frontend.family;

const isLocal = (plan: NodePlan, address: string): boolean =>
  plan.localAddresses.some((local) => local.address === address);

/** Checks source ranges, including the allowance for the Service's own load balancer addresses from a node in range. */
function firewalled(frontend: PlanFrontend, service: PlanServicePort, source: string): boolean {
  return frontend.firewall && service.sourceRanges.length > 0 && !inside(service.sourceRanges, source);
}

interface Match {
  readonly plan: NodePlan;
  readonly frontend: PlanFrontend;
  readonly service: PlanServicePort;
  readonly source: string;
  /** The detector says that the source is a pod of this cluster. */
  readonly isPod: boolean;
  /** The source is an address of this node. */
  readonly isNode: boolean;
}

function chosenList({ plan, frontend, service, isPod, isNode }: Match): readonly PlanEndpoint[] {
  // An ipvs virtual server has one list for everybody. In other modes pods and the node itself take a short cut.
  const isIpvs = plan.config.proxyMode === 'ipvs';
  const hasShortcut = !isIpvs && (isPod || isNode);
  const wantsLocal = frontend.kind === 'ClusterIP' ? service.internalLocal : service.externalLocal && !hasShortcut;
  const list = wantsLocal ? service.localEndpoints : service.clusterEndpoints;
  return list.length === 0 && wantsLocal && isIpvs ? service.clusterEndpoints : list;
}

/** True if the endpoint sees the node's address instead of the client's. */
function masquerades({ plan, frontend, service, source, isPod, isNode }: Match): boolean {
  if (frontend.kind === 'HostPort') return inside(service.sourceRanges, source);
  if (frontend.kind === 'ClusterIP') {
    return plan.config.masqueradeAll || (hasDetector(plan, frontend) && !isPod);
  }
  return service.externalLocal ? !isPod && isNode : true;
}

const hasDetector = (plan: NodePlan, frontend: PlanFrontend): boolean =>
  plan.localDetector.map(mustCidr).some((cidr: Cidr) => cidr.family === frontend.family);

/**
 * What one node does with a request that matches one of its frontends. `home`: the source is the node or one of its
 * pods.
 */
function decide(match: Match, home: boolean): Expectation {
  const { plan, frontend, service, source } = match;
  const mode = plan.config.proxyMode;
  if (mode === 'nftables' && firewalled(frontend, service, source)) return nothing('dropped', 'source ranges');
  if (!service.hasAnyEndpoints) return nothing('refused', 'no endpoints');
  if (mode !== 'nftables' && firewalled(frontend, service, source)) return nothing('dropped', 'source ranges');
  const list = chosenList(match);
  if (list.length === 0) return nothing('dropped', 'no local endpoints');
  const masquerade = masquerades(match);
  // Without masquerading, an endpoint elsewhere answers past this node and the answer is lost (ipvs, policy Local
  // without local endpoints: kube-proxy's sets KUBE-NODE-PORT-LOCAL-* are not masqueraded).
  if (!home && !masquerade && list.every((endpoint) => !endpoint.local)) return nothing('dropped', 'answers go astray');
  const own = familyAddress(plan.node.nodeIPs, source) ?? source;
  // Hairpin: a pod that is its own backend sees the node's address (kube-proxy marks the packet for masquerading).
  const hairpin = list.some((endpoint) => endpoint.address === source);
  const clients = masquerade ? [own] : hairpin ? [source, own] : [source];
  return {
    outcome: 'reached',
    backends: list.map((endpoint) => endpoint.name),
    clients,
    why: frontend.kind,
    also: [],
    silent: [],
  };
}

function matchAt(plan: NodePlan, source: string, to: Destination): Match | null {
  const frontend = frontendAt(plan, to);
  const service = frontend ? plan.services[frontend.service] : undefined;
  if (!frontend || !service) return null;
  const isPod = hasDetector(plan, frontend) && inside(plan.localDetector, source);
  return { plan, frontend, service, source, isPod, isNode: isLocal(plan, source) };
}

/** Several nodes may receive the request (load balancer): all of them reach endpoints, or give the same refusal. */
function combine(results: readonly Expectation[]): Expectation {
  const [first] = results;
  if (!first) return nothing('dropped', 'no node for the load balancer');
  if (results.some((result) => result.outcome !== first.outcome)) return nothing('dropped', 'nodes disagree');
  const union = (pick: (result: Expectation) => readonly string[]): string[] => [...new Set(results.flatMap(pick))];
  return { ...first, backends: union((result) => result.backends), clients: union((result) => result.clients) };
}

/** What the nodes do with a request that arrives from outside them. */
function arrived(plans: readonly NodePlan[], source: string, to: Destination): Expectation {
  return combine(
    plans.map((plan) => {
      const match = matchAt(plan, source, to);
      return match ? decide(match, false) : nothing('refused', 'nobody listens');
    }),
  );
}

/** The load balancer ends the connection: what comes of its own, which goes to the NodePort of a node. */
function proxied(plans: readonly NodePlan[], proxy: Proxying, seen: string, to: Destination): Expectation {
  const { nodePort, sourceRanges, own } = proxy;
  if (sourceRanges.length > 0 && !inside(sourceRanges, seen)) return nothing('dropped', 'source ranges');
  const source = familyAddress(own, to.address);
  if (nodePort === 0 || !source) return nothing('refused', 'nobody listens');
  const targets = plans.filter((plan) => proxy.nodes.includes(plan.node.name));
  if (targets.length === 0) return nothing('refused', 'no node for the load balancer');
  const each = targets.map((plan) => {
    const address = familyAddress(plan.node.nodeIPs, to.address) ?? '';
    return arrived([plan], source, { ...to, address, port: nodePort });
  });
  return combine(each);
}

/** What should become of a request, as far as the rules decide it. `plans` has one plan per node. */
function decided(plans: readonly NodePlan[], balancer: Balancer, from: Source, to: Destination): Expectation {
  const source = familyAddress(from.addresses, to.address);
  if (!source) return nothing('dropped', 'no address of the family');
  const home = plans.find((plan) => plan.node.name === from.node);
  const taken = home ? matchAt(home, source, to) : null;
  if (taken) return decide(taken, true);
  if (home && isLocal(home, to.address)) return nothing('refused', 'nobody listens');
  // When pods leave their node for another node's address, they keep their own (attachment.ts, egressKeep).
  const seen = home && from.kind === 'pod' ? (familyAddress(home.node.nodeIPs, source) ?? source) : source;
  const handling = balancer(to);
  if (handling && 'own' in handling) return proxied(plans, handling, seen, to);
  const targets = plans.filter((plan) =>
    handling ? handling.nodes.includes(plan.node.name) : isLocal(plan, to.address),
  );
  // The fabric has no route to an address that belongs to nobody, and says so (ICMP host unreachable).
  if (!handling && targets.length === 0) return nothing('refused', 'no route');
  return arrived(targets, seen, to);
}

/**
 * Where an unreachable host looks like silence: a UDP socket is not told of it (udp(7): only fatal errors reach it), and
 * Linux drops a node's own packet without a word if a rule sends it where no route leads (ip_route_me_harder).
 */
const unheard = (from: Source, to: Destination): readonly ExpectedOutcome[] =>
  to.protocol === 'UDP' || from.kind === 'node' ? ['dropped'] : [];

/** What becomes of a request that the rules send to endpoints, some or all of which do not answer. */
function answered(expectation: Expectation, from: Source, to: Destination, listeners: Listeners): Expectation {
  const { backends } = expectation;
  const found = backends.map((backend) => {
    const { address, port } = splitEndpoint(backend);
    return { backend, listener: listeners(address, port, to.protocol) };
  });
  const silent = found.filter(({ listener }) => listener === 'closed' || listener === 'nobody');
  const program = found.some(({ listener }) => listener === 'unknown');
  const nobody = silent.some(({ listener }) => listener === 'nobody');
  const also: MetOutcome[] = [
    ...(silent.length > 0 || program ? (['refused'] as const) : []),
    ...(program ? (['failed'] as const) : []),
    ...(nobody ? unheard(from, to) : []),
    // Of many errors about a closed port of UDP a kernel sends some only (icmp_ratelimit).
    ...(silent.length > 0 && to.protocol === 'UDP' && !nobody ? (['dropped'] as const) : []),
  ];
  const names = silent.map(({ backend }) => backend);
  if (silent.length < backends.length) return { ...expectation, also, silent: names };
  return { ...expectation, outcome: 'refused', why: nobody ? 'no answer' : 'closed port', also, silent: names };
}

/**
 * What should become of a request: what the rules of the nodes do with it (`plans` has one per node), and whether the
 * endpoints that they choose from answer.
 */
export function expect(
  plans: readonly NodePlan[],
  balancer: Balancer,
  from: Source,
  to: Destination,
  listeners: Listeners = () => 'answers',
): Expectation {
  const expectation = decided(plans, balancer, from, to);
  if (expectation.outcome === 'reached') return answered(expectation, from, to, listeners);
  return expectation.why === 'no route' ? { ...expectation, also: unheard(from, to) } : expectation;
}
