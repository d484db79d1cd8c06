// flows.ts - flows as people look at them: who talks to whom, through which Service, by which rule, and what was refused.
import type { Protocol } from '../model/objects.js';
import type { NodePlan, PlanEndpoint, PlanFrontend, PlanServicePort } from '../plan/plan.js';
import { rendererOf } from '../render/index.js';
import { frontendAt } from '../topology/expectation.js';
import type { FlowRecord, FlowTuple } from './conntrack.js';
import type { LossRecord } from './losses.js';

/** Names and numbers of IANA, as conntrack prints them. */
export const PROTOCOL_WORDS: Readonly<Record<number, string>> = {
  ...{ 1: 'icmp', 6: 'tcp', 17: 'udp', 47: 'gre', 58: 'icmpv6', 132: 'sctp' },
};

const PLANNED: Readonly<Record<number, Protocol>> = { 6: 'TCP', 17: 'UDP', 132: 'SCTP' };

/** A tuple before and after the node. */
interface Rewriting {
  readonly before: FlowTuple;
  readonly after: FlowTuple;
}

/** A connection of one node, or the last packet of those that it refused for one reason. */
export interface FlowView {
  readonly node: string;
  readonly strategy: string;
  readonly verdict: 'forwarded' | 'dropped' | 'rejected';
  /** Why it was dropped or rejected (a name of Reason), null if it was forwarded. */
  readonly reason: string | null;
  /** False if another node tracks the same packets before this one. */
  readonly first: boolean;
  /** Who sends and who receives: `pod/shop/web-1`, `node/node-1`, `client/outside`, else the address. */
  readonly from: string;
  readonly to: string;
  /** `tcp`, `udp`, `icmp` …, else the number. */
  readonly protocol: string;
  /** nf_conntrack's name for the state; '' for protocols without states and for what was refused. */
  readonly state: string;
  readonly seenReply: boolean;
  /** What packets from the client look like, and what answers look like. The latter is null if it was refused. */
  readonly original: Rewriting;
  readonly reply: Rewriting | null;
  /** `namespace/name:port`, ClusterIP … and `address:port`; null if no Service takes part. */
  readonly service: string | null;
  readonly frontend: PlanFrontend['kind'] | null;
  readonly endpoint: string | null;
  /** The rule that chose the endpoint, in the notation of the strategy; null if none did. */
  readonly rule: string | null;
  /** In both directions. Of what was refused: how many packets, and the length of the last. */
  readonly packets: number;
  readonly bytes: number;
  /** Seconds since the first packet (null: the kernel does not tell), or since the last that was refused. */
  readonly age: number | null;
  /** Seconds until it is forgotten if nothing more arrives; null if it was refused. */
  readonly timeout: number | null;
}

/** What is in force on a node. */
export interface Ruling {
  readonly strategy: string;
  readonly plan: NodePlan;
}

/** Whose an address is, and on which node that is; null if on none. */
export interface Owner {
  readonly name: string;
  readonly node: string | null;
}

export type OwnerOf = (address: string) => Owner;

const isFirst = (node: string, sender: Owner): boolean => sender.node === null || sender.node === node;

const reversed = ({ source, destination, sourcePort, destinationPort }: FlowTuple): FlowTuple => ({
  source: destination,
  destination: source,
  sourcePort: destinationPort,
  destinationPort: sourcePort,
});

/** What a frontend of the plan does with connections to one endpoint. */
interface Passage {
  readonly frontend: PlanFrontend | null;
  readonly rule: string | null;
}

function ruleOf(
  { strategy, plan }: Ruling,
  service: PlanServicePort,
  frontend: PlanFrontend,
  to: Target,
): string | null {
  const endpoint = service.allEndpoints.find(({ name }) => name === to.endpoint);
  if (!endpoint) return null;
  const has = (list: readonly PlanEndpoint[]): boolean => list.includes(endpoint);
  const rules = rendererOf(strategy)({
    plan,
    outcome: 'dnat',
    frontend,
    service,
    list: has(service.clusterEndpoints) ? 'cluster' : 'local',
    endpoint,
    masquerade: 'KEEP',
    source: '',
    destination: to.address,
    port: to.port,
    protocol: frontend.protocol,
  });
  return rules.findLast((rule) => rule.includes(endpoint.address)) ?? rules.at(-1) ?? null;
}

/** Where a connection goes: as the client wrote it, and the endpoint that it got. */
interface Target {
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly endpoint: string | null;
}

/** Looks up frontends and rules once for all connections that share them. */
class Passages {
  readonly #ruling: Ruling;
  readonly #known = new Map<string, Passage>();

  constructor(ruling: Ruling) {
    this.#ruling = ruling;
  }

  of(protocol: number, { destination, destinationPort }: FlowTuple, endpoint: string | null): Passage {
    const key = `${protocol} ${destination} ${destinationPort} ${endpoint}`;
    const known = this.#known.get(key);
    if (known) return known;
    const planned = PLANNED[protocol];
    const made = planned
      ? this.#find({ address: destination, port: destinationPort, protocol: planned, endpoint })
      : { frontend: null, rule: null };
    this.#known.set(key, made);
    return made;
  }

  #find(to: Target): Passage {
    const { plan } = this.#ruling;
    const frontend = frontendAt(plan, to) ?? null;
    const service = plan.services[frontend?.service ?? -1];
    return { frontend, rule: frontend && service ? ruleOf(this.#ruling, service, frontend, to) : null };
  }
}

const wordOf = (protocol: number): string => PROTOCOL_WORDS[protocol] ?? String(protocol);

/** A node's connections. */
export function flowViews(flows: readonly FlowRecord[], ruling: Ruling, ownerOf: OwnerOf): FlowView[] {
  const passages = new Passages(ruling);
  return flows.map((flow): FlowView => {
    const { node, protocol, state, seenReply, original, reply, endpoint, packets, bytes, age, timeout } = flow;
    const { frontend, rule } = passages.of(protocol, original, endpoint);
    const sender = ownerOf(original.source);
    return {
      ...{ node, strategy: ruling.strategy, verdict: 'forwarded', reason: null, first: isFirst(node, sender) },
      from: sender.name,
      to: ownerOf(reply.source).name,
      ...{ protocol: wordOf(protocol), state, seenReply },
      original: { before: original, after: reversed(reply) },
      reply: { before: reply, after: reversed(original) },
      service: flow.service,
      frontend: flow.service === null ? null : (frontend?.kind ?? null),
      ...{ endpoint, rule: flow.service === null ? null : rule, packets, bytes, age, timeout },
    };
  });
}

/** What a node dropped and rejected, an entry for each reason. */
export function refusedViews(losses: readonly LossRecord[], ruling: Ruling, ownerOf: OwnerOf): FlowView[] {
  const passages = new Passages(ruling);
  return losses.flatMap(({ node, reason, class: kind, count, example }): FlowView[] => {
    if (!example?.tuple) return [];
    const { protocol, ...before } = example.tuple;
    const { frontend } = passages.of(protocol, before, null);
    const sender = ownerOf(before.source);
    return [
      {
        ...{ node, strategy: ruling.strategy, verdict: kind === 'reject' ? 'rejected' : 'dropped', reason },
        first: isFirst(node, sender),
        from: sender.name,
        to: ownerOf(before.destination).name,
        ...{ protocol: wordOf(protocol), state: '', seenReply: false },
        original: { before, after: before },
        reply: null,
        service: ruling.plan.services[frontend?.service ?? -1]?.name ?? null,
        frontend: frontend?.kind ?? null,
        ...{ endpoint: null, rule: null, packets: count, bytes: example.bytes, age: example.secondsAgo, timeout: null },
      },
    ];
  });
}
