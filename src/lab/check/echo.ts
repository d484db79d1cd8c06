// echo.ts - the ICMP part of a check: sends echo requests with raw-socket from a pod, a node and the outside.
import { isIPv6 } from '../../model/address.js';
import type { ProxyMode } from '../../plan/plan.js';
import type { PlacedSource, Sources } from '../../topology/roles.js';
import { probeIcmp } from './witness/witness.js';

/** The ICMP types and codes (RFC 792) that a check distinguishes. */
const MEANINGS: readonly (readonly [number, number, EchoOutcome])[] = [
  [0, 0, 'reply'],
  [3, 1, 'host unreachable'],
  [3, 3, 'port unreachable'],
];

type EchoOutcome = 'reply' | 'host unreachable' | 'port unreachable' | 'other' | 'silence';

/** One source, one destination. */
export interface EchoProbe {
  readonly source: PlacedSource;
  /** `pod/ns/name`, `node/name`, `service/ns/name` */
  readonly target: string;
  /** IPv4 address. */
  readonly address: string;
  readonly expected: EchoOutcome;
}

export interface EchoRow {
  readonly source: string;
  readonly target: string;
  readonly address: string;
  readonly expected: EchoOutcome;
  readonly outcome: EchoOutcome;
  readonly answered: number;
  readonly sent: number;
  /** Median in milliseconds; null without an answer. */
  readonly p50: number | null;
  readonly ok: boolean;
}

const REQUESTS = 3;
const TIMEOUT_MS = 1000;
/** Each probe is a process of its own; running two at a time leaves a core for the dataplane. */
const LANES = 2;

const four = (source: PlacedSource): string | undefined => source.addresses.find((address) => !isIPv6(address));

/**
 * A pod, a node and the outside each ask a pod and a node elsewhere, and a ClusterIP where its answer is the mode's own:
 * nftables rejects whatever is no port of the Service (kube-proxy, cluster-ips set); the fabric has no way to it.
 * @param modes of the nodes, by name
 */
export function echoProbes(
  sources: Sources,
  clusterIP: { readonly name: string; readonly address: string } | undefined,
  modes: ReadonlyMap<string, ProxyMode>,
): EchoProbe[] {
  const [pod] = sources.pods;
  const [node] = sources.nodes;
  const [client] = sources.clients;
  const probes: EchoProbe[] = [];
  for (const source of [pod, node, client]) {
    if (!source) continue;
    const elsewhere = (other: PlacedSource): boolean => other.node !== source.node && other.name !== source.name;
    for (const target of [sources.pods.find(elsewhere), sources.nodes.find(elsewhere)]) {
      const address = target && four(target);
      if (address && four(source)) probes.push({ source, target: target.name, address, expected: 'reply' });
    }
    const outside = source.kind === 'client';
    if (!clusterIP || !(outside || modes.get(source.node ?? '') === 'nftables') || !four(source)) continue;
    const expected = outside ? 'host unreachable' : 'port unreachable';
    probes.push({ source, target: `service/${clusterIP.name}`, address: clusterIP.address, expected });
  }
  return probes;
}

async function ask({ source, target, address, expected }: EchoProbe): Promise<EchoRow> {
  const { answers, sent } = await probeIcmp(source.netns, address, { count: REQUESTS, timeoutMs: TIMEOUT_MS });
  const outcomes = answers.map(
    ({ type, code }) => MEANINGS.find((meaning) => meaning[0] === type && meaning[1] === code)?.[2] ?? 'other',
  );
  const wrong = outcomes.find((outcome) => outcome !== expected);
  const outcome = answers.length < sent ? 'silence' : (wrong ?? expected);
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  const row = { source: source.name, target, address, expected, outcome, answered: answers.length, sent };
  return { ...row, p50: times[times.length >> 1] ?? null, ok: outcome === expected };
}

/** Sends all probes. Throws Fault TOOL_MISSING if raw-socket cannot be used; everything else works without it. */
export async function runEchoes(probes: readonly EchoProbe[]): Promise<EchoRow[]> {
  const rows: EchoRow[] = new Array(probes.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < probes.length; at = next++) {
      const probe = probes[at];
      if (probe) rows[at] = await ask(probe);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return rows;
}
