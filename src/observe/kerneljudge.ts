// kerneljudge.ts - a judge that is the real kernel: what netfilter and kube-proxy's rules do with the packets of a class.
import type { KernelMode } from '../lab/netfilter/rules.js';
import type { NodePlan } from '../plan/plan.js';
import type { FirstPacket } from './classes.js';
import { buildFirst } from './first.js';
import type { CreateEngine, Dataplane } from './fleet.js';
import { Interview, sameToSee } from './interview.js';
import { type ClassOutcome, Judge } from './judge.js';
import type { TraceBackend } from './trace.js';
import type { Stage } from './walk.js';

/** Clients are not remembered: what a choice remembers is no matter of first packets. */
const forgetful = (plan: NodePlan): NodePlan => ({
  ...plan,
  services: plan.services.map((service) => ({ ...service, affinitySeconds: 0 })),
});

/** The kernel says nothing about why. */
const NOTHING_KNOWN = {
  reason: '',
  end: '',
  list: null,
  frontend: null,
  service: null,
  trail: '',
} as const;

export class KernelJudge {
  readonly plane: Dataplane;
  readonly #interview: Interview;
  /** The tables of the same plan: they know rules and reasons. */
  readonly #tables: Judge;

  private constructor(plane: Dataplane, interview: Interview, create: CreateEngine) {
    this.plane = plane;
    this.#interview = interview;
    this.#tables = new Judge(plane, create);
  }

  /** Makes the node of a dataplane's plan and attachment. Throws Fault TOOL_MISSING where the kernel cannot be asked. */
  static async start(plane: Dataplane, mode: KernelMode, create: CreateEngine): Promise<KernelJudge> {
    const interview = await Interview.begin(forgetful(plane.plan), plane.attachment, mode);
    return new KernelJudge(plane, interview, create);
  }

  /** The kernel's verdict and endpoints; where the tables say the same, also what they know about it. */
  judge(packet: FirstPacket, frame = buildFirst(packet)): ClassOutcome {
    const told = this.#tables.judge(packet, frame);
    const open = (sourcePort: number) => ({ inPort: packet.inPort, bytes: buildFirst(packet, sourcePort) });
    const { verdict, backends } = this.#interview.ask({ open, expected: told.backends.length });
    const met = { ...NOTHING_KNOWN, verdict, backends, choices: backends.length };
    return sameToSee(told, met) ? { ...told, backends } : met;
  }

  stage(packet: FirstPacket, wanted?: Pick<TraceBackend, 'address' | 'port'>): Stage {
    return this.#tables.stage(packet, wanted);
  }

  close(): void {
    this.#interview.close();
    this.#tables.close();
  }
}

/**
 * Packets that are not asked about: with addresses that nobody may use, which our dataplane drops before it looks at any
 * rule; and to a loopback address from another one, which no program sends, and for which KUBE-FIREWALL of iptables mode has
 * a rule that tables leave out.
 */
export const isUnasked = (key: string, { source, destination }: FirstPacket): boolean =>
  key.startsWith('special') || (isLoopback(destination) && !isLoopback(source));

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

/**
 * Our dataplane does something of its own beside the rules of Services: it drops what would go back where it came from, and
 * masquerades as a CNI does, which a node without an address of the family cannot.
 */
export const isBesideRules = ({ reason }: ClassOutcome): boolean =>
  reason === 'SOURCE_LOOP' || reason === 'NAT_PORTS_EXHAUSTED';
