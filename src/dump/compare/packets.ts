// packets.ts - a packet of every class that the rules of two dumps tell apart by what they compare with.
import type { Family } from '../../model/address.js';
import { frontendsOf } from '../audit/frontends.js';
import type { Element, Interval } from '../rules/elements.js';
import type { NodeDump } from '../rules/node.js';
import type { Among, Expression, Statement, Table } from '../rules/ruleset.js';
import { hasPorts, type Question } from '../walk/packet.js';

/** Values at which answers can change, by what is looked at. */
interface Edges {
  readonly sources: Set<bigint>;
  readonly destinations: Set<bigint>;
  readonly ports: Set<bigint>;
  readonly interfaces: Set<string>;
}

const KINDS: readonly (readonly [RegExp, keyof Edges])[] = [
  [/saddr$/, 'sources'],
  [/daddr$/, 'destinations'],
  [/dport$/, 'ports'],
  [/^meta iifname$/, 'interfaces'],
];

function addEdges(edges: Edges, name: string, { first, last }: Interval): void {
  const kind = KINDS.find(([pattern]) => pattern.test(name))?.[1];
  if (kind === undefined) return;
  if (kind === 'interfaces') edges.interfaces.add(String(first).replace(/\*$/, '0'));
  else if (typeof first === 'bigint') edges[kind].add(first).add((last as bigint) + 1n);
}

const fieldsOf = (expression: Expression): string[] =>
  expression.kind === 'concat'
    ? expression.parts.flatMap(fieldsOf)
    : [expression.kind === 'field' ? expression.name : ''];

function elementsOf(among: Among, { sets }: Table, { ipsets }: NodeDump): readonly Element[] {
  if ('elements' in among) return among.elements.list;
  return (among.ipset ? ipsets.get(among.name)?.elements.list : sets.get(among.name)?.elements.list) ?? [];
}

function keyed(statement: Statement): readonly [Expression, Among] | null {
  if (statement.kind === 'match') return [statement.left, statement.right];
  return statement.kind === 'vmap' ? [statement.key, statement.of] : null;
}

function edgesOf(dumps: readonly NodeDump[]): Edges {
  const edges: Edges = { sources: new Set(), destinations: new Set(), ports: new Set(), interfaces: new Set() };
  for (const dump of dumps) {
    for (const table of dump.ruleset.tables) {
      for (const statement of [...table.chains.values()]
        .flatMap(({ rules }) => rules)
        .flatMap(({ statements }) => statements)) {
        const found = keyed(statement);
        if (!found) continue;
        const names = fieldsOf(found[0]);
        for (const { key } of elementsOf(found[1], table, dump)) {
          for (const [i, interval] of key.entries()) addEdges(edges, names[i] ?? '', interval);
        }
      }
    }
  }
  return edges;
}

const PROTOCOLS: Readonly<Record<Family, readonly number[]>> = { IPv4: [6, 17, 132, 1], IPv6: [6, 17, 132, 58] };
const TOP = 1n << 32n;
const OTHER_PORT = 1n;

const ofFamily = (values: ReadonlySet<bigint>, family: Family, other: bigint): bigint[] => [
  ...new Set([
    other,
    ...[...values].filter((value) => (family === 'IPv4' ? value < TOP : value >= TOP && value < 1n << 128n)),
  ]),
];

/** 198.51.100.77 and 198.51.100.78, 2001:db8::77 and 2001:db8::78: nobody's. */
const NOBODY: Readonly<Record<Family, readonly [bigint, bigint]>> = {
  IPv4: [0xc633_644dn, 0xc633_644en],
  IPv6: [(0x2001_0db8n << 96n) + 0x77n, (0x2001_0db8n << 96n) + 0x78n],
};

/** Two numbers have no divisor in common: a stride then meets every value of every list. */
const isCoprime = (a: number, b: number): boolean => (b === 0 ? a === 1 : isCoprime(b, a % b));

function strideOf(count: number, most: number): number {
  let stride = Math.max(1, Math.ceil(count / most));
  while (stride > 1 && !isCoprime(count, stride)) stride++;
  return stride;
}

/** Every frontend that kube-proxy has written, from an address of nobody. */
const toFrontends = (dumps: readonly NodeDump[]): Question[] =>
  dumps.flatMap(frontendsOf).flatMap(({ isIPv6, protocol, address, port }): Question[] => {
    const family = isIPv6 ? 'IPv6' : 'IPv4';
    if (address === null) return [];
    const [source] = NOBODY[family];
    return [
      {
        family,
        protocol,
        source,
        destination: address,
        sourcePort: 40_000n,
        destinationPort: BigInt(port),
        inInterface: 'eth0',
        state: 'new',
      },
    ];
  });

/** So many packets are sent through both, besides those to frontends; of more classes a part, spread evenly. */
const MOST_PACKETS = 4_000;

interface Classes {
  readonly questions: readonly Question[];
  /** One of every class; else only a sample. */
  readonly isWhole: boolean;
}

export function classesOf(dumps: readonly NodeDump[]): Classes {
  const edges = edgesOf(dumps);
  const families = (['IPv4', 'IPv6'] as const).filter((family) =>
    dumps.some(({ ruleset }) =>
      ruleset.tables.some((table) => table.family === 'inet' || (table.family === 'ip') === (family === 'IPv4')),
    ),
  );
  const sides = families.map((family) => ({
    family,
    sources: ofFamily(edges.sources, family, NOBODY[family][0]),
    destinations: ofFamily(edges.destinations, family, NOBODY[family][1]),
    ports: [...new Set([OTHER_PORT, ...[...edges.ports].filter((port) => port > 0n && port < 65_536n)])],
    interfaces: [...new Set(['eth0', ...edges.interfaces])],
  }));
  let isWhole = true;
  const questions = sides.flatMap(({ family, sources, destinations, ports, interfaces }) => {
    const count = sources.length * destinations.length * ports.length * interfaces.length * 4;
    const step = strideOf(count, MOST_PACKETS / sides.length);
    if (step > 1) isWhole = false;
    return Array.from({ length: Math.ceil(count / step) }, (_, i): Question => {
      let rest = i * step;
      const take = <T>(list: readonly T[]): T => {
        const one = list[rest % list.length] as T;
        rest = Math.floor(rest / list.length);
        return one;
      };
      const [destination, destinationPort, protocol] = [take(destinations), take(ports), take(PROTOCOLS[family])];
      return {
        family,
        protocol,
        source: take(sources),
        destination,
        sourcePort: hasPorts(protocol) ? 40_000n : null,
        destinationPort: hasPorts(protocol) ? destinationPort : null,
        inInterface: take(interfaces),
        state: 'new',
      };
    });
  });
  return { questions: [...toFrontends(dumps), ...questions], isWhole };
}
