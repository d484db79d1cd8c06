// counting.ts - how flows count as active or inactive connections of their destination (native/law/ipvs.md).
import { TcpState } from '../../../abi/abi.gen.js';
import { PROTOCOL } from '../../../wire/headers.js';
import type { Destination } from './destination.js';
import type { Template } from './persistence.js';

/** The count that a flow contributes to. */
export interface Count {
  readonly destination: Destination;
  readonly template: Template | null;
  isActive: boolean;
}

interface Counted {
  readonly original: { readonly protocol: number };
  readonly tcpState: TcpState;
  readonly seenReply: boolean;
  count: Count | null;
}

const ACTIVE_STATES: ReadonlySet<TcpState> = new Set([
  ...[TcpState.SYN_SENT, TcpState.SYN_SENT2, TcpState.SYN_RECV, TcpState.ESTABLISHED],
]);

/** [IPVS-20] */
function isActive({ original, tcpState, seenReply }: Counted): boolean {
  if (original.protocol === PROTOCOL.TCP) return ACTIVE_STATES.has(tcpState);
  return original.protocol === PROTOCOL.SCTP && seenReply;
}

function add(destination: Destination, active: boolean, by: number): void {
  if (active) destination.active += by;
  else destination.inactive += by;
}

/** [IPVS-21] */
export function beginCount(flow: Counted, destination: Destination, template: Template | null): void {
  flow.count = { destination, template, isActive: isActive(flow) };
  add(destination, flow.count.isActive, 1);
  if (template) template.flows++;
}

/** Runs after every packet that may have changed a flow's state. */
export function recount(flow: Counted): void {
  const { count } = flow;
  if (!count) return;
  add(count.destination, count.isActive, -1);
  count.isActive = isActive(flow);
  add(count.destination, count.isActive, 1);
}

export function endCount(flow: Counted): void {
  const { count } = flow;
  if (!count) return;
  add(count.destination, count.isActive, -1);
  if (count.template) count.template.flows--;
  flow.count = null;
}
