// conntrack.ts - tracked connections as values for people and programs: text addresses, named states and Services.
import { FlowFlag, type FlowRow, SctpStateNames, TcpStateNames } from '../abi/abi.gen.js';
import type { TableSet } from '../image/table.js';
import { formatBytes, formatEndpoint } from '../model/address.js';
import type { Protocol } from '../model/objects.js';
import type { NodePlan } from '../plan/plan.js';
import { frontendAt } from '../topology/expectation.js';
import { PROTOCOL } from '../wire/headers.js';

/** One direction of a connection. For an ICMP query the ports are the identifier, and 0. */
export interface FlowTuple {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

interface IcmpQuestion {
  readonly type: number;
  readonly code: number;
}

/** One tracked connection of a node. */
export interface FlowRecord {
  readonly node: string;
  /** IP protocol number. */
  readonly protocol: number;
  /** Seconds until it expires if nothing more arrives. */
  readonly timeout: number;
  /** nf_conntrack's name for the state; '' for protocols without states. */
  readonly state: string;
  readonly original: FlowTuple;
  /** The addresses expected in replies: where they differ from the original, the connection is rewritten. */
  readonly reply: FlowTuple;
  /** An ICMP query's question; null for other protocols. */
  readonly icmp: IcmpQuestion | null;
  readonly seenReply: boolean;
  readonly assured: boolean;
  readonly dnat: boolean;
  readonly snat: boolean;
  /** `namespace/name:port` of the Service that rewrote it, null if none did. */
  readonly service: string | null;
  /** `address:port` of the endpoint to which the Service sends it, null where the node did not choose one. */
  readonly endpoint: string | null;
  readonly packets: number;
  readonly bytes: number;
  /** Seconds since its first packet; null if the kernel tracks it, which does not tell. */
  readonly age: number | null;
}

function stateOf({ protocol, tcpState, sctpState }: FlowRow): string {
  if (protocol === PROTOCOL.TCP) return TcpStateNames[tcpState] ?? '';
  return protocol === PROTOCOL.SCTP ? (SctpStateNames[sctpState] ?? '') : '';
}

const questionOf = (protocol: number, type: number, code: number): IcmpQuestion | null =>
  (protocol === PROTOCOL.ICMP || protocol === PROTOCOL.ICMPV6) && type !== 0 ? { type, code } : null;

/** A node's rows as records. `tables` are those in force, which name the Services. */
export function flowRecords(node: string, rows: readonly FlowRow[], tables: TableSet | undefined): FlowRecord[] {
  const names = new Map((tables?.SERVICE ?? []).map(({ id }, i) => [id, tables?.names.services[i] ?? null]));
  return rows.map((row) => {
    const has = (flag: FlowFlag): boolean => (row.flags & flag) !== 0;
    return {
      node,
      protocol: row.protocol,
      timeout: Math.floor(row.remainingMs / 1000),
      state: stateOf(row),
      original: {
        source: formatBytes(row.originalSource),
        destination: formatBytes(row.originalDestination),
        sourcePort: row.originalSourcePort,
        destinationPort: row.originalDestinationPort,
      },
      reply: {
        source: formatBytes(row.replySource),
        destination: formatBytes(row.replyDestination),
        sourcePort: row.replySourcePort,
        destinationPort: row.replyDestinationPort,
      },
      icmp: questionOf(row.protocol, row.icmpType, row.icmpCode),
      seenReply: has(FlowFlag.SEEN_REPLY),
      assured: has(FlowFlag.ASSURED),
      dnat: has(FlowFlag.DNAT),
      snat: has(FlowFlag.SNAT),
      service: names.get(row.serviceId) ?? null,
      endpoint: has(FlowFlag.DNAT) ? formatEndpoint(formatBytes(row.replySource), row.replySourcePort) : null,
      packets: Number(row.packets),
      bytes: Number(row.bytes),
      age: Number(row.ageMs) / 1000,
    };
  });
}

/** A connection as the kernel tracks it (lab/host/host.ts). */
interface KernelFlow {
  readonly protocol: number;
  readonly original: FlowTuple;
  readonly reply: FlowTuple;
  readonly status: number;
  readonly timeout: number;
  readonly tcpState: number;
  readonly icmpType: number;
  readonly icmpCode: number;
  readonly packets: number;
  readonly bytes: number;
}

/** IPS_* bits of nf_conntrack_common.h. */
const STATUS = { seenReply: 1 << 1, assured: 1 << 2, snat: 1 << 4, dnat: 1 << 5 } as const;

const NAMES: Readonly<Record<number, Protocol>> = { 6: 'TCP', 17: 'UDP', 132: 'SCTP' };

/** The kernel's connections as records. `plan` is the one whose rules are in force, which names the Services. */
export function kernelRecords(node: string, flows: readonly KernelFlow[], plan: NodePlan | undefined): FlowRecord[] {
  return flows.map((flow) => {
    const { protocol, original, reply, status, timeout, tcpState, packets, bytes } = flow;
    const has = (bit: number): boolean => (status & bit) !== 0;
    const name = NAMES[protocol];
    const to = { address: original.destination, port: original.destinationPort };
    const frontend = plan && name && has(STATUS.dnat) ? frontendAt(plan, { ...to, protocol: name }) : undefined;
    return {
      node,
      protocol,
      timeout,
      state: protocol === PROTOCOL.TCP ? (TcpStateNames[tcpState] ?? '') : '',
      original,
      reply,
      icmp: questionOf(protocol, flow.icmpType, flow.icmpCode),
      seenReply: has(STATUS.seenReply),
      assured: has(STATUS.assured),
      dnat: has(STATUS.dnat),
      snat: has(STATUS.snat),
      service: (frontend && plan?.services[frontend.service]?.name) ?? null,
      endpoint: has(STATUS.dnat) ? formatEndpoint(reply.source, reply.sourcePort) : null,
      packets,
      bytes,
      age: null,
    };
  });
}
