// trace.ts - answers "what happens to this packet, and because of which rule" by running it through the real tables.
//
// The answer is read off the engine's decisions, so nothing here knows a Service rule. Every possible choice is tried.
import { FrontendKind, MasqueradeReason } from '../abi/abi.gen.js';
import { NONE } from '../abi/layout.js';
import { reasonSpec } from '../abi/reasons.js';
import type { StrategyChoice } from '../compile/strategy.js';
import { formatBytes, formatEndpoint } from '../model/address.js';
import { swap16 } from '../wire/bytes.js';
import { chooseOnce, everyChoice, stageShares } from './choices.js';
import { type CreateEngine, Fleet } from './fleet.js';
import { arrivalPort, type FlowRequest, type ResolvedFlow, resolveFlow } from './flow.js';
import { Narrower } from './narrow.js';
import { buildProbe, setSourcePort } from './probe.js';
import { describeStage, type TraceStep } from './steps.js';
import { decidingIndex, isUntouched, reasonName, type Stage, Walker } from './walk.js';
import { type World, withSender } from './world.js';

/** What decides before any rule does: a tracked connection, or the memory of session affinity (history.ts). */
export interface Remembered {
  readonly kind: 'connection' | 'affinity';
  /** `address:port` of the endpoint that receives the packet. */
  readonly endpoint: string;
}

export type TraceVerdict = 'dnat' | 'drop' | 'reject' | 'accept' | 'none';
type TraceFrontend = 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalIP' | 'HostPort';

/** One endpoint that the first packet of a new connection can be sent to. */
export interface TraceBackend {
  readonly address: string;
  readonly port: number;
  /** 0 to 1. */
  readonly probability: number;
  readonly masquerade: boolean;
}

/** Result of one flow; the JSON of `kubewire trace -o json`. */
export interface TraceResult {
  readonly version: 1;
  readonly node: string;
  readonly strategy: string;
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly verdict: TraceVerdict;
  /** Name of the Reason (abi/enumerations.ts), which is also the name of the dataplane's counter. */
  readonly reason: string;
  readonly service: string | null;
  readonly frontend: TraceFrontend | null;
  readonly backends: readonly TraceBackend[];
  /** True if the source is rewritten for any backend. */
  readonly masquerade: boolean;
  /** One entry per dataplane that the packet meets, for the first backend. */
  readonly steps: readonly TraceStep[];
}

const FRONTENDS: Readonly<Record<number, TraceFrontend>> = {
  [FrontendKind.CLUSTER_IP]: 'ClusterIP',
  [FrontendKind.NODE_PORT]: 'NodePort',
  [FrontendKind.LOAD_BALANCER]: 'LoadBalancer',
  [FrontendKind.EXTERNAL_IP]: 'ExternalIP',
  [FrontendKind.HOST_PORT]: 'HostPort',
};

/** What the deciding stage says about the packet. */
export function verdictOf({ decision, plane }: Pick<Stage, 'decision' | 'plane'>): TraceVerdict {
  if (plane.tables.FRONTEND[decision.frontend]?.kind === FrontendKind.HEALTH_CHECK) return 'accept';
  const spec = reasonSpec(decision.reason);
  if (spec?.cause === 'service' && spec.class === 'reject') return 'reject';
  if (plane.isNode && decision.backend !== NONE) return 'dnat';
  if (isUntouched(decision)) return 'none';
  return spec?.class === 'deliver' ? 'none' : 'drop';
}

export const isMasqueraded = (stage: Pick<Stage, 'decision'>): boolean =>
  stage.decision.masquerade !== MasqueradeReason.KEEP && stage.decision.masquerade !== MasqueradeReason.PORT_CLASH;

function backendOf(stage: Stage, probability: number): TraceBackend | null {
  const row = stage.plane.tables.BACKEND[stage.decision.backend];
  if (!row || !stage.plane.isNode) return null;
  return {
    address: formatBytes(row.address),
    port: swap16(row.port_be),
    probability,
    masquerade: isMasqueraded(stage),
  };
}

/** An endpoint that is reached in two ways is one backend. */
export function mergeBackends(found: readonly TraceBackend[]): TraceBackend[] {
  const merged = new Map<string, TraceBackend>();
  for (const backend of found) {
    const key = `${backend.address}/${backend.port}`;
    const before = merged.get(key);
    merged.set(
      key,
      before
        ? {
            ...before,
            probability: before.probability + backend.probability,
            masquerade: before.masquerade || backend.masquerade,
          }
        : backend,
    );
  }
  return [...merged.values()];
}

/** One way for the packet to reach the node that decides. */
export interface Branch {
  readonly stages: readonly Stage[];
  readonly deciding: Stage;
  readonly probability: number;
}

/** A trace, and the dataplanes behind its answer. */
export interface Followed {
  readonly result: TraceResult;
  readonly flow: ResolvedFlow;
  /** These dataplanes still know their plan and attachment; their engines are closed. */
  readonly branches: readonly Branch[];
  /** The one that the steps of the result tell, a stage for each step. */
  readonly told: Branch;
}

/**
 * Source ports to try until every node of a load balancer's list was met: 64 per node make a miss rarer than 10^-27.
 */
const SPREAD_TRIES = 64;

/** Traces flows through one world under one strategy. */
export class Tracer {
  readonly #world: World;
  readonly #strategy: StrategyChoice;
  readonly #createEngine: CreateEngine;
  readonly #own: ReadonlyMap<string, string> | undefined;
  readonly #narrower: Narrower;

  /** @param own name of a node → its strategy, where it differs */
  constructor(world: World, strategy: StrategyChoice, createEngine: CreateEngine, own?: ReadonlyMap<string, string>) {
    this.#world = world;
    this.#own = own;
    this.#strategy = strategy;
    this.#createEngine = createEngine;
    this.#narrower = new Narrower(world);
  }

  /** Throws Fault USAGE for a source or destination that means nothing. */
  trace(request: FlowRequest, namespace = 'default'): TraceResult {
    return this.follow(request, namespace).result;
  }

  /**
   * The same, along with the dataplanes that decided.
   * @param recalled what the deciding node remembers of the client (history.ts): the packet meets that memory there
   */
  follow(request: FlowRequest, namespace = 'default', recalled?: Remembered): Followed {
    const flow = resolveFlow(this.#world, request, namespace);
    const walker = this.#walkerFor([flow]);
    try {
      const trace = new FlowTrace(walker, request, flow);
      return (recalled && trace.runAgain(recalled)) ?? trace.run();
    } finally {
      walker.fleet.close();
    }
  }

  /** Traces many flows through one set of tables, which contains everything that can concern any of them. */
  traceAll(requests: readonly FlowRequest[], namespace = 'default'): TraceResult[] {
    const flows = requests.map((request) => ({ request, flow: resolveFlow(this.#world, request, namespace) }));
    const all = flows.map(({ flow }) => flow);
    let walker = this.#walkerFor(all);
    try {
      return flows.map(({ request, flow }) => {
        if (walker.isSpent) {
          walker.fleet.close();
          walker = this.#walkerFor(all);
        }
        return new FlowTrace(walker, request, flow).run().result;
      });
    } finally {
      walker.fleet.close();
    }
  }

  #walkerFor(flows: readonly ResolvedFlow[]): Walker {
    const probes = flows.map(({ probe }) => probe);
    const sources = new Set(probes.map(({ source }) => source));
    const world = [...sources].reduce(withSender, this.#narrower.narrow(probes));
    return new Walker(new Fleet(world, this.#strategy, this.#createEngine, this.#own));
  }
}

/** One flow through a fleet. */
class FlowTrace {
  readonly #fleet: Fleet;
  readonly #walker: Walker;
  readonly #request: FlowRequest;
  readonly #flow: ResolvedFlow;

  constructor(walker: Walker, request: FlowRequest, flow: ResolvedFlow) {
    this.#fleet = walker.fleet;
    this.#walker = walker;
    this.#request = request;
    this.#flow = flow;
  }

  run(): Followed {
    const branches = this.#branches();
    const [first] = branches;
    if (!first) throw new Error('a walk has at least one stage');
    const backends = mergeBackends(branches.flatMap((branch) => this.#choices(branch)));
    const chosen = branches.find((branch) => verdictOf(branch.deciding) === 'dnat') ?? first;
    return { result: this.#result(chosen, backends), flow: this.#flow, branches, told: chosen };
  }

  /**
   * The packet, sent after another one that makes the deciding node remember something: a flow with the same ports, or
   * the affinity of a connection from another port. Null when no packet goes to that endpoint any more.
   */
  runAgain({ kind, endpoint }: Remembered): Followed | null {
    const [branch] = this.#branches();
    if (!branch) return null;
    const { deciding } = branch;
    const port = deciding.before.sourcePort;
    const before = kind === 'connection' ? deciding.frame : setSourcePort(deciding.frame, port + 1);
    const fits = (stage: Stage): boolean => {
      const backend = backendOf(stage, 1);
      return backend !== null && formatEndpoint(backend.address, backend.port) === endpoint;
    };
    const made = chooseOnce(this.#walker, deciding, before, fits);
    if (!made) return null;
    const again = this.#branch(this.#walk(this.#flow.probe.sourcePort, true), 1);
    const backend = backendOf(again.deciding, 1);
    return { result: this.#result(again, backend ? [backend] : []), flow: this.#flow, branches: [again], told: again };
  }

  /** After a load balancer there is one branch per node of its list, because its choice depends on the source port. */
  #branches(): Branch[] {
    const flow = this.#flow;
    const stages = this.#walk(flow.probe.sourcePort);
    const first = this.#branch(stages, 1);
    const spread = stages[0];
    const nodes = spread && !spread.plane.isNode ? spread.decision.choices : 0;
    if (nodes < 2 || flow.fixedSourcePort || flow.probe.protocol === 'ICMP') return [first];
    const found = new Map<number, readonly Stage[]>([[spread?.decision.backend ?? NONE, stages]]);
    for (let i = 1; i < nodes * SPREAD_TRIES && found.size < nodes; i++) {
      const other = this.#walk(flow.probe.sourcePort + i);
      const backend = other[0]?.decision.backend ?? NONE;
      if (!found.has(backend)) found.set(backend, other);
    }
    return [...found.values()].map((way) => this.#branch(way, 1 / found.size));
  }

  #walk(sourcePort: number, soon = false): Stage[] {
    const start = this.#fleet.node(this.#flow.start) ?? this.#fleet.fabric;
    const port = arrivalPort(this.#fleet, start, this.#flow);
    return this.#walker.walk(start, port, buildProbe({ ...this.#flow.probe, sourcePort }), [0], soon);
  }

  #branch(stages: readonly Stage[], probability: number): Branch {
    const asked = this.#request.node !== undefined;
    return { stages, deciding: stages[decidingIndex(stages, asked)] as Stage, probability };
  }

  /** Every endpoint that the deciding node can choose. */
  #choices({ deciding, probability }: Branch): TraceBackend[] {
    if (!backendOf(deciding, probability)) return [];
    const stages = everyChoice(this.#walker, deciding, !this.#flow.fixedSourcePort);
    const shares = stageShares(stages);
    return stages.flatMap((stage, i) => {
      const share = shares[i] ?? 0;
      return share > 0 ? (backendOf(stage, probability * share) ?? []) : [];
    });
  }

  #result(branch: Branch, backends: readonly TraceBackend[]): TraceResult {
    const request = this.#request;
    const flow = this.#flow;
    const { deciding, stages } = branch;
    const verdict = verdictOf(deciding);
    const row = deciding.plane.tables.FRONTEND[deciding.decision.frontend];
    return {
      version: 1,
      node: deciding.plane.name,
      strategy: this.#fleet.strategyOn(deciding.plane.name),
      from: request.from,
      to: request.to,
      protocol: flow.probe.protocol,
      verdict,
      reason: reasonName(deciding.decision),
      service: deciding.plane.isNode ? (deciding.plane.tables.names.services[deciding.decision.service] ?? null) : null,
      frontend: row ? (FRONTENDS[row.kind] ?? null) : null,
      backends: verdict === 'dnat' ? backends : [],
      masquerade: verdict === 'dnat' && backends.some((backend) => backend.masquerade),
      steps: stages.map((stage, i) => describeStage(stage, this.#fleet, flow, i)),
    };
  }
}
