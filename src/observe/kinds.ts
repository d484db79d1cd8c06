// kinds.ts - how two treatments of one packet differ, in words: the kinds by which differences are counted.
import { reasonSpec, reasonText } from '../abi/reasons.js';
import { formatEndpoint } from '../model/address.js';
import type { FirstPacket } from './classes.js';
import { type ClassOutcome, sameShare } from './judge.js';
import type { TraceBackend } from './trace.js';

type Pair = readonly [ClassOutcome, ClassOutcome];

/** Kinds that follow from the reasons of the two outcomes, in this order. */
const BY_REASON: readonly (readonly [kind: string, applies: (pair: Pair, packet: FirstPacket) => boolean])[] = [
  ['a health-check port, accepted by a rule or left alone', (pair) => verdicts(pair, 'accept', 'none')],
  [
    'an address and port on which only one side has a Service',
    (pair) => some(pair, ({ verdict }) => verdict === 'dnat') && some(pair, isNobodys) && !isNodePort(pair),
  ],
  ['NodePorts on a loopback address', (pair, { destination }) => isNodePort(pair) && isLoopback(destination)],
  ['NodePorts on another address of the node', (pair) => isNodePort(pair) && verdicts(pair, 'dnat', 'none')],
  [
    'a NodePort without usable endpoints, on an address where one side has no NodePorts',
    (pair) => isNodePort(pair) && some(pair, ({ verdict }) => verdict === 'none'),
  ],
  ['a port that the address of a Service does not have', (pair) => reasons(pair, 'UNKNOWN_SERVICE_PORT')],
  ['an address of the Service range that no Service has', (pair) => reasons(pair, 'UNALLOCATED_SERVICE_ADDRESS')],
  [
    'a source outside loadBalancerSourceRanges, and no endpoints',
    (pair) =>
      reasons(pair, 'SOURCE_RANGE') &&
      some(pair, ({ reason, verdict }) => reason === 'NO_ENDPOINTS' || verdict === 'none'),
  ],
  [
    'source ranges on a load-balancer address that is also an external IP',
    (pair) => reasons(pair, 'SOURCE_RANGE') && some(pair, ({ frontend }) => frontend === 'EXTERNAL_IP'),
  ],
  ['a source outside loadBalancerSourceRanges', (pair) => reasons(pair, 'SOURCE_RANGE')],
  ['policy Local without an endpoint on the node', (pair) => reasons(pair, 'NO_LOCAL_ENDPOINTS')],
  [
    "the node's own packet to an external address without endpoints",
    (pair) => reasons(pair, 'NO_ENDPOINTS') && some(pair, ({ verdict }) => verdict === 'none'),
  ],
  ['a Service that has endpoints on one side only', (pair) => reasons(pair, 'NO_ENDPOINTS')],
];

const some = (pair: Pair, holds: (outcome: ClassOutcome) => boolean): boolean => pair.some(holds);
const reasons = (pair: Pair, reason: string): boolean => some(pair, (outcome) => outcome.reason === reason);
const verdicts = (pair: Pair, a: string, b: string): boolean =>
  some(pair, ({ verdict }) => verdict === a) && some(pair, ({ verdict }) => verdict === b);
const isNodePort = (pair: Pair): boolean => some(pair, ({ frontend }) => frontend === 'NODE_PORT');
const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';
/** No frontend there: left alone, or stopped for that reason. */
const isNobodys = ({ frontend }: ClassOutcome): boolean => frontend === null;

/** Kinds of packets that nobody sends who wants an existing Service. */
const STRAY: ReadonlySet<string> = new Set([
  'a health-check port, accepted by a rule or left alone',
  'NodePorts on a loopback address',
  'a port that the address of a Service does not have',
  'an address of the Service range that no Service has',
  'packets that no Service rule touches',
]);

export const isStray = (kind: string): boolean => STRAY.has(kind);

const nameOf = ({ address, port }: TraceBackend): string => `${address} ${port}`;

function byBackends([a, b]: Pair, { source }: FirstPacket): string {
  const names = new Set(a.backends.map(nameOf));
  if (names.size !== b.backends.length || b.backends.some((backend) => !names.has(nameOf(backend)))) {
    return a.list === b.list ? 'other endpoints' : 'policy Local, from a pod or the node itself';
  }
  const others = new Map(b.backends.map((backend) => [nameOf(backend), backend]));
  const changed = a.backends.filter((backend) => others.get(nameOf(backend))?.masquerade !== backend.masquerade);
  if (changed.length === 0) return 'other shares of the endpoints';
  return changed.every(({ address }) => address === source)
    ? 'the source address of a client that is its own endpoint'
    : 'the source address that endpoints see';
}

/** The kind of a difference. */
export function kindOf(pair: Pair, packet: FirstPacket): string {
  const [a, b] = pair;
  if (a.verdict === 'dnat' && b.verdict === 'dnat') return byBackends(pair, packet);
  const found = BY_REASON.find(([, applies]) => applies(pair, packet));
  return found ? found[0] : 'packets that no Service rule touches';
}

const WAYS: Readonly<Record<string, string>> = { HOST: 'to the node itself', POD: 'to a pod', UPLINK: 'off the node' };

function endpointsText({ backends, list }: ClassOutcome): string {
  const masqueraded = backends.filter(({ masquerade }) => masquerade).length;
  const source =
    masqueraded === 0
      ? 'source kept'
      : masqueraded === backends.length
        ? 'source becomes the node'
        : `source becomes the node for ${masqueraded} of them`;
  const one = backends[0];
  const what = backends.length === 1 && one ? `${one.address} port ${one.port}` : `one of ${backends.length} endpoints`;
  return `to ${what}${list === 'local' ? ' on this node' : ''}, ${source}`;
}

/** An outcome in a few words. */
function outcomeText(outcome: ClassOutcome): string {
  const { verdict, reason, end } = outcome;
  if (verdict === 'dnat') return endpointsText(outcome);
  if (verdict === 'accept') return 'accepted for the node itself';
  // The kernel does not say why.
  if (reason === '') return { drop: 'dropped', reject: 'rejected', none: 'no Service rule' }[verdict];
  if (verdict !== 'none') return reasonText(reason);
  const spec = reasonSpec(reason);
  if (spec && spec.class !== 'deliver') return `no Service rule; ${spec.brief}`;
  const way = WAYS[end.replace('*', '')] ?? reason;
  return `no Service rule; goes ${way}${end.endsWith('*') ? ', masqueraded' : ''}`;
}

/** Endpoints that are named one by one. */
const NAMED = 4;

function list(texts: readonly string[]): string {
  const rest = texts.length > NAMED ? ` and ${texts.length - NAMED} more` : '';
  return `${texts.slice(0, NAMED).join(', ')}${rest}`;
}

/** What separates the endpoints of one side from the other's: some that only it has, or their shares. */
function apart(own: ClassOutcome, other: ClassOutcome): string {
  if (own.verdict !== 'dnat' || other.verdict !== 'dnat' || own.backends.length < 2) return '';
  const others = new Map(other.backends.map((backend) => [nameOf(backend), backend.probability]));
  const alone = own.backends.filter((backend) => !others.has(nameOf(backend)));
  if (alone.length > 0) return `, here alone ${list(alone.map(({ address, port }) => formatEndpoint(address, port)))}`;
  const uneven = own.backends.filter(
    (backend) => !sameShare(backend.probability, others.get(nameOf(backend)) ?? backend.probability),
  );
  const share = ({ address, port, probability }: TraceBackend): string =>
    `${formatEndpoint(address, port)} ${(probability * 100).toFixed(1)} %`;
  return uneven.length === 0 ? '' : `, ${list(uneven.map(share))}`;
}

/** Both outcomes of a class, in just the words that tell them apart. */
export const pairTexts = ([a, b]: Pair): readonly [string, string] => [
  outcomeText(a) + apart(a, b),
  outcomeText(b) + apart(b, a),
];
