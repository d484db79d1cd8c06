// passage.ts - the input of a renderer: one packet's way through the rules of one node, in terms of the plan.

import type { ReasonName } from '../abi/reasons.js';
import { isIPv6 } from '../model/address.js';
import type { NodePlan, PlanEndpoint, PlanFrontend, PlanServicePort } from '../plan/plan.js';

/** What the rules did with the first packet of a connection: the reason for which a rule ended its way, or else: */
export type RuleOutcome =
  | ReasonName
  | 'dnat' // an endpoint was chosen
  | 'left-alone'; // matched, but no rule of this hook rejects it

/** Why the source becomes the node's address: the names of MasqueradeReason. */
export type MasqueradeWord =
  | 'KEEP'
  | 'MASQUERADE_ALL'
  | 'OFF_CLUSTER'
  | 'EXTERNAL_CLUSTER'
  | 'LOCAL_SOURCE'
  | 'HAIRPIN'
  | 'EGRESS'
  | 'PORT_CLASH'
  | 'PROXY';

export interface RulePassage {
  readonly plan: NodePlan;
  readonly outcome: RuleOutcome;
  /** Null for unknown ports and unallocated addresses. */
  readonly frontend: PlanFrontend | null;
  readonly service: PlanServicePort | null;
  /** The list from which the endpoint was chosen. */
  readonly list: 'cluster' | 'local' | null;
  readonly endpoint: PlanEndpoint | null;
  readonly masquerade: MasqueradeWord;
  /** Of the packet as it came. */
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly protocol: string;
}

/** The rules that a packet met, in order, in a strategy's notation. */
export type RuleRenderer = (passage: RulePassage) => string[];

/** The endpoints of the list from which the choice was made. */
export function chosenList(passage: RulePassage): readonly PlanEndpoint[] {
  const { service } = passage;
  if (!service) return [];
  return passage.list === 'local' && service.localEndpoints.length > 0
    ? service.localEndpoints
    : service.clusterEndpoints;
}

/** The detector's CIDR of the packet's family; null = none. */
export function detectorOf(passage: RulePassage): string | null {
  const colon = isIPv6(passage.destination);
  return passage.plan.localDetector.find((cidr) => isIPv6(cidr) === colon) ?? null;
}

/**
 * True when a pod or the node itself uses an external frontend of policy Local: the rules short-circuit to all
 * endpoints.
 */
export const isShortCircuit = (passage: RulePassage): boolean =>
  passage.list === 'cluster' &&
  passage.frontend?.kind !== 'ClusterIP' &&
  passage.service?.externalLocal === true &&
  passage.plan.config.proxyMode !== 'ipvs';
