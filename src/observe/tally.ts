// tally.ts - what connections of one kind met at the real kernel, and when enough of them were seen.
import type { KernelFrame } from '../lab/netfilter/node/node.js';
import { ETHERNET_BYTES } from '../wire/headers.js';
import { readTuple, type Tuple } from './probe.js';
import type { TraceBackend, TraceVerdict } from './trace.js';

/** What happens to packets of a kind. */
export interface Answer {
  readonly verdict: TraceVerdict;
  /** In the order in which they were met. Shares are the observed ones. */
  readonly backends: readonly TraceBackend[];
  /** Number of connections begun. */
  readonly packets: number;
}

/** How many connections answer a question. */
export interface Expectation {
  /** One connection is enough, because the source port was given. */
  readonly single?: boolean;
  /** Endpoints to expect. Once all were met, fewer connections without a new one are enough. */
  readonly expected?: number;
}

/** Stop after this many connections in a row to known endpoints: an unknown one is missed once in 10^13 times. */
const NOTHING_NEW = 32;
const NOTHING_NEW_EXPECTED = 3;
/** The limit, however many endpoints there are. */
const MOST_PACKETS = 20_000;

/** ICMP port unreachable (RFC 792 3/3, RFC 4443 1/4): how rules reject. */
function isReject(frame: Uint8Array): boolean {
  const v6 = frame[12] === 0x86;
  const at = ETHERNET_BYTES + (v6 ? 40 : 20);
  const protocol = frame[ETHERNET_BYTES + (v6 ? 6 : 9)];
  return v6
    ? protocol === 58 && frame[at] === 1 && frame[at + 1] === 4
    : protocol === 1 && frame[at] === 3 && frame[at + 1] === 3;
}

/** What one packet met. */
export interface Met {
  readonly verdict: TraceVerdict;
  readonly backend?: TraceBackend;
  /** Address from which the endpoint saw it. */
  readonly source?: string;
}

/** What one packet met, read off what the kernel sent. */
export function readOutcome(before: Tuple, frames: readonly KernelFrame[]): Met {
  const [frame] = frames;
  if (!frame) return { verdict: 'drop' };
  if (isReject(frame.bytes)) return { verdict: 'reject' };
  const after = readTuple(frame.bytes);
  if (after.destination === before.destination && after.destinationPort === before.destinationPort) {
    return { verdict: 'none' };
  }
  const { destination: address, destinationPort: port } = after;
  // What the node itself sends keeps its address but not its port (--random-fully).
  const masquerade = after.source !== before.source || after.sourcePort !== before.sourcePort;
  return { verdict: 'dnat', backend: { address, port, probability: 1, masquerade }, source: after.source };
}

/** What was met so far. */
export class Tally {
  readonly #question: Expectation;
  readonly #counts = new Map<string, { backend: TraceBackend; count: number }>();
  #verdict: TraceVerdict = 'drop';
  #packets = 0;
  #quiet = 0;

  constructor(question: Expectation) {
    this.#question = question;
  }

  add({ verdict, backend, source }: Met): void {
    this.#verdict = verdict;
    this.#packets++;
    this.#quiet++;
    if (!backend) return;
    const key = JSON.stringify([backend.address, backend.port, source]);
    const known = this.#counts.get(key);
    // A drawn port can be the one that the node had (1 in 64,512): once masqueraded is masqueraded.
    const masquerade = backend.masquerade || known?.backend.masquerade === true;
    this.#counts.set(key, { backend: { ...backend, masquerade }, count: (known?.count ?? 0) + 1 });
    if (!known) this.#quiet = 0;
  }

  get isComplete(): boolean {
    const { single, expected } = this.#question;
    if (this.#packets > 0 && (single || this.#verdict !== 'dnat')) return true;
    const each = this.#counts.size === expected ? NOTHING_NEW_EXPECTED : NOTHING_NEW;
    return this.#packets >= MOST_PACKETS || this.#quiet >= each * (this.#counts.size + 1);
  }

  answer(): Answer {
    const packets = this.#packets;
    const backends = [...this.#counts.values()].map(({ backend, count }) => ({
      ...backend,
      probability: count / packets,
    }));
    return { verdict: this.#verdict, backends, packets };
  }
}
