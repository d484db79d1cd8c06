// event.ts - an event of a recording: a TraceRow, the frame as it came, and the frame that left.
import { type Decision, LAYOUT, type PlacedStruct, type TraceKind, Verdict } from '../../abi/abi.gen.js';
import { NONE } from '../../abi/layout.js';
import type { Offload, Outcome } from '../engine.js';

const ROW = LAYOUT.TraceRow;
const offsetIn = ({ fields }: PlacedStruct, name: string): number =>
  fields.find((field) => field.name === name)?.offset ?? 0;

const at = (name: string): number => offsetIn(ROW, name);
const AT = {
  ...{
    kind: at('kind'),
    node: at('node'),
    sequence: at('sequence'),
    generation: at('generation'),
    clock: at('clockNs'),
  },
  ...{ inPort: at('inPort'), inKept: at('inKept'), outPort: at('outPort'), outKept: at('outKept') },
  ...{ places: at('places'), inOffload: at('inNeedsChecksum'), outOffload: at('outNeedsChecksum') },
};

/** Words of a decision that a row has under the same names; its outPort has another meaning. */
const WORDS = (
  [
    'verdict',
    'reason',
    'state',
    'nextHop',
    'frontend',
    'service',
    'backend',
    'list',
    'masquerade',
    'choices',
    'flags',
  ] as const
).map((name) => [name, at(name)] as const);
type DecisionWord = (typeof WORDS)[number][0];

const padded = (bytes: number): number => (bytes + 7) & ~7;

/** Reads an event in place. Throws RangeError if its lengths contradict each other. */
export class RecordedEvent {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (ROW.size + padded(this.#word(AT.inKept)) + this.#word(AT.outKept) > bytes.length) {
      throw new RangeError('an event is shorter than what it tells');
    }
  }

  get kind(): TraceKind {
    return this.#word(AT.kind) as TraceKind;
  }
  get node(): number {
    return this.#word(AT.node);
  }
  get sequence(): bigint {
    return this.#view.getBigUint64(AT.sequence, true);
  }
  get generation(): bigint {
    return this.#view.getBigUint64(AT.generation, true);
  }
  get clockNs(): bigint {
    return this.#view.getBigUint64(AT.clock, true);
  }
  /** Of a SWEEP. */
  get places(): number {
    return this.#word(AT.places);
  }
  get port(): number {
    return this.#word(AT.inPort);
  }
  get before(): Uint8Array {
    return this.#bytes.subarray(ROW.size, ROW.size + this.#word(AT.inKept));
  }
  get offload(): Offload {
    return this.#offload(AT.inOffload);
  }
  /** Row of the port through which something left; NONE if nothing did. */
  get outPort(): number {
    return this.#word(AT.outPort);
  }
  get after(): Uint8Array {
    const start = ROW.size + padded(this.#word(AT.inKept));
    return this.#bytes.subarray(start, start + this.#word(AT.outKept));
  }

  word(name: DecisionWord): number {
    return this.#word(at(name));
  }

  /** Does the outcome equal what was recorded, in every word of the decision and every byte of what left? */
  equals({ decision, out }: Outcome): boolean {
    return WORDS.every(([name, offset]) => decision[name] === this.#word(offset)) && this.#leaves(decision, out);
  }

  /** The same for what somebody outside can see, whatever rows of tables led to it. */
  looksLike({ decision, out }: Outcome): boolean {
    const same = decision.verdict === this.word('verdict') && decision.reason === this.word('reason');
    return same && decision.nextHop === this.word('nextHop') && this.#leaves(decision, out);
  }

  #leaves({ verdict }: Decision, out: Outcome['out']): boolean {
    if (!out) return this.outPort === NONE;
    const port = verdict === Verdict.REPLY ? this.port : out.port;
    const [a, b] = [this.#offload(AT.outOffload), out.offload];
    const offload =
      a.needsChecksum === b.needsChecksum &&
      a.gsoType === b.gsoType &&
      a.gsoSize === b.gsoSize &&
      a.headerLength === b.headerLength &&
      a.checksumStart === b.checksumStart &&
      a.checksumOffset === b.checksumOffset;
    return port === this.outPort && offload && Buffer.compare(this.after, out.bytes) === 0;
  }

  #word(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  #offload(offset: number): Offload {
    const u16 = (by: number): number => this.#view.getUint16(offset + by, true);
    return {
      ...{ needsChecksum: this.#bytes[offset] !== 0, gsoType: this.#bytes[offset + 1] ?? 0, gsoSize: u16(2) },
      ...{ headerLength: u16(4), checksumStart: u16(6), checksumOffset: u16(8) },
    };
  }
}
