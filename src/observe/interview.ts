// interview.ts - asks a node of the real kernel about a kind of packet: connection by connection, until nothing is new.
//
// The kernel makes its own draws, so endpoints and shares are measured over many connections. No rule is known here.

import { KernelNode } from '../lab/netfilter/node/node.js';
import type { KernelMode } from '../lab/netfilter/rules.js';
import type { Attachment, NodePlan } from '../plan/plan.js';
import { readTuple } from './probe.js';
import { type Answer, type Expectation, type Met, readOutcome, Tally } from './tally.js';

/** A connection's first packet. */
export interface Opening {
  readonly inPort: number;
  readonly bytes: Uint8Array;
}

interface Question extends Expectation {
  /** The first packet from a source port. */
  open(sourcePort: number): Opening;
}

/** Source ports of connections, one after the other. */
const FIRST_PORT = 20_000;
const PORTS = 40_000;

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
