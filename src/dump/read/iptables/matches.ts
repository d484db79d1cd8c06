// matches.ts - the matches of iptables, module by module, in the words of the common model.
import { parseAddress, toBigInt } from '../../../model/address.js';
import { Elements, exactly, type Interval } from '../../rules/elements.js';
import {
  ADDRESS_TYPES,
  addressInterval,
  CT_STATES,
  CT_STATES_OR_NAT,
  CT_STATUS,
  ICMP_TYPES,
  ICMPV6_TYPES,
  numberOf,
  PACKET_TYPES,
  PROTOCOLS,
  SERVICES,
  TCP_FLAGS,
} from '../../rules/numbers.js';
import type { Expression, Statement } from '../../rules/ruleset.js';
import { ADDRESS_SPAN } from '../../rules/spans.js';
import type { Option, Segment } from './words.js';

/** Null = an option or a value that is not known here: the whole match stays unknown. */
type Read = Statement | readonly Statement[] | null;
type Reader = (option: Option, options: readonly Option[], isIPv6: boolean) => Read;

export const field = (name: string): Expression => ({ kind: 'field', name });
const number = (value: bigint): Expression => ({ kind: 'value', value });
const NONE: readonly Statement[] = [];

const within = (left: Expression, negated: boolean, ...intervals: readonly Interval[]): Statement => ({
  kind: 'match',
  left,
  op: negated ? 'not in' : 'in',
  right: { elements: Elements.within(...intervals) },
});

const masked = (left: Expression, mask: bigint): Expression => ({ kind: 'bits', op: '&', left, right: number(mask) });

/** Every one of a comma list as an interval, or null if one is not understood. */
function intervals(text: string, read: (part: string) => Interval | null): Interval[] | null {
  const found = text.split(',').map(read);
  return found.every((one) => one !== null) ? (found as Interval[]) : null;
}

const listMatch =
  (name: string, read: (part: string) => Interval | null): Reader =>
  ({ negated, values: [text = ''] }) => {
    const found = intervals(text, read);
    return found && within(field(name), negated, ...found);
  };

const numberIn =
  (words: Readonly<Record<string, number>>) =>
  (text: string): Interval | null => {
    const value = numberOf(text, words);
    return value === null ? null : exactly(value);
  };

/** `a:b`, `a:`, `:b` or `a`. */
const rangeIn =
  (most: bigint, words: Readonly<Record<string, number>> = {}, sign = ':') =>
  (text: string): Interval | null => {
    const at = text.indexOf(sign);
    if (at < 0) return numberIn(words)(text);
    const [low, high] = [text.slice(0, at), text.slice(at + 1)];
    const first = low === '' ? 0n : numberOf(low, words);
    const last = high === '' ? most : numberOf(high, words);
    return first === null || last === null ? null : { first, last };
  };

const port = rangeIn(65_535n, SERVICES);

/** An address, a network or a range of them; a mask with holes is compared bit by bit. */
function addressMatch(name: string): Reader {
  return ({ negated, values: [text = ''] }) => {
    const parts = text.split(',');
    const found = parts.map(addressInterval);
    if (found.every((one) => one !== null)) {
      const whole = (found as Interval[]).some(({ first, last }) => first === 0n && ADDRESS_SPAN.has(last as bigint));
      return whole && !negated ? NONE : within(field(name), negated, ...(found as Interval[]));
    }
    const [left = '', right = ''] = text.split('/');
    const [address, mask] = [parseAddress(left), parseAddress(right)];
    if (!address || !mask) return null;
    const bits = toBigInt(mask);
    return within(masked(field(name), bits), negated, exactly(toBigInt(address) & bits));
  };
}

/** Rules of iptables end a name with `+` where any rest will do. */
const interfaceMatch =
  (name: string): Reader =>
  ({ negated, values: [text = ''] }) => {
    if (text === '+' && !negated) return NONE;
    return within(field(name), negated, exactly(text.endsWith('+') ? `${text.slice(0, -1)}*` : text));
  };

const protocolMatch: Reader = ({ negated, values: [text = ''] }) => {
  if (text === 'all' || text === '0') return negated ? null : NONE;
  const value = numberOf(text, PROTOCOLS);
  return value === null ? null : within(field('meta l4proto'), negated, exactly(value));
};

const BASIC: Readonly<Record<string, Reader>> = {
  '-s': addressMatch('ip saddr'),
  '-d': addressMatch('ip daddr'),
  '-i': interfaceMatch('meta iifname'),
  '-o': interfaceMatch('meta oifname'),
  '-p': protocolMatch,
  '-f': ({ negated }) => within(field('ip frag-off'), negated, { first: 1n, last: 0x1fffn }),
  '-4': () => NONE,
  '-6': () => NONE,
};

const flagBits = (text: string): bigint | null => {
  if (text === 'ALL') return 0x3fn;
  if (text === 'NONE') return 0n;
  const bits = text.split(',').map((word) => numberOf(word, TCP_FLAGS));
  return bits.every((one) => one !== null) ? bits.reduce<bigint>((sum, one) => sum | (one as bigint), 0n) : null;
};

function flagsMatch(negated: boolean, looked: bigint | null, set: bigint | null): Read {
  if (looked === null || set === null) return null;
  return within(masked(field('tcp flags'), looked), negated, exactly(set));
}

const PORTS: Readonly<Record<string, Reader>> = {
  '--sport': listMatch('th sport', port),
  '--source-port': listMatch('th sport', port),
  '--dport': listMatch('th dport', port),
  '--destination-port': listMatch('th dport', port),
  '--sports': listMatch('th sport', port),
  '--source-ports': listMatch('th sport', port),
  '--dports': listMatch('th dport', port),
  '--destination-ports': listMatch('th dport', port),
  '--ports': listMatch('th port', port),
};

/** `value/mask` of a mark. */
const markMatch =
  (name: string): Reader =>
  ({ negated, values: [text = ''] }) => {
    const [value, mask] = text.split('/').map((part) => numberOf(part));
    if (value === null || value === undefined || mask === null) return null;
    if (mask === undefined) return within(field(name), negated, exactly(value));
    return within(masked(field(name), mask), negated, exactly(value));
  };

const bitsMatch =
  (name: string, words: Readonly<Record<string, number>>): Reader =>
  ({ negated, values: [text = ''] }) => {
    const found = intervals(text.toLowerCase(), numberIn(words));
    if (found === null) return null;
    return {
      kind: 'match',
      left: field(name),
      op: negated ? 'none' : 'any',
      right: { elements: Elements.within(...found) },
    };
  };

/** In rules of the conntrack match, NAT of a connection is a state, too: `RELATED,ESTABLISHED,DNAT`. */
const stateMatch: Reader = bitsMatch('ct state or nat', CT_STATES_OR_NAT);

const limits = ['--limit-iface-in', '--limit-iface-out'];

/** All addresses of IPv6 that are multicast, and the one that is none at all. */
const MULTICAST: Interval = { first: 0xffn << 120n, last: (1n << 128n) - 1n };
const UNSPECIFIED = exactly(0n);
const OF_ADDRESS = new Set(['unicast', 'multicast', 'unspec']);

/** Of IPv6, kinds of addresses and kinds of routes must all hold, not one of them (xt_addrtype.c, match_type6). */
function addressTypesOfIPv6(side: string, negated: boolean, types: readonly string[]): Read {
  const byAddress = types.filter((type) => OF_ADDRESS.has(type));
  const byRoute = types.filter((type) => !OF_ADDRESS.has(type));
  if (negated && byAddress.length + Number(byRoute.length > 0) > 1) return null;
  const found = intervals(byRoute.join(','), numberIn(ADDRESS_TYPES));
  if (byRoute.length > 0 && found === null) return null;
  const address = field(`ip ${side}`);
  const kinds: Readonly<Record<string, Statement>> = {
    unicast: within(address, !negated, MULTICAST, UNSPECIFIED),
    multicast: within(address, negated, MULTICAST),
    unspec: within(address, negated, UNSPECIFIED),
  };
  return [
    ...byAddress.map((type) => kinds[type] as Statement),
    ...(byRoute.length > 0 ? [within(field(`fib ${side} type`), negated, ...(found as Interval[]))] : []),
  ];
}

const addressTypeMatch =
  (side: 'saddr' | 'daddr'): Reader =>
  ({ negated, values: [text = ''] }, options, isIPv6) => {
    if (options.some((other) => limits.includes(other.name))) return null;
    const types = text.toLowerCase();
    if (isIPv6) return addressTypesOfIPv6(side, negated, types.split(','));
    const found = intervals(types, numberIn(ADDRESS_TYPES));
    return found && within(field(`fib ${side} type`), negated, ...found);
  };

/** What a direction of a set's dimension looks at: port words stand for the protocol and the port. */
const DIRECTIONS: Readonly<Record<string, string>> = { src: 'source', dst: 'destination' };

const setMatch: Reader = ({ negated, values: [name = '', flags = ''] }, options) => {
  if (options.some((other) => other.name !== '--match-set' && other.name !== '--return-nomatch')) return null;
  const directions = flags.split(',').map((word) => DIRECTIONS[word]);
  if (directions.some((word) => word === undefined)) return null;
  const parts = directions.map((word, i) => field(`ipset ${name} ${i} ${word}`));
  return {
    kind: 'match',
    left: { kind: 'concat', parts },
    op: negated ? 'not in' : 'in',
    right: { name, ipset: true },
  };
};

const icmpMatch =
  (name: string, words: Readonly<Record<string, number>>): Reader =>
  ({ negated, values: [text = ''] }) => {
    if (text === 'any') return NONE;
    const [type = '', code] = text.split('/');
    const found = numberOf(type, words);
    if (found === null) return null;
    if (code === undefined) return within(field(`${name} type`), negated, exactly(found));
    const both: Expression = { kind: 'concat', parts: [field(`${name} type`), field(`${name} code`)] };
    const number = numberOf(code);
    if (number === null) return null;
    const elements = new Elements([{ key: [exactly(found), exactly(number)] }]);
    return { kind: 'match', left: both, op: negated ? 'not in' : 'in', right: { elements } };
  };

const chanceMatch: Reader = (option, options) => {
  const value = (name: string): number => Number(options.find((one) => one.name === name)?.values[0]);
  const text = options.map(({ name, values }) => [name, ...values].join(' ')).join(' ');
  // One statement for the whole module, made from its first option.
  if (option !== options[0]) return NONE;
  const [probability, every] = [value('--probability'), value('--every')];
  const chance = option.values[0] === 'nth' ? 1 / every : probability;
  if (!(chance >= 0 && chance <= 1)) return null;
  const negated = options.some((one) => one.negated);
  return { kind: 'chance', probability: negated ? 1 - chance : chance, text: `statistic ${text}` };
};

/** A client that no list remembers: the first packet of somebody new. */
const recentMatch: Reader = (option, options) => {
  if (option !== options[0]) return NONE;
  const text = `recent ${options.map(({ name, values }) => [name, ...values].join(' ')).join(' ')}`;
  if (options.some(({ name }) => name === '--set')) return { kind: 'aside', text };
  return {
    kind: 'unknown match',
    text,
    fresh: options.some(({ name, negated }) => negated && /rcheck|update/.test(name)),
  };
};

const rangeMatch =
  (name: string): Reader =>
  ({ negated, values: [text = ''] }) => {
    const found = addressInterval(text);
    return found && within(field(name), negated, found);
  };

/** `--ttl-eq`, `--ttl-lt`, `--ttl-gt`, and the same for hop limits. */
const comparison = (name: string, of: string): Readonly<Record<string, Reader>> => {
  const compared = (negated: boolean, first: bigint | null, last: bigint | null): Read =>
    first === null || last === null ? null : within(field(of), negated, { first, last });
  const beside = (text: string, by: bigint): bigint | null => {
    const value = numberOf(text);
    return value === null ? null : value + by;
  };
  return {
    [`--${name}-eq`]: ({ negated, values: [text = ''] }) => compared(negated, beside(text, 0n), beside(text, 0n)),
    [`--${name}-lt`]: ({ values: [text = ''] }) => compared(false, 0n, beside(text, -1n)),
    [`--${name}-gt`]: ({ values: [text = ''] }) => compared(false, beside(text, 1n), 255n),
  };
};

/** Module → option → statement. */
const MODULES: Readonly<Record<string, Readonly<Record<string, Reader>>>> = {
  '': BASIC,
  comment: {},
  tcp: {
    ...PORTS,
    '--tcp-flags': ({ negated, values: [looked = '', set = ''] }) =>
      flagsMatch(negated, flagBits(looked), flagBits(set)),
    '--syn': ({ negated }) => flagsMatch(negated, 0x17n, 2n),
  },
  udp: PORTS,
  udplite: PORTS,
  sctp: PORTS,
  dccp: PORTS,
  multiport: PORTS,
  conntrack: {
    '--ctstate': stateMatch,
    '--ctstatus': bitsMatch('ct status', CT_STATUS),
    '--ctproto': listMatch('meta l4proto', numberIn(PROTOCOLS)),
    '--ctorigsrc': addressMatch('ct original saddr'),
    '--ctorigdst': addressMatch('ct original daddr'),
    '--ctorigsrcport': listMatch('ct original proto-src', port),
    '--ctorigdstport': listMatch('ct original proto-dst', port),
    '--ctdir': listMatch('ct direction', numberIn({ original: 0, reply: 1 })),
  },
  state: { '--state': bitsMatch('ct state', CT_STATES) },
  mark: { '--mark': markMatch('meta mark') },
  connmark: { '--mark': markMatch('ct mark') },
  addrtype: {
    '--src-type': addressTypeMatch('saddr'),
    '--dst-type': addressTypeMatch('daddr'),
  },
  set: { '--match-set': setMatch, '--return-nomatch': () => NONE },
  iprange: { '--src-range': rangeMatch('ip saddr'), '--dst-range': rangeMatch('ip daddr') },
  statistic: { '--mode': chanceMatch, '--probability': chanceMatch, '--every': chanceMatch, '--packet': chanceMatch },
  recent: Object.fromEntries(
    [
      '--set',
      '--rcheck',
      '--update',
      '--remove',
      '--seconds',
      '--hitcount',
      '--reap',
      '--rttl',
      '--name',
      '--mask',
      '--rsource',
      '--rdest',
    ].map((name) => [name, recentMatch]),
  ),
  icmp: { '--icmp-type': icmpMatch('icmp', ICMP_TYPES) },
  icmp6: { '--icmpv6-type': icmpMatch('icmpv6', ICMPV6_TYPES) },
  pkttype: { '--pkt-type': listMatch('meta pkttype', numberIn(PACKET_TYPES)) },
  nfacct: { '--nfacct-name': () => NONE },
  owner: {
    '--uid-owner': listMatch('meta skuid', rangeIn(0xffff_ffffn, { root: 0 }, '-')),
    '--gid-owner': listMatch('meta skgid', rangeIn(0xffff_ffffn, { root: 0 }, '-')),
  },
  length: { '--length': listMatch('meta length', rangeIn(65_535n)) },
  ttl: comparison('ttl', 'ip ttl'),
  hl: comparison('hl', 'ip6 hoplimit'),
};

const words = ({ module, options }: Segment): string =>
  [
    ...(module === '' ? [] : ['-m', module]),
    ...options.flatMap(({ name, negated, values }) => [...(negated ? ['!'] : []), name, ...values]),
  ].join(' ');

/** The statements of one module of a rule; what is not known stays one unknown match with its words. */
export function matchesOf(segment: Segment, isIPv6: boolean): readonly Statement[] {
  const readers = MODULES[segment.module];
  if (readers === undefined) return [{ kind: 'unknown match', text: words(segment) }];
  const found: Statement[] = [];
  for (const option of segment.options) {
    const read = Object.hasOwn(readers, option.name) ? readers[option.name]?.(option, segment.options, isIPv6) : null;
    if (!read) return [{ kind: 'unknown match', text: words(segment) }];
    if ('kind' in read) found.push(read);
    else found.push(...read);
  }
  return found;
}
