// line.ts - one line of a packets block: who sends what, which draws are to come, and what is expected of it.
import { strategyNamed } from '../../../src/compile/strategy.js';
import { readWords } from './words.js';

export interface PacketLine {
  readonly node: string;
  readonly from: string;
  /** Draws by the name that they are given under: `draw`, or `draw-STRATEGY` for the one that uses up others. */
  readonly draws: ReadonlyMap<string, string>;
  /** The packet in words. */
  readonly packet: readonly string[];
  /** What our dataplane does, in words. */
  readonly expected: readonly string[];
  /** What the kernel does, where that is another thing. */
  readonly kernel: readonly string[] | null;
}

const split = (text: string): string[] => text.trim().split(/\s+/);

/** `node=… from=… [draw=…] PACKET => WHAT HAPPENS [kernel=> WHAT THE KERNEL DOES]` */
export function readLine(text: string): PacketLine {
  const [left = '', right, more] = text.split('=> ');
  if (right === undefined || (more !== undefined && !right.trimEnd().endsWith('kernel'))) {
    throw new Error('a packet line is "node=... from=... PACKET => WHAT HAPPENS"');
  }
  const words = split(left);
  const start = words.findIndex((each) => !/^(node|from|draw(-\w+)?)=/.test(each));
  const { values } = readWords(words.slice(0, start));
  for (const name of values.keys()) if (name.startsWith('draw-')) strategyNamed(name.slice('draw-'.length));
  return {
    node: values.get('node') ?? '',
    from: values.get('from') ?? '',
    draws: new Map([...values].filter(([name]) => name.startsWith('draw'))),
    packet: words.slice(start),
    expected: split(more === undefined ? right : right.replace(/kernel\s*$/, '')),
    kernel: more === undefined ? null : split(more),
  };
}

/** What is expected, taken apart: `drop REASON`, `reply PACKET name=value …` or `PACKET name=value …`. */
export interface Expectation {
  readonly verdict: 'DROP' | 'REPLY' | 'FORWARD';
  /** The packet; for a drop its reason. */
  readonly packet: string;
  readonly values: ReadonlyMap<string, string>;
}

export function readExpectation(words: readonly string[]): Expectation {
  const verdict = words[0] === 'drop' ? 'DROP' : words[0] === 'reply' ? 'REPLY' : 'FORWARD';
  const { bare, values } = readWords(verdict === 'FORWARD' ? words : words.slice(1));
  return { verdict, packet: bare.join(' '), values };
}
