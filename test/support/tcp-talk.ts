// tcp-talk.ts - random conversations of two TCPs, with all that may go wrong on the way: for whoever tracks connections.
//
// Both ends keep their own account of sequence numbers; most segments are right, the others are off by what matters.
import type { Dice } from './seed.js';

export type End = 'client' | 'server';

export interface TalkSegment {
  readonly from: End;
  readonly flags: string;
  readonly seq: number;
  readonly ack: number;
  readonly window: number;
  readonly options: Uint8Array;
  readonly payload: number;
}

interface Account {
  /** The next byte that it sends. */
  next: number;
  /** The last byte that it acknowledged. */
  acked: number;
  readonly options: Uint8Array;
}

const NONE = new Uint8Array(0);
const SCALE = Uint8Array.of(1, 3, 3, 7);
const SACK_AND_SCALE = Uint8Array.of(4, 2, 1, 3, 3, 2, 1, 0);
const TIMESTAMPS = Uint8Array.of(1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2);
const SYN_OPTIONS = [NONE, NONE, SCALE, SACK_AND_SCALE, TIMESTAMPS] as const;

/** Distances at which windows decide. */
const OFF = [1, 2, 100, 1000, 65_535, 65_536, 66_000, 66_001, 70_000, 1_000_000, 0x7fffffff] as const;
const WINDOWS = [0, 1, 100, 1000, 8192, 65_535, 65_535, 65_535] as const;
const STRANGE = [
  '',
  'SYN,FIN',
  'FIN',
  'SYN,RST',
  'PSH',
  'FIN,SYN,RST,ACK',
  'URG,ACK',
  'RST,URG',
  'SYN,PSH',
  'ACK,ECE,CWR',
];

const other = (end: End): End => (end === 'client' ? 'server' : 'client');
const u32 = (value: number): number => value >>> 0;

export class TcpTalk {
  readonly #dice: Dice;
  readonly #accounts: Record<End, Account>;
  readonly #said: TalkSegment[] = [];
  #plan: (() => TalkSegment)[];

  constructor(dice: Dice) {
    this.#dice = dice;
    const account = (): Account => ({ next: this.#number(), acked: 0, options: dice.pick(SYN_OPTIONS) });
    this.#accounts = { client: account(), server: account() };
    this.#plan = dice.chance(85) ? this.#opening() : [];
  }

  next(): TalkSegment {
    const dice = this.#dice;
    let step = this.#plan[0];
    if (!step || dice.chance(15)) step = () => this.#anything();
    else this.#plan.shift();
    const segment = this.#spoilt(step());
    this.#said.push(segment);
    return segment;
  }

  #number(): number {
    return this.#dice.chance(20) ? 0xffff_ff00 + this.#dice.below(200) : this.#dice.below(0xffff_ffff);
  }

  #opening(): (() => TalkSegment)[] {
    if (this.#dice.chance(10)) {
      const both = [() => this.#syn('client'), () => this.#syn('server')];
      return [...both, () => this.#synAck('client'), () => this.#synAck('server'), ...this.#middle()];
    }
    const opening = [() => this.#syn('client'), () => this.#synAck('server'), () => this.#ack('client')];
    return [...opening, ...this.#middle()];
  }

  #middle(): (() => TalkSegment)[] {
    const dice = this.#dice;
    const steps = Array.from({ length: dice.below(12) }, () => () => this.#data(dice.pick(['client', 'server'])));
    const first: End = dice.pick(['client', 'server']);
    const close = [
      () => this.#fin(first),
      () => this.#ack(other(first)),
      () => this.#fin(other(first)),
      () => this.#ack(first),
    ];
    const again = dice.chance(60) ? this.#reopening() : [];
    return [...steps, ...(dice.chance(70) ? close : []), ...again];
  }

  #reopening(): (() => TalkSegment)[] {
    return [
      () => {
        this.#accounts.client.next = this.#number();
        return this.#syn('client');
      },
      () => this.#synAck('server'),
      () => this.#ack('client'),
    ];
  }

  #make(from: End, flags: string, o: Partial<TalkSegment> = {}): TalkSegment {
    const me = this.#accounts[from];
    const ack = flags.includes('ACK') ? this.#accounts[other(from)].next : 0;
    if (flags.includes('ACK')) me.acked = ack;
    return { from, flags, seq: me.next, ack, window: this.#dice.pick(WINDOWS), options: NONE, payload: 0, ...o };
  }

  #syn(from: End): TalkSegment {
    const segment = this.#make(from, 'SYN', { options: this.#accounts[from].options });
    this.#accounts[from].next = u32(segment.seq + 1);
    return segment;
  }

  #synAck(from: End): TalkSegment {
    const segment = this.#make(from, 'SYN,ACK', { options: this.#accounts[from].options });
    this.#accounts[from].next = u32(segment.seq + 1);
    return segment;
  }

  #ack(from: End): TalkSegment {
    return this.#make(from, 'ACK');
  }

  #data(from: End): TalkSegment {
    const payload = this.#dice.pick([1, 10, 100, 536, 1400]);
    const segment = this.#make(from, 'PSH,ACK', { payload });
    this.#accounts[from].next = u32(segment.seq + payload);
    return segment;
  }

  #fin(from: End): TalkSegment {
    const segment = this.#make(from, 'FIN,ACK');
    this.#accounts[from].next = u32(segment.seq + 1);
    return segment;
  }

  #reset(from: End): TalkSegment {
    const dice = this.#dice;
    const seq = dice.pick([
      this.#accounts[from].next,
      this.#accounts[other(from)].acked,
      0,
      this.#off(this.#accounts[from].next),
    ]);
    return this.#make(from, dice.pick(['RST', 'RST,ACK']), { seq, ...(dice.chance(20) ? { ack: 0 } : {}) });
  }

  /** Selective acknowledgment of something. */
  #sack(from: End): TalkSegment {
    const edge = this.#accounts[other(from)].next;
    const [left, right] = [u32(edge - this.#dice.below(2000)), this.#dice.chance(70) ? edge : this.#off(edge)];
    const options = new Uint8Array(12);
    const view = new DataView(options.buffer);
    options.set([1, 1, 5, 10]);
    view.setUint32(4, left);
    view.setUint32(8, right);
    return this.#make(from, 'ACK', { options, ack: u32(edge - this.#dice.below(3000)) });
  }

  #anything(): TalkSegment {
    const dice = this.#dice;
    const from: End = dice.pick(['client', 'server']);
    const last = this.#said.at(-1);
    const kind = dice.below(12);
    if (kind === 0) return this.#reset(from);
    if (kind === 1) return this.#syn(from);
    if (kind === 2) return this.#synAck(from);
    if (kind === 3) return this.#fin(from);
    if (kind === 4) return this.#sack(from);
    if (kind === 5 && this.#said.length > 0) return dice.pick(this.#said);
    if (kind === 6 && last) return last;
    if (kind === 7) return this.#make(from, 'ACK', { seq: u32(this.#accounts[from].next - 1), payload: dice.below(2) });
    if (kind === 8) return this.#make(from, dice.pick(STRANGE));
    return kind === 9 ? this.#ack(from) : this.#data(from);
  }

  /** Sometimes a number is wrong. */
  #spoilt(segment: TalkSegment): TalkSegment {
    const dice = this.#dice;
    if (dice.chance(90)) return segment;
    return dice.chance(50) ? { ...segment, seq: this.#off(segment.seq) } : { ...segment, ack: this.#off(segment.ack) };
  }

  #off(value: number): number {
    const dice = this.#dice;
    if (dice.chance(10)) return this.#number();
    return u32(dice.chance(50) ? value + dice.pick(OFF) : value - dice.pick(OFF));
  }
}
