// header.ts - the headers of a packet, field by field, from its first bytes: what they say before and after a step.

/** A field of a header. */
export interface Field {
  readonly layer: string;
  readonly name: string;
  /** First byte in the frame, and how many. */
  readonly at: number;
  readonly length: number;
  readonly text: string;
}

const ETHERNET = 14;

export const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length >> 1 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));

const hexOf = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const dotted = (bytes: Uint8Array): string => bytes.join('.');

/** RFC 5952: the longest run of zero groups is left out. */
function colons(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  const runs = [...groups.join(' ').matchAll(/(?:^| )0(?: 0)+(?= |$)/g)].map(([run]) => run);
  const longest = runs.sort((a, b) => b.length - a.length)[0];
  if (longest === undefined) return groups.join(':');
  const [head = '', ...tail] = groups.join(' ').split(longest);
  return `${head.trim().replaceAll(' ', ':')}::${tail.join(longest).trim().replaceAll(' ', ':')}`;
}

const mac = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
const number = (bytes: Uint8Array): string => String(bytes.reduce((sum, byte) => sum * 256 + byte, 0));
const hexNumber = (bytes: Uint8Array): string => `0x${hexOf(bytes)}`;

type Row = readonly [name: string, at: number, length: number, text: (bytes: Uint8Array) => string];

const LINK: readonly Row[] = [
  ['destination', 0, 6, mac],
  ['source', 6, 6, mac],
  ['type', 12, 2, hexNumber],
];
const IPV4: readonly Row[] = [
  ['length', 2, 2, number],
  ['TTL', 8, 1, number],
  ['protocol', 9, 1, number],
  ['checksum', 10, 2, hexNumber],
  ['source', 12, 4, dotted],
  ['destination', 16, 4, dotted],
];
const IPV6: readonly Row[] = [
  ['length', 4, 2, number],
  ['next header', 6, 1, number],
  ['hop limit', 7, 1, number],
  ['source', 8, 16, colons],
  ['destination', 24, 16, colons],
];
const PORTS: readonly Row[] = [
  ['source port', 0, 2, number],
  ['destination port', 2, 2, number],
];
const L4: Readonly<Record<number, readonly [name: string, rows: readonly Row[]]>> = {
  1: [
    'ICMP',
    [
      ['type', 0, 1, number],
      ['checksum', 2, 2, hexNumber],
      ['identifier', 4, 2, number],
    ],
  ],
  6: ['TCP', [...PORTS, ['sequence', 4, 4, number], ['flags', 13, 1, hexNumber], ['checksum', 16, 2, hexNumber]]],
  17: ['UDP', [...PORTS, ['length', 4, 2, number], ['checksum', 6, 2, hexNumber]]],
  58: [
    'ICMPv6',
    [
      ['type', 0, 1, number],
      ['checksum', 2, 2, hexNumber],
      ['identifier', 4, 2, number],
    ],
  ],
  132: ['SCTP', [...PORTS, ['checksum', 8, 4, hexNumber]]],
};

const read = (bytes: Uint8Array, layer: string, base: number, rows: readonly Row[]): Field[] =>
  rows
    .filter(([, at, length]) => base + at + length <= bytes.length)
    .map(([name, at, length, text]) => {
      const from = base + at;
      return { layer, name, at: from, length, text: text(bytes.subarray(from, from + length)) };
    });

/** All fields that are known, in their order; extension headers and options are not walked. */
export function fieldsOf(bytes: Uint8Array): Field[] {
  const v6 = bytes[12] === 0x86;
  const protocol = bytes[ETHERNET + (v6 ? 6 : 9)] ?? 0;
  const l4 = ETHERNET + (v6 ? 40 : ((bytes[ETHERNET] ?? 0) & 15) * 4);
  const [name, rows] = L4[protocol] ?? ['', []];
  return [
    ...read(bytes, 'Ethernet', 0, LINK),
    ...read(bytes, v6 ? 'IPv6' : 'IPv4', ETHERNET, v6 ? IPV6 : IPV4),
    ...read(bytes, name, l4, rows),
  ];
}

/** Places of bytes that differ. */
export const changed = (before: Uint8Array, after: Uint8Array): Set<number> =>
  new Set([...after.keys()].filter((i) => before[i] !== after[i]));
