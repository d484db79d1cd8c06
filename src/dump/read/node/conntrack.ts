// conntrack.ts - `conntrack -L`, with or without `-o extended`, and /proc/net/nf_conntrack → connections.
import type { Connection, Tuple } from '../../rules/node.js';
import { numberOf, PROTOCOLS } from '../../rules/numbers.js';
import { linesOf } from './lines.js';

const PAIR = /\b(src|dst|sport|dport|mark)=(\S+)/g;

/** 0 for protocols without ports, and for what is none. */
const portOf = (text: string | undefined): number => Number(/^\d{1,5}$/.exec(text ?? '')?.[0] ?? 0);

function tuple(pairs: readonly (readonly [string, string])[]): Tuple | null {
  const of = (name: string): string | undefined => pairs.find(([key]) => key === name)?.[1];
  const [source, destination] = [of('src'), of('dst')];
  if (source === undefined || destination === undefined) return null;
  return { source, destination, sourcePort: portOf(of('sport')), destinationPort: portOf(of('dport')) };
}

/** Lines that are no connections, such as the count at the end, are passed over. */
export function readConntrack(text: string, file: string, first?: number): Connection[] {
  const found: Connection[] = [];
  for (const { text: line, place } of linesOf(text, file, first)) {
    const words = line.trim().split(/\s+/);
    const own = /^ipv[46]$/.test(words[0] ?? '') ? words.slice(2) : words;
    const protocol = numberOf(own[1] ?? '') ?? numberOf(own[0] ?? '', PROTOCOLS);
    const pairs = [...line.matchAll(PAIR)].map(([, key = '', value = '']) => [key, value] as const);
    const second = pairs.findIndex(([key], i) => i > 0 && key === 'src');
    const [original, reply] = [tuple(pairs.slice(0, second)), tuple(pairs.slice(second))];
    if (protocol === null || second < 0 || !original || !reply) continue;
    const state = own.find((word) => /^[A-Z][A-Z_]+$/.test(word)) ?? '';
    const mark = numberOf(pairs.find(([key]) => key === 'mark')?.[1] ?? '0') ?? 0n;
    found.push({ protocol: Number(protocol), state, original, reply, mark, place });
  }
  return found;
}
