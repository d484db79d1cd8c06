// targets.ts - the targets of iptables in the words of the common model: verdicts, NAT, marks, and what only looks on.
import { parseAddress, toBigInt } from '../../../model/address.js';
import { numberOf, numeral, SERVICES } from '../../rules/numbers.js';
import type { Expression, NatTarget, Statement } from '../../rules/ruleset.js';
import { field } from './matches.js';
import type { Segment } from './words.js';

type Reader = (segment: Segment) => readonly Statement[] | null;

const given = ({ options }: Segment, ...names: readonly string[]): string | undefined =>
  options.find(({ name }) => names.includes(name))?.values[0];

const constant = (value: bigint): Expression => ({ kind: 'value', value });
const bits = (op: '&' | '|' | '^', left: Expression, right: bigint): Expression => ({
  kind: 'bits',
  op,
  left,
  right: constant(right),
});

const verdict = (kind: 'accept' | 'drop' | 'return'): readonly Statement[] => [{ kind: 'verdict', verdict: { kind } }];

const ALL = 0xffff_ffffn;

/** `value/mask`: xt_mark clears the bits of the mask and flips (`--set-xmark`) or sets (`--set-mark`) those of the value. */
function changed(name: 'meta mark' | 'ct mark', how: string, text: string): Statement | null {
  const [left = '', right] = text.split('/');
  const value = numeral(left.toLowerCase());
  const mask = right === undefined ? ALL : numeral(right.toLowerCase());
  if (value === null || mask === null) return null;
  const cleared = (by: bigint): Expression => (by === ALL ? constant(0n) : bits('&', field(name), ALL & ~by));
  const results: Readonly<Record<string, () => Expression>> = {
    '--set-xmark': () => bits('^', cleared(mask), value),
    '--set-mark': () => bits('|', cleared(mask | value), value),
    '--and-mark': () => bits('&', field(name), value),
    '--or-mark': () => bits('|', field(name), value),
    '--xor-mark': () => bits('^', field(name), value),
  };
  const result = results[how];
  return result ? { kind: 'set', field: name, value: result() } : null;
}

function markTarget(segment: Segment, name: 'meta mark' | 'ct mark'): readonly Statement[] | null {
  const [option] = segment.options;
  if (!option) return null;
  const statement = changed(name, option.name, option.values[0] ?? '');
  return statement && [statement];
}

/** `--save-mark` and `--restore-mark` copy between the packet's mark and the connection's. */
function connmark(segment: Segment): readonly Statement[] | null {
  const [option] = segment.options;
  const isSave = option?.name === '--save-mark';
  if (!isSave && option?.name !== '--restore-mark') return markTarget(segment, 'ct mark');
  const [target, from] = isSave ? (['ct mark', 'meta mark'] as const) : (['meta mark', 'ct mark'] as const);
  const common = numeral(given(segment, '--mask') ?? '');
  const [own, other] = isSave ? ['--ctmask', '--nfmask'] : ['--nfmask', '--ctmask'];
  const ownMask = common ?? numeral(given(segment, own as string) ?? '') ?? ALL;
  const otherMask = common ?? numeral(given(segment, other as string) ?? '') ?? ALL;
  const copied = otherMask === ALL ? field(from) : bits('&', field(from), otherMask);
  const kept: Expression = ownMask === ALL ? constant(0n) : bits('&', field(target), ALL & ~ownMask);
  return [{ kind: 'set', field: target, value: { kind: 'bits', op: '^', left: kept, right: copied } }];
}

/** One of several, evenly. */
const oneOf = (first: bigint, last: bigint, text: string): Expression =>
  first === last ? constant(first) : { kind: 'draw', size: Number(last - first) + 1, offset: Number(first), text };

/** The most addresses or ports of a range that are told one by one. */
const MOST_CHOICES = 256n;

/** `a`, `a-b`: null if it is no address or too many. */
function addressRange(text: string): Expression | null {
  const [first, last] = text.split('-').map(parseAddress);
  if (!first || last === null) return null;
  const [low, high] = [toBigInt(first), last ? toBigInt(last) : toBigInt(first)];
  if (high === low) return constant(low);
  if (high < low || high - low >= MOST_CHOICES || high > BigInt(Number.MAX_SAFE_INTEGER))
    return { kind: 'unknown', text };
  return oneOf(low, high, `one of ${text}`);
}

function portRange(text: string): Expression | null {
  const [range = ''] = text.split('/');
  const [first, last] = range.split('-').map((word) => numberOf(word, SERVICES));
  if (first === null || first === undefined || last === null) return null;
  const high = last ?? first;
  if (high < first || high - first >= MOST_CHOICES) return { kind: 'unknown', text: `one of the ports ${text}` };
  return oneOf(first, high, `one of the ports ${text}`);
}

/** `ADDRESS[-ADDRESS][:PORT[-PORT]]`, IPv6 in brackets where a port follows. */
function natTo(text: string): NatTarget | null {
  const found = /^(?:\[([^\]]*)\]|([^[\]]*?))(?::([\d/-]+))?$/.exec(text);
  const bare = addressRange(text);
  if (bare) return { kind: 'to', address: bare, port: null };
  const addresses = found?.[1] ?? found?.[2] ?? '';
  const address = addresses === '' ? null : addressRange(addresses);
  const port = found?.[3] === undefined ? null : portRange(found[3]);
  if (!found || (addresses !== '' && address === null) || (found[3] !== undefined && port === null)) return null;
  return { kind: 'to', address, port };
}

function nat(segment: Segment, change: 'source' | 'destination', option: string): readonly Statement[] | null {
  const text = given(segment, option);
  const to = text === undefined ? null : natTo(text);
  return to && [{ kind: 'nat', change, to }];
}

function ownAddress(segment: Segment, change: 'source' | 'destination'): readonly Statement[] | null {
  const text = given(segment, '--to-ports');
  const port = text === undefined ? null : portRange(text);
  return text !== undefined && port === null ? null : [{ kind: 'nat', change, to: { kind: 'own', port } }];
}

const TARGETS: Readonly<Record<string, Reader>> = {
  ACCEPT: () => verdict('accept'),
  DROP: () => verdict('drop'),
  RETURN: () => verdict('return'),
  REJECT: (segment) => [{ kind: 'reject', text: given(segment, '--reject-with') ?? 'icmp-port-unreachable' }],
  MARK: (segment) => markTarget(segment, 'meta mark'),
  CONNMARK: connmark,
  DNAT: (segment) => nat(segment, 'destination', '--to-destination'),
  SNAT: (segment) => nat(segment, 'source', '--to-source'),
  MASQUERADE: (segment) => ownAddress(segment, 'source'),
  REDIRECT: (segment) => ownAddress(segment, 'destination'),
  NOTRACK: () => [{ kind: 'untrack' }],
  QUEUE: () => [{ kind: 'verdict', verdict: { kind: 'queue', text: 'queue 0' } }],
  NFQUEUE: (segment) => [
    {
      kind: 'verdict',
      verdict: { kind: 'queue', text: `queue ${given(segment, '--queue-num', '--queue-balance') ?? '0'}` },
    },
  ],
  CT: ({ options }) => (options.some(({ name }) => name === '--notrack') ? [{ kind: 'untrack' }] : []),
};

/** Targets that change neither the addresses of a packet nor its way. */
const ASIDE = new Set(
  'LOG NFLOG ULOG TCPMSS TCPOPTSTRIP TOS DSCP CLASSIFY TTL HL CHECKSUM TRACE SET AUDIT SECMARK CONNSECMARK RATEEST TEE IDLETIMER LED ECN'.split(
    ' ',
  ),
);

const words = ({ module, options }: Segment): string =>
  ['-j', module, ...options.flatMap(({ name, values }) => [name, ...values])].join(' ');

/** What the target of a rule does. `isChain`: is there a chain of that name in the table? */
export function targetOf(
  segment: Segment | null,
  goto: boolean,
  isChain: (name: string) => boolean,
): readonly Statement[] {
  if (segment === null) return [];
  const { module } = segment;
  if (isChain(module)) return [{ kind: 'verdict', verdict: { kind: goto ? 'goto' : 'jump', chain: module } }];
  if (ASIDE.has(module)) return [{ kind: 'aside', text: words(segment) }];
  return (
    (Object.hasOwn(TARGETS, module) ? TARGETS[module]?.(segment) : null) ?? [
      { kind: 'unknown target', text: words(segment) },
    ]
  );
}
