// steps.ts - one stage of a walk in words and rules: what came in, which rules it met, what left.
import { DecisionFlag, EndpointList, MasqueradeReasonNames, Reason, VerdictNames } from '../abi/abi.gen.js';
import { NONE } from '../abi/layout.js';
import { reasonSpec } from '../abi/reasons.js';
import { formatBytes, formatEndpoint, isIPv6 } from '../model/address.js';
import type { PlanEndpoint, PlanFrontend, PlanServicePort } from '../plan/plan.js';
import { rendererOf } from '../render/index.js';
import type { MasqueradeWord, RuleOutcome, RulePassage } from '../render/passage.js';
import { swap16 } from '../wire/bytes.js';
import type { Fleet } from './fleet.js';
import type { ResolvedFlow } from './flow.js';
import type { Tuple } from './probe.js';
import { frontendKindName, type Judged, reasonName, type Stage } from './walk.js';

/** One dataplane on the packet's way. */
export interface TraceStep {
  /** Name of the node, or `fabric`. */
  readonly node: string;
  /** Names of the ports through which it came and left. */
  readonly in: string;
  readonly out: string | null;
  /** Name of the node (or `fabric`) that receives it next. */
  readonly next: string | null;
  readonly verdict: string;
  readonly reason: string;
  /** `address:port` at both ends, before and after rewriting. */
  readonly before: { readonly source: string; readonly destination: string };
  readonly after: { readonly source: string; readonly destination: string } | null;
  readonly frontend: string | null;
  readonly service: string | null;
  readonly backend: string | null;
  /** Endpoints that could have been chosen, and the list they are from. */
  readonly choices: number;
  readonly list: 'cluster' | 'local' | null;
  readonly masquerade: string;
  /** The endpoint was not chosen anew: the client was sent there before (session affinity). */
  readonly remembered: boolean;
  /** In the strategy's own notation, in the order in which the packet met them. */
  readonly rules: readonly string[];
}

const end = (address: string, port: number): string => (port === 0 ? address : formatEndpoint(address, port));
const ends = (tuple: Tuple): { source: string; destination: string } => ({
  source: end(tuple.source, tuple.sourcePort),
  destination: end(tuple.destination, tuple.destinationPort),
});

/** A rule of a Service that ends the packet's way, or takes it for the node itself. */
function outcomeOf(reason: number, endpoint: PlanEndpoint | null): RuleOutcome {
  const spec = reasonSpec(reason);
  const isEnd = spec?.cause === 'service' && (spec.class !== 'deliver' || reason === Reason.HEALTH_CHECK);
  return isEnd ? spec.name : endpoint ? 'dnat' : 'left-alone';
}

const listOf = (stage: Judged): 'cluster' | 'local' | null => {
  if (stage.decision.list === EndpointList.CLUSTER) return 'cluster';
  return stage.decision.list === EndpointList.LOCAL ? 'local' : null;
};

/** The plan's frontend behind a row of FRONTEND: the first that has its kind, port, protocol and family. */
function planFrontend(stage: Judged): PlanFrontend | null {
  const { plane, decision } = stage;
  const row = plane.tables.FRONTEND[decision.frontend];
  if (!row) return null;
  const kinds: Readonly<Record<string, string>> = {
    CLUSTER_IP: 'ClusterIP',
    EXTERNAL_IP: 'ExternalIP',
    LOAD_BALANCER: 'LoadBalancer',
    NODE_PORT: 'NodePort',
    HEALTH_CHECK: 'HealthCheck',
    HOST_PORT: 'HostPort',
  };
  const kind = kinds[frontendKindName(stage) ?? ''];
  const v6 = isIPv6(stage.before.destination);
  return (
    plane.plan.frontends.find(
      (frontend) =>
        frontend.kind === kind &&
        frontend.port === stage.before.destinationPort &&
        (frontend.family === 'IPv6') === v6 &&
        (frontend.address === '' || frontend.address === stage.before.destination),
    ) ?? null
  );
}

function planService(plane: Judged['plane'], stage: Judged, frontend: PlanFrontend | null): PlanServicePort | null {
  // Rows after the plan's own are copies added by a strategy. The frontend still knows its Service.
  return plane.plan.services[stage.decision.service] ?? plane.plan.services[frontend?.service ?? -1] ?? null;
}

function planEndpoint(stage: Judged, service: PlanServicePort | null): PlanEndpoint | null {
  const row = stage.plane.tables.BACKEND[stage.decision.backend];
  if (!row || !service) return null;
  const address = formatBytes(row.address);
  const port = swap16(row.port_be);
  return service.allEndpoints.find((known) => known.address === address && known.port === port) ?? null;
}

/** The packet's way through the rules of the node, for a renderer. */
export function passageOf(stage: Judged, protocol: string): RulePassage {
  const { plane, decision } = stage;
  const frontend = planFrontend(stage);
  const service = planService(plane, stage, frontend);
  const endpoint = planEndpoint(stage, service);
  return {
    plan: plane.plan,
    outcome: outcomeOf(decision.reason, endpoint),
    frontend,
    service,
    list: listOf(stage),
    endpoint,
    masquerade: (MasqueradeReasonNames[decision.masquerade] ?? 'KEEP') as MasqueradeWord,
    source: stage.before.source,
    destination: stage.before.destination,
    port: stage.before.destinationPort,
    protocol,
  };
}

function nextName(stage: Stage, fleet: Fleet): string | null {
  const hop = stage.out?.nextHop ?? NONE;
  if (hop === NONE || stage.after === null) return null;
  return fleet.world.topology.nodes.find((node) => node.id === hop)?.name ?? 'fabric';
}

function backendText(stage: Stage): string | null {
  const row = stage.plane.tables.BACKEND[stage.decision.backend];
  return row ? end(formatBytes(row.address), swap16(row.port_be)) : null;
}

/** @param index 0 for the first stage, where the packet's sender is */
export function describeStage(stage: Stage, fleet: Fleet, flow: ResolvedFlow, index: number): TraceStep {
  const { plane, decision } = stage;
  const portName = (port: number): string => plane.attachment.ports[port]?.name ?? `port ${port}`;
  const passage = plane.isNode ? passageOf(stage, flow.probe.protocol) : null;
  return {
    node: plane.name,
    in: index === 0 && portName(stage.inPort) === 'outside' ? flow.fromName : portName(stage.inPort),
    out: stage.after && stage.out ? portName(stage.out.port) : null,
    next: nextName(stage, fleet),
    verdict: VerdictNames[decision.verdict] ?? String(decision.verdict),
    reason: reasonName(decision),
    before: ends(stage.before),
    after: stage.after ? ends(stage.after) : null,
    frontend: passage?.frontend?.kind ?? (plane.isNode || decision.frontend === NONE ? null : 'LoadBalancer'),
    service: passage?.service?.name ?? passage?.frontend?.owner ?? null,
    backend: backendText(stage),
    choices: decision.choices,
    list: listOf(stage),
    masquerade: MasqueradeReasonNames[decision.masquerade] ?? 'KEEP',
    remembered: (decision.flags & DecisionFlag.AFFINITY) !== 0,
    rules: passage ? rendererOf(fleet.strategyOn(plane.name))(passage) : [],
  };
}
