// ipset.ts - `ipset save` → IP sets with their elements.
import { type Element, Elements, exactly, type Interval } from '../../rules/elements.js';
import type { IpSet, SetPart } from '../../rules/node.js';
import { addressInterval, numberOf, PROTOCOLS, SERVICES } from '../../rules/numbers.js';
import { mistake } from '../place.js';
import { linesOf } from './lines.js';

const PARTS: Readonly<Record<string, SetPart>> = { ip: 'address', net: 'address', port: 'port', iface: 'interface' };

const PORT_BITS = 16n;

/** `tcp:80`, `udp:53-60`, `80`: protocol and port together. */
function portInterval(text: string): Interval | null {
  const colon = text.lastIndexOf(':');
  const protocol = colon < 0 ? 6n : numberOf(text.slice(0, colon), PROTOCOLS);
  const [low, high] = text
    .slice(colon + 1)
    .split('-')
    .map((word) => numberOf(word, SERVICES));
  if (protocol === null || low === null || low === undefined || high === null) return null;
  const at = protocol << PORT_BITS;
  return { first: at | low, last: at | (high ?? low) };
}

function interval(text: string, part: SetPart): Interval | null {
  if (part === 'address') return addressInterval(text);
  if (part === 'port') return portInterval(text);
  if (part === 'interface') return exactly(text.replace(/^physdev:/, ''));
  const [low, high] = text.split('-').map((word) => numberOf(word));
  return low === null || low === undefined || high === null ? exactly(text) : { first: low, last: high ?? low };
}

interface Growing {
  readonly set: Omit<IpSet, 'elements'>;
  readonly elements: Element[];
}

function created(words: readonly string[], place: IpSet['place']): Growing {
  const [, name = '', type = ''] = words;
  const dimensions = type.split(':')[1]?.split(',') ?? [];
  const bare = type.startsWith('bitmap:');
  const parts = dimensions.map((word): SetPart => {
    const part = PARTS[word] ?? 'other';
    return bare && part === 'port' ? 'bare port' : part;
  });
  const family = words[words.indexOf('family') + 1];
  const isIPv6 = words.includes('family') ? family === 'inet6' : parts.includes('address') ? false : null;
  return { set: { name, isIPv6, parts, place }, elements: [] };
}

/** `10.0.0.1,tcp:80,10.0.0.2`; null where a part is not understood. */
function elementOf(text: string, parts: readonly SetPart[], excluded: boolean, line: number): Element | null {
  const words = text.split(',');
  const key = words.map((word, i) => interval(word, parts[i] ?? 'other'));
  if (words.length !== parts.length || key.some((one) => one === null)) return null;
  return { key: key as Interval[], line, ...(excluded && { excluded }) };
}

export function readIpsets(text: string, file: string, first?: number): IpSet[] {
  const sets = new Map<string, Growing>();
  for (const { text: line, place } of linesOf(text, file, first)) {
    const words = line.trim().split(/\s+/);
    const [command, name = '', element = ''] = words;
    if (command === 'create') sets.set(name, created(words, place));
    else if (command === 'add') {
      const set = sets.get(name);
      if (!set) throw mistake(place, `set ${name} was not created before`);
      const one = elementOf(element, set.set.parts, words.includes('nomatch'), place.line);
      if (!one && set.set.parts[0] !== 'other')
        throw mistake({ ...place, column: line.indexOf(element) + 1 }, `"${element}" is no element of ${name}`);
      if (one) set.elements.push(one);
    } else if (!line.startsWith('#')) throw mistake(place, `"${line.slice(0, 60)}" is no line of ipset save`);
  }
  return [...sets.values()].map(({ set, elements }) => ({ ...set, elements: new Elements(elements) }));
}
