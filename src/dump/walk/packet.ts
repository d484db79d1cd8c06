// packet.ts - the packet that walks: what it has on it, what its connection knows, and what nobody said about it.
import { type Family, formatAddress, fromBigInt } from '../../model/address.js';
import { PROTOCOL } from '../../wire/headers.js';
import { CT_STATES } from '../rules/numbers.js';

/** What a walk begins with. */
export interface Question {
  readonly family: Family;
  /** Of IANA. */
  readonly protocol: number;
  readonly source: bigint;
  readonly destination: bigint;
  /** Null = some port that the client's kernel chose. */
  readonly sourcePort: bigint | null;
  /** Null where the protocol has no ports. */
  readonly destinationPort: bigint | null;
  /** Null = nobody said. `lo` or absent for packets of the node itself. */
  readonly inInterface: string | null;
  readonly state: 'new' | 'established';
}

export interface Packet {
  readonly family: Family;
  readonly protocol: number;
  source: bigint;
  destination: bigint;
  sourcePort: bigint | null;
  destinationPort: bigint | null;
  /** Null = not known. '' = none yet. */
  inInterface: string | null;
  outInterface: string | null;
  mark: bigint;
  connectionMark: bigint;
  /** A bit of CT_STATES; untracked packets have no connection. */
  state: bigint;
  sourceRewritten: boolean;
  destinationRewritten: boolean;
  /** The destination is the node itself, whatever its address. */
  redirected: boolean;
  /** The source is the node's own address now, which nobody wrote down. */
  masqueraded: boolean;
  /** The connection was looked up: rules before that see none. */
  lookedUp: boolean;
  /** The connection has left the tables once: the packet is on its way back through loopback, or is not the first. */
  confirmed: boolean;
  /** The packet was made on this node. */
  readonly own: boolean;
  readonly original: Question;
}

export function packetOf(question: Question, own: boolean): Packet {
  return {
    family: question.family,
    protocol: question.protocol,
    source: question.source,
    destination: question.destination,
    sourcePort: question.sourcePort,
    destinationPort: question.destinationPort,
    inInterface: own ? '' : question.inInterface,
    outInterface: '',
    mark: 0n,
    connectionMark: 0n,
    state: BigInt(CT_STATES[question.state] as number),
    sourceRewritten: false,
    destinationRewritten: false,
    redirected: false,
    masqueraded: false,
    lookedUp: false,
    confirmed: question.state === 'established',
    own,
    original: question,
  };
}

const WITH_PORTS: ReadonlySet<number> = new Set([PROTOCOL.TCP, PROTOCOL.UDP, PROTOCOL.SCTP, 33, 136]);
export const hasPorts = (protocol: number): boolean => WITH_PORTS.has(protocol);

export const addressText = (family: Family, value: bigint): string => formatAddress(fromBigInt(family, value));
