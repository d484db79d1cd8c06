// scheduler.ts - createScheduler: the IPVS schedulers as a library, driven by hand. It runs the dataplane's own code.
import { Scheduler as SchedulerNumber } from '../abi/abi.gen.js';
import { type Address, type Family, parseAddress } from '../model/address.js';
import { Fault } from '../model/fault.js';
import { IPVS_FLAGS, type IpvsFlag, schedulerWord } from '../plan/scheduler.js';
import { type IpvsScheduler, loadAddon } from './addon.js';
import { LAST_NS, recordOf, wholeNumber } from './arguments.js';
import { Generator } from './random.js';

export type SchedulerFlags = readonly IpvsFlag[] | Readonly<Partial<Record<IpvsFlag, boolean>>>;

export interface SchedulerOptions {
  /** Family of every address. Default: IPv4. */
  readonly family?: Family;
  /** As for ipvsadm --sched-flags. Flags of another scheduler have no effect. */
  readonly flags?: SchedulerFlags;
  /** Raw 32-bit draws. `twos` makes two per question, the others none. Default: a fixed sequence. */
  readonly random?: () => number;
  /**
   * What lc, wlc, lblc, lblcr and twos compare: 256 times the active connections plus the inactive ones (`classic`), or
   * plus all connections (`totalconns`, as in recent kernels).
   */
  readonly overhead?: 'classic' | 'totalconns';
}

export interface Destination {
  readonly address: string;
  readonly port: number;
  /** 0 to 65,535. 0 = no new connections. Default: 1. */
  readonly weight?: number;
}

export interface Question {
  /** The client's address. */
  readonly source: string;
  readonly sourcePort: number;
  /** The virtual address. */
  readonly destination: string;
}

/** A virtual server. Every call throws Fault USAGE for a wrong argument, and then changes nothing. */
export interface Scheduler {
  readonly name: string;
  /** Adds a destination at the head of the list. Returns its id: 0, 1, 2 …; ids are never reused. */
  addDestination(destination: Destination): number;
  setWeight(id: number, weight: number): void;
  removeDestination(id: number): void;
  /** An overloaded destination gets no new connections. */
  setOverload(id: number, overloaded: boolean): void;
  setConnections(id: number, active: number, inactive: number): void;
  /**
   * Advances the clock: lblcr shrinks a set that has not changed for a day. Nothing else expires. The kernel's timers
   * that make lblc and lblcr forget unused virtual addresses do not run here.
   */
  advance(seconds: number): void;
  /** The id of the destination for a new connection; null when there is none (IPVS answers "port unreachable"). */
  schedule(question: Question): number | null;
}

const NOBODY = -1;
const DRAWS = new Set<number>([SchedulerNumber.TWOS]);
const MOST = { port: 65_535, weight: 65_535, connections: 0x7fffffff } as const;
/** Seed of the default sequence of draws. */
const SEED = 1;

function flagList(flags: SchedulerFlags): IpvsFlag[] {
  if (typeof flags !== 'object' || flags === null) throw new Fault('USAGE', 'flags must be a list or an object');
  const names = Array.isArray(flags)
    ? (flags as readonly string[])
    : Object.entries(flags).flatMap(([name, on]) => (on ? [name] : []));
  return names.map((name) => {
    const flag = IPVS_FLAGS.find((known) => known === name);
    if (flag) return flag;
    throw new Fault('USAGE', `unknown scheduler flag "${name}"`, `Use some of ${IPVS_FLAGS.join(', ')}.`);
  });
}

/** A virtual server driven by hand, without connections of its own. */
class VirtualServer implements Scheduler {
  readonly name: string;
  readonly #family: Family;
  readonly #native: IpvsScheduler;
  readonly #draw: () => number;
  readonly #known = new Set<number>();
  #nowNs = 0n;

  constructor(name: string, options: SchedulerOptions) {
    const { family = 'IPv4', flags = [], overhead = 'classic', random } = recordOf(options, 'the options');
    if (random !== undefined && typeof random !== 'function') throw new Fault('USAGE', 'random must be a function');
    if (family !== 'IPv4' && family !== 'IPv6') throw new Fault('USAGE', `unknown address family "${String(family)}"`);
    if (overhead !== 'classic' && overhead !== 'totalconns') {
      throw new Fault('USAGE', `unknown overhead "${String(overhead)}"`, 'Use classic or totalconns.');
    }
    const word = schedulerWord(name, flagList(flags));
    const sequence = random ?? (() => generator.draw());
    const generator = new Generator(SEED);
    this.name = name;
    this.#family = family;
    this.#native = new (loadAddon().IpvsScheduler)(word, overhead === 'totalconns' ? 1 : 0);
    this.#draw = DRAWS.has(word & 0xff) ? () => sequence() >>> 0 : () => 0;
  }

  #address(text: string, what: string): Uint8Array {
    const address: Address | null = typeof text === 'string' ? parseAddress(text) : null;
    if (address?.family === this.#family) return address.bytes;
    throw new Fault('USAGE', `${what} must be an ${this.#family} address, not ${JSON.stringify(text)}`);
  }

  #id(id: number): number {
    if (this.#known.has(id)) return id;
    throw new Fault('USAGE', `no destination has the id ${String(id)}`);
  }

  addDestination(given: Destination): number {
    const { address, port, weight = 1 } = recordOf(given, 'a destination');
    const bytes = this.#address(address, 'the address of a destination');
    wholeNumber(port, MOST.port, 'the port of a destination');
    wholeNumber(weight, MOST.weight, 'a weight');
    const id = this.#native.add(bytes, port, weight);
    this.#known.add(id);
    return id;
  }

  setWeight(id: number, weight: number): void {
    this.#native.setWeight(this.#id(id), wholeNumber(weight, MOST.weight, 'a weight'));
  }

  removeDestination(id: number): void {
    this.#native.remove(this.#id(id));
    this.#known.delete(id);
  }

  setOverload(id: number, overloaded: boolean): void {
    if (typeof overloaded !== 'boolean') throw new Fault('USAGE', 'overloaded must be true or false');
    this.#native.setOverload(this.#id(id), overloaded ? 1 : 0);
  }

  setConnections(id: number, active: number, inactive: number): void {
    wholeNumber(active, MOST.connections, 'the number of active connections');
    wholeNumber(inactive, MOST.connections, 'the number of inactive connections');
    this.#native.setConnections(this.#id(id), active, inactive);
  }

  advance(seconds: number): void {
    if (!Number.isFinite(seconds) || seconds < 0) {
      throw new Fault('USAGE', `time advances by a number of seconds that is not negative, not ${String(seconds)}`);
    }
    const now = this.#nowNs + BigInt(Math.round(seconds * 1e9));
    if (now > LAST_NS) throw new Fault('USAGE', `time ends 2^64 nanoseconds after it began: ${seconds} s is too long`);
    this.#nowNs = now;
  }

  schedule(given: Question): number | null {
    const { source, sourcePort, destination } = recordOf(given, 'a question');
    const from = this.#address(source, 'the source');
    const to = this.#address(destination, 'the destination');
    wholeNumber(sourcePort, MOST.port, 'the source port');
    const first = this.#draw();
    const id = this.#native.schedule(from, sourcePort, to, this.#nowNs, first, this.#draw());
    return id === NOBODY ? null : id;
  }
}

/**
 * Creates a virtual server that uses an IPVS scheduler.
 * @param name rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, mh, fo, ovf or twos
 * @throws Fault USAGE for an unknown name, flag or option; ADDON_MISSING or ADDON_MISMATCH
 */
export function createScheduler(name: string, options: SchedulerOptions = {}): Scheduler {
  return new VirtualServer(name, options);
}
