// filter.ts - classic BPF: runs a program of libpcap's compiler over a frame (bpf(4), "FILTER MACHINE").
import { Fault } from '../model/fault.js';

interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

export type Filter = (frame: Uint8Array, length: number) => boolean;

const CLASS = 0x07;
const [LD, LDX, ST, STX, ALU, JMP, RET] = [0, 1, 2, 3, 4, 5, 6];
const SIZES: Readonly<Record<number, number>> = { 0: 4, 8: 2, 16: 1 };
const [IMM, ABS, IND, MEM, LEN, MSH] = [0x00, 0x20, 0x40, 0x60, 0x80, 0xa0];
const WITH_X = 0x08;
const BY_ACCUMULATOR = 0x10;

const OPERATIONS: Readonly<Record<number, (a: number, b: number) => number>> = {
  0: (a, b) => a + b,
  16: (a, b) => a - b,
  32: (a, b) => Math.imul(a, b),
  48: (a, b) => Math.floor(a / b),
  64: (a, b) => a | b,
  80: (a, b) => a & b,
  96: (a, b) => (b > 31 ? 0 : a << b),
  112: (a, b) => (b > 31 ? 0 : a >>> b),
  128: (a) => -a,
  144: (a, b) => a % b,
  160: (a, b) => a ^ b,
};
const DIVISIONS = new Set([0x30, 0x90]);

const CONDITIONS: Readonly<Record<number, (a: number, b: number) => boolean>> = {
  16: (a, b) => a === b,
  32: (a, b) => a > b,
  48: (a, b) => a >= b,
  64: (a, b) => (a & b) !== 0,
};

/** Bytes of the frame as a number; null where it has none. */
function load(frame: Uint8Array, at: number, size: number): number | null {
  if (at < 0 || at + size > frame.length) return null;
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (frame[at + i] ?? 0);
  return value;
}

/** The machine, for one frame. A load beyond its end ends the program: it does not match. */
class Machine {
  #a = 0;
  #x = 0;
  #at = 0;
  readonly #memory = new Uint32Array(16);
  readonly #frame: Uint8Array;
  readonly #length: number;

  constructor(frame: Uint8Array, length: number) {
    this.#frame = frame;
    this.#length = length;
  }

  run(program: readonly Instruction[]): boolean {
    while (this.#at < program.length) {
      const step = program[this.#at++];
      if (!step) return false;
      const result = this.#step(step);
      if (result !== null) return result;
    }
    return false;
  }

  /** Null to go on, else the answer. */
  #step(step: Instruction): boolean | null {
    const { code, k } = step;
    const kind = code & CLASS;
    if (kind === RET) return ((code & 0x18) === BY_ACCUMULATOR ? this.#a : k) !== 0;
    if (kind === LD || kind === LDX) return this.#load(code, k, kind === LDX);
    if (kind === ST) this.#memory[k & 15] = this.#a;
    else if (kind === STX) this.#memory[k & 15] = this.#x;
    else if (kind === ALU) return this.#compute(code, k);
    else if (kind === JMP) this.#jump(step);
    else if ((code & 0x80) !== 0) this.#a = this.#x;
    else this.#x = this.#a;
    return null;
  }

  #load(code: number, k: number, toX: boolean): false | null {
    const value = this.#value(code, k);
    if (value === null) return false;
    if (toX) this.#x = value;
    else this.#a = value;
    return null;
  }

  #value(code: number, k: number): number | null {
    const size = SIZES[code & 0x18] ?? 4;
    switch (code & 0xe0) {
      case IMM:
        return k;
      case ABS:
        return load(this.#frame, k, size);
      case IND:
        return load(this.#frame, this.#x + k, size);
      case MEM:
        return this.#memory[k & 15] ?? 0;
      case LEN:
        return this.#length;
      case MSH: {
        const byte = load(this.#frame, k, 1);
        return byte === null ? null : (byte & 15) * 4;
      }
      default:
        return null;
    }
  }

  #compute(code: number, k: number): false | null {
    const operand = (code & WITH_X) !== 0 ? this.#x : k;
    const operation = OPERATIONS[code & 0xf0];
    if (!operation || (DIVISIONS.has(code & 0xf0) && operand === 0)) return false;
    this.#a = operation(this.#a, operand) >>> 0;
    return null;
  }

  #jump({ code, jt, jf, k }: Instruction): void {
    const condition = CONDITIONS[code & 0xf0];
    if (!condition) this.#at += k;
    else this.#at += condition(this.#a, (code & WITH_X) !== 0 ? this.#x : k) ? jt : jf;
  }
}

/** Reads a program as `tcpdump -ddd` prints it: a count, then a line of code, jt, jf and k for each instruction. */
export function filterOf(listing: string): Filter {
  const [count, ...lines] = listing.trim().split('\n');
  const program = lines.map((line): Instruction => {
    const [code = -1, jt = 0, jf = 0, k = 0] = line.split(' ').map(Number);
    return { code, jt, jf, k };
  });
  const isWhole = program.length === Number(count) && program.every(({ code, k }) => code >= 0 && k >= 0);
  if (!isWhole) throw new Fault('USAGE', 'this is no listing of a filter program');
  return (frame, length) => new Machine(frame, length).run(program);
}
