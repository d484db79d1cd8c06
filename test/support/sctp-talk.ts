// sctp-talk.ts - random conversations of two SCTPs: associations, heartbeats, and chunks that nobody asked for.
import type { Dice } from './seed.js';
import type { End } from './tcp-talk.js';

interface TalkPacket {
  readonly from: End;
  readonly chunk: number;
  readonly tag: number;
  readonly initiateTag: number;
  readonly flags: number;
  readonly payload: number;
}

const DATA = 0;
const INIT = 1;
const INIT_ACK = 2;
const COOKIE_ECHO = 10;
const COOKIE_ACK = 11;
const SHUTDOWN = 7;
const SHUTDOWN_ACK = 8;
const SHUTDOWN_COMPLETE = 14;
/** Every type that tracking knows, and some that it does not. */
const TYPES = [0, 1, 2, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 11, 14, 15, 64, 193] as const;

const other = (end: End): End => (end === 'client' ? 'server' : 'client');

export class SctpTalk {
  readonly #dice: Dice;
  /** The tag that an end asks the other for. */
  readonly #tags: Record<End, number>;
  readonly #said: TalkPacket[] = [];
  readonly #plan: (() => TalkPacket)[];

  constructor(dice: Dice) {
    this.#dice = dice;
    this.#tags = { client: dice.bits(), server: dice.bits() };
    const say = (from: End, chunk: number) => () => this.#make(from, chunk);
    const opening = [
      say('client', INIT),
      say('server', INIT_ACK),
      say('client', COOKIE_ECHO),
      say('server', COOKIE_ACK),
    ];
    const talk = Array.from({ length: dice.below(8) }, () =>
      say(dice.pick(['client', 'server']), dice.pick([DATA, 3])),
    );
    const first: End = dice.pick(['client', 'server']);
    const close = [say(first, SHUTDOWN), say(other(first), SHUTDOWN_ACK), say(first, SHUTDOWN_COMPLETE)];
    this.#plan = [...(dice.chance(85) ? opening : []), ...talk, ...(dice.chance(60) ? close : [])];
  }

  next(): TalkPacket {
    const dice = this.#dice;
    let step = this.#plan[0];
    if (!step || dice.chance(15)) step = () => this.#anything();
    else this.#plan.shift();
    const packet = step();
    this.#said.push(packet);
    return packet;
  }

  #make(from: End, chunk: number): TalkPacket {
    const tag = chunk === INIT ? 0 : this.#tags[other(from)];
    const payload = chunk === DATA ? 12 + this.#dice.below(30) : 4 * this.#dice.below(4);
    return { from, chunk, tag, initiateTag: this.#tags[from], flags: 0, payload };
  }

  #anything(): TalkPacket {
    const dice = this.#dice;
    if (dice.chance(20) && this.#said.length > 0) return dice.pick(this.#said);
    const from: End = dice.pick(['client', 'server']);
    const packet = this.#make(from, dice.pick(TYPES));
    const tag = dice.chance(60) ? packet.tag : dice.pick([0, this.#tags.client, this.#tags.server, dice.bits()]);
    if (packet.chunk === INIT && dice.chance(50)) this.#tags[from] = dice.bits();
    return { ...packet, tag, flags: dice.pick([0, 0, 1]), initiateTag: this.#tags[from] };
  }
}
