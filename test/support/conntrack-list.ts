// conntrack-list.ts - connections as an engine and as the kernel list them, in one form.
import { FlowFlag, SctpStateNames, TcpStateNames } from '../../src/abi/abi.gen.js';
import type { Engine } from '../../src/engine/engine.js';
import type { KernelNode } from '../../src/lab/netfilter/node/node.js';
import { formatAddress, formatBytes, mustAddress } from '../../src/model/address.js';

export interface Listed {
  /** Protocol, type and code of an ICMP query, source and its port of the first packet. */
  readonly key: string;
  /** As nf_conntrack names it; '' for protocols without states. */
  readonly state: string;
  readonly assured: boolean;
  readonly replied: boolean;
  /** Until it is forgotten. */
  readonly seconds: number;
}

const TCP = 6;
const SCTP = 132;

function stateName(protocol: number, tcp: number, sctp: number): string {
  if (protocol === TCP) return TcpStateNames[tcp] ?? '';
  return protocol === SCTP ? (SctpStateNames[sctp] ?? '') : '';
}

const byKey = (a: Listed, b: Listed): number => (a.key < b.key ? -1 : 1);

/** In the order of their keys, as the kernel's. */
export const listEngine = (engine: Engine, nowNs: bigint): Listed[] =>
  engine
    .flows(nowNs)
    .map((row) => ({
      key: `${row.protocol} ${row.icmpType}/${row.icmpCode} ${formatBytes(row.originalSource)}:${row.originalSourcePort}`,
      state: stateName(row.protocol, row.tcpState, row.sctpState),
      assured: (row.flags & FlowFlag.ASSURED) !== 0,
      replied: (row.flags & FlowFlag.SEEN_REPLY) !== 0,
      seconds: row.remainingMs / 1000,
    }))
    .sort(byKey);

/** A line of /proc/net/nf_conntrack. */
function readLine(line: string): Listed[] {
  const words = line.trim().split(/\s+/);
  const [, , , number, seconds, state] = words;
  const field = (name: string): string | undefined =>
    words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  const source = field('src');
  if (source === undefined) return [];
  const hasState = Number(number) === TCP || Number(number) === SCTP;
  return [
    {
      key: `${number} ${field('type') ?? 0}/${field('code') ?? 0} ${formatAddress(mustAddress(source))}:${field('sport') ?? field('id') ?? 0}`,
      state: hasState ? (state ?? '') : '',
      assured: words.includes('[ASSURED]'),
      replied: !words.includes('[UNREPLIED]'),
      seconds: Number(seconds),
    },
  ];
}

export const listKernel = async (node: KernelNode): Promise<Listed[]> =>
  (await node.connections()).split('\n').flatMap(readLine).sort(byKey);
