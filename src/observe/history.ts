// history.ts - what a running lab remembers of a client (connections, session affinity), and what it means for a trace.
import { formatEndpoint } from '../model/address.js';
import type { AffinityRecord } from './affinity.js';
import type { FlowRecord } from './conntrack.js';
import type { Followed, Remembered } from './trace.js';

/** What one node remembers. */
export interface Memory {
  readonly flows: readonly FlowRecord[];
  readonly affinities: readonly AffinityRecord[];
}

/** Why a packet does not start a new connection. */
interface Recalled extends Remembered {
  readonly sentence: string;
}

const PROTOCOLS: Readonly<Record<string, readonly number[]>> = { TCP: [6], UDP: [17], SCTP: [132], ICMP: [1, 58] };
/** A new SYN starts a new connection. */
const ENDED: ReadonlySet<string> = new Set(['TIME_WAIT', 'CLOSE']);
const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** The client's connections to the requested destination, as the deciding node tracks them. */
function connections({ branches: [branch], flow }: Followed, { flows }: Memory): FlowRecord[] {
  const { source, destination, destinationPort } = branch?.deciding.before ?? flow.probe;
  return flows.filter(
    ({ protocol, original, state }) =>
      !ENDED.has(state) &&
      (PROTOCOLS[flow.probe.protocol] ?? []).includes(protocol) &&
      original.source === source &&
      original.destination === destination &&
      original.destinationPort === destinationPort,
  );
}

const endpointOf = ({ reply }: FlowRecord): string => formatEndpoint(reply.source, reply.sourcePort);

/** What decides about this very packet before any rule does; null when it starts a new connection. */
export function recall(followed: Followed, memory: Memory): Recalled | null {
  const { flow, result, branches } = followed;
  const { node } = result;
  const port = branches[0]?.deciding.before.sourcePort;
  const known = flow.fixedSourcePort
    ? connections(followed, memory).find(({ original }) => original.sourcePort === port)
    : undefined;
  if (known) {
    const endpoint = endpointOf(known);
    const state = known.state === '' ? '' : `${known.state}, `;
    return {
      kind: 'connection',
      endpoint,
      sentence: `${node} tracks this connection (${state}${known.timeout} s left): its packets go on to ${endpoint}.`,
    };
  }
  const client = branches[0]?.deciding.before.source;
  const entry = memory.affinities.find((one) => one.client === client && one.service === result.service);
  if (!entry || result.verdict !== 'dnat') return null;
  return {
    kind: 'affinity',
    endpoint: entry.endpoint,
    sentence:
      `Session affinity: ${node} sends ${client} to ${entry.endpoint} again, for ${plural(entry.secondsLeft, 'second')} more ` +
      '(--fresh: as if it had never asked).',
  };
}

/** Connections that are open and stay as they are, whatever a new one would meet; null if there are none. */
export function openConnections(followed: Followed, memory: Memory): string | null {
  const open = connections(followed, memory);
  if (open.length === 0 || followed.flow.fixedSourcePort) return null;
  const ends = [...new Set(open.map(endpointOf))].sort();
  const shown = ends.length > 3 ? `${ends.length} endpoints` : ends.join(' and ');
  const stay = open.length === 1 ? 'it stays there' : 'they stay there';
  return `${plural(open.length, 'connection')} of this client to it ${open.length === 1 ? 'is' : 'are'} tracked, to ${shown}: ${stay}. This is about a new one.`;
}
