// kerneljudge.ts - a judge that asks the real kernel: what netfilter and kube-proxy's rules do with packets of a class.
import type { KernelMode } from '../lab/netfilter/rules.js';
import type { NodePlan } from '../plan/plan.js';
import type { FirstPacket } from './classes.js';
import { buildFirst } from './first.js';
import type { CreateEngine, Dataplane } from './fleet.js';
import { Interview, sameToSee } from './interview.js';
import { type ClassOutcome, Judge } from './judge.js';
import type { TraceBackend } from './trace.js';
import type { Stage } from './walk.js';

/** Clients are not remembered: memory of earlier choices does not concern first packets. */
const forgetful = (plan: NodePlan): NodePlan => ({
  ...plan,
  services: plan.services.map((service) => ({ ...service, affinitySeconds: 0 })),
});

/** The kernel does not say why. */
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

  /**
   * The kernel's verdict and endpoints; where the tables agree, also what they know about it. A difference must be seen
   * twice: the kernel draws ports for connections that it masquerades, and gives a connection of the node itself that
   * would have such a port another one (nf_nat_used_tuple), which looks like a masquerade and is none.
   */
  judge(packet: FirstPacket, frame = buildFirst(packet)): ClassOutcome {
    const told = this.#tables.judge(packet, frame);
    const met = this.#meet(packet, told);
    const again = sameToSee(told, met) ? met : this.#meet(packet, told);
    return sameToSee(told, again) ? { ...told, backends: again.backends } : again;
  }

  /** What the kernel does with connections of a class, of which the tables tell so many endpoints. */
  #meet(packet: FirstPacket, { backends: expected }: ClassOutcome): ClassOutcome {
    const open = (sourcePort: number) => ({ inPort: packet.inPort, bytes: buildFirst(packet, sourcePort) });
    const { verdict, backends } = this.#interview.ask({ open, expected: expected.length });
    return { ...NOTHING_KNOWN, verdict, backends, choices: backends.length };
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
 * Packets that are not compared. Some have addresses that nobody may use: our dataplane drops them before any rule.
 * Others go to a loopback address from another address: no program sends these, and iptables mode has a KUBE-FIREWALL
 * rule for them that tables leave out.
 */
export const isUnasked = (key: string, { source, destination }: FirstPacket): boolean =>
  key.startsWith('special') || (isLoopback(destination) && !isLoopback(source));

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

/**
 * Our dataplane also acts outside the rules of Services: it drops what would return to where it came from, and
 * masquerades like a CNI, which a node without an address in the family cannot.
 */
export const isBesideRules = ({ reason }: ClassOutcome): boolean =>
  reason === 'SOURCE_LOOP' || reason === 'NAT_PORTS_EXHAUSTED';
