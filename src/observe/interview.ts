// interview.ts - asks a node of the real kernel about a kind of packet: connection by connection, until nothing is new.
//
// The kernel makes its own draws, so endpoints and shares are measured over many connections. No rule is known here.

import { type KernelFrame, KernelNode } from '../lab/netfilter/node/node.js';
import type { KernelMode } from '../lab/netfilter/rules.js';
import type { Attachment, NodePlan } from '../plan/plan.js';
import { ETHERNET_BYTES } from '../wire/headers.js';
import { readTuple, type Tuple } from './probe.js';
import type { TraceBackend, TraceVerdict } from './trace.js';

/** What happens to packets of a kind. */
interface Answer {
  readonly verdict: TraceVerdict;
  /** In the order in which they were met. Shares are the observed ones. */
  readonly backends: readonly TraceBackend[];
  /** Number of connections begun. */
  readonly packets: number;
}

/** A connection's first packet. */
export interface Opening {
  readonly inPort: number;
  readonly bytes: Uint8Array;
}

interface Question {
  /** The first packet from a source port. */
  open(sourcePort: number): Opening;
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
/** Source ports of connections, one after the other. */
const FIRST_PORT = 20_000;
const PORTS = 40_000;

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
interface Met {
  readonly verdict: TraceVerdict;
  readonly backend?: TraceBackend;
}

/** What one packet met, read off what the kernel sent. */
function readOutcome(before: Tuple, frames: readonly KernelFrame[]): Met {
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
  return { verdict: 'dnat', backend: { address, port, probability: 1, masquerade } };
}

/**
 * The node's wiring for a question about rules. What a CNI does to packets is not a rule of Services, and an endpoint
 * without a pod is still where the packet was sent.
 */
function wired(attachment: Attachment): Attachment {
  const uplink = attachment.ports.findIndex(({ kind }) => kind === 'UPLINK');
  const nextHop = attachment.ports[uplink]?.peer ?? -1;
  return {
    ...attachment,
    egressMasquerade: false,
    routes: attachment.routes.map((route) =>
      route.kind === 'UNREACHABLE' ? { ...route, kind: 'FORWARD', port: uplink, nextHop } : route,
    ),
  };
}

/** What was met so far. */
class Tally {
  readonly #question: Question;
  readonly #counts = new Map<string, { backend: TraceBackend; count: number }>();
  #verdict: TraceVerdict = 'drop';
  #packets = 0;
  #quiet = 0;

  constructor(question: Question) {
    this.#question = question;
  }

  add({ verdict, backend }: Met): void {
    this.#verdict = verdict;
    this.#packets++;
    this.#quiet++;
    if (!backend) return;
    const key = JSON.stringify(backend);
    const known = this.#counts.get(key);
    if (known) known.count++;
    else {
      this.#counts.set(key, { backend, count: 1 });
      this.#quiet = 0;
    }
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

/** Asks one node, one question after another. */
export class Interview {
  readonly #node: KernelNode;
  #opened = 0;

  private constructor(node: KernelNode) {
    this.#node = node;
  }

  /** Makes a node with the rules of a plan. Throws Fault TOOL_MISSING or NO_PERMISSION where the kernel cannot be asked. */
  static async begin(plan: NodePlan, attachment: Attachment, mode: KernelMode): Promise<Interview> {
    return new Interview(await KernelNode.start(plan, wired(attachment), mode));
  }

  ask(question: Question): Answer {
    const tally = new Tally(question);
    while (!tally.isComplete) tally.add(this.#open(question));
    return tally.answer();
  }

  /** Clients are forgotten before every connection, for Services with session affinity. */
  async askAfresh(question: Question): Promise<Answer> {
    const tally = new Tally(question);
    while (!tally.isComplete) {
      await this.#node.forgetClients();
      tally.add(this.#open(question));
    }
    return tally.answer();
  }

  close(): void {
    this.#node.close();
  }

  #open(question: Question): Met {
    const { inPort, bytes } = question.open(FIRST_PORT + (this.#opened++ % PORTS));
    return readOutcome(readTuple(bytes), this.#node.process({ port: inPort, bytes }));
  }
}

type Seen = Pick<Answer, 'verdict' | 'backends'>;

/** The node itself answers a health check, so no packet shows the rule. */
const seenVerdict = ({ verdict }: Seen): string => (verdict === 'accept' ? 'none' : verdict);

const seenEndpoints = ({ backends }: Seen): string =>
  backends
    .map(({ address, port, masquerade }) => `${address} ${port} ${masquerade}`)
    .sort()
    .join();

/** True if packets show no difference in the verdict, the endpoints that can be met, and whose source they see. */
export const sameToSee = (a: Seen, b: Seen): boolean =>
  seenVerdict(a) === seenVerdict(b) && seenEndpoints(a) === seenEndpoints(b);
