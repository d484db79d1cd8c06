// compared.ts - what is programmed against what should be: the same packets through both, and what differs of their ends.
import { formatEndpoint } from '../../model/address.js';
import type { Here } from '../walk/fields.js';
import type { Leaf } from '../walk/leaves.js';
import { addressText } from '../walk/packet.js';
import { serviceOf } from '../walk/services.js';
import { type Step, stepsOf } from '../walk/trail.js';
import { Walk } from '../walk/walk.js';
import { type Finding, type FindingKind, finding, RESYNC, some, type Told } from './finding.js';
import type { Asking } from './questions.js';

/** What differs, once for all packets for which it does. */
interface Difference {
  readonly kind: FindingKind;
  /** Differences of the same kind with the same subject are one finding. */
  readonly subject: string;
  readonly asking: Asking;
  readonly step: Step | null;
  readonly detail: string;
}

const endpointOf = ({ packet }: Leaf): string =>
  formatEndpoint(addressText(packet.family, packet.destination), Number(packet.destinationPort ?? 0n));

/** Shares that are nearer count as the same: rules round them. */
const NEAR = 0.01;

interface End {
  readonly share: number;
  readonly masquerade: boolean;
  readonly leaf: Leaf;
}

function endsOf(leaves: readonly Leaf[]): Map<string, End> {
  const found = new Map<string, End>();
  for (const leaf of leaves) {
    const key = leaf.verdict === 'dnat' ? endpointOf(leaf) : leaf.verdict;
    const before = found.get(key);
    const masquerade = leaf.packet.sourceRewritten;
    found.set(key, { share: (before?.share ?? 0) + leaf.probability, masquerade, leaf });
  }
  return found;
}

const OTHER_ENDS: ReadonlySet<string> = new Set(['accept', 'drop', 'reject', 'depends']);
const isEndpoint = (key: string): boolean => !OTHER_ENDS.has(key);

/** The step that ended it: of a drop the rule, else the rule that chose. */
const decisive = ({ trail }: Leaf): Step | null =>
  stepsOf(trail).findLast(({ rule, matched }) => matched && rule !== '') ?? null;

const isKube = (step: Step | null): boolean =>
  step !== null && (step.chain.startsWith('KUBE-') || step.table.endsWith(' kube-proxy'));

/** The rule that rewrote the source. */
const masquerader = ({ trail }: Leaf): Step | null =>
  stepsOf(trail).findLast(({ effect, hook }) => hook === 'postrouting' && /masquerade|snat/.test(effect)) ?? null;

/** The rule that chose the destination. */
const chooser = ({ trail }: Leaf): Step | null =>
  stepsOf(trail).findLast(({ effect }) => /dnat|redirect/.test(effect)) ?? null;

/** Ends that only one side has. */
function endpoints(asking: Asking, should: ReadonlyMap<string, End>, is: ReadonlyMap<string, End>): Difference[] {
  const { name } = asking.service;
  const missing = [...should].filter(([key]) => isEndpoint(key) && !is.has(key));
  const stale = [...is].filter(([key]) => isEndpoint(key) && !should.has(key));
  const of = (kind: FindingKind, key: string, leaf: Leaf | null): Difference => ({
    kind,
    subject: `${name} ${key}`,
    asking,
    step: leaf && chooser(leaf),
    detail: key,
  });
  const foreign = stale.find(([, { leaf }]) => chooser(leaf) !== null && !isKube(chooser(leaf)));
  if (foreign) return [of('foreign-nat', foreign[0], foreign[1].leaf)];
  return [
    // What stands in the place of a missing one is the whole story.
    ...missing.slice(stale.length).map(([key]) => of('missing-endpoint', key, null)),
    ...stale.map(([key, { leaf }]) => of('stale-endpoint', key, leaf)),
  ];
}

function shares(asking: Asking, should: ReadonlyMap<string, End>, is: ReadonlyMap<string, End>): Difference[] {
  const off = [...should].find(([key, { share }]) => Math.abs(share - (is.get(key)?.share ?? 0)) > NEAR);
  if (!off) return [];
  const [key, { share }] = off;
  const percent = (value: number): string => `${Math.round(value * 100)} %`;
  const detail = `${key} gets ${percent(is.get(key)?.share ?? 0)} instead of ${percent(share)}`;
  const chain = stepsOf(is.get(key)?.leaf.trail ?? null).findLast(({ effect }) => /^(jump|goto) KUBE-SEP/.test(effect));
  return [{ kind: 'uneven', subject: asking.service.name, asking, step: chain ?? null, detail }];
}

function masquerades(asking: Asking, should: ReadonlyMap<string, End>, is: ReadonlyMap<string, End>): Difference[] {
  for (const [key, { masquerade }] of should) {
    const end = is.get(key);
    if (!end || end.masquerade === masquerade) continue;
    if (masquerade) return [{ kind: 'missing-masquerade', subject: '', asking, step: null, detail: key }];
    const step = masquerader(end.leaf);
    const subject = `${step?.place?.file}:${step?.place?.line}`;
    return [{ kind: isKube(step) ? 'needless-masquerade' : 'wide-masquerade', subject, asking, step, detail: key }];
  }
  return [];
}

/** kube-proxy's own rule for packets that no Service takes: unknown ports of cluster IPs, addresses that are nobody's. */
const isForNobody = (step: Step | null): boolean =>
  step !== null &&
  serviceOf(step.chain, step.comment) === null &&
  !step.rule.includes('no-endpoint') &&
  step.chain !== 'reject-chain';

/** The whole list of ends is another. */
function verdicts(asking: Asking, should: ReadonlyMap<string, End>, is: ReadonlyMap<string, End>): Difference | null {
  const [wanted] = should.keys();
  const [seen, end] = [...is][0] ?? [];
  if (wanted === undefined || seen === undefined || !end) return null;
  const step = decisive(end.leaf);
  const { name } = asking.service;
  const place = `${step?.place?.file}:${step?.place?.line}`;
  const of = (kind: FindingKind, subject: string, detail: string): Difference => ({
    kind,
    subject,
    asking,
    step,
    detail,
  });
  if (isEndpoint(wanted) === isEndpoint(seen) && (isEndpoint(seen) || wanted === seen)) return null;
  if (seen === 'drop' || seen === 'reject') {
    if (!isKube(step)) return of('foreign-drop', place, seen);
    if (!isEndpoint(wanted)) return of('wrong-verdict', name, seen);
    return of(isForNobody(step) ? 'missing-service' : 'stale-service', name, seen);
  }
  if (!isEndpoint(seen)) return of('missing-service', name, seen);
  return of(isKube(step) ? 'stale-service' : 'foreign-nat', isKube(step) ? name : place, seen);
}

function differencesOf(asking: Asking, expected: readonly Leaf[], actual: readonly Leaf[]): Difference[] {
  const [should, is] = [endsOf(expected), endsOf(actual)];
  const verdict = verdicts(asking, should, is);
  if (verdict) return [verdict];
  const foreign = [...is].find(
    ([key, { leaf }]) => (key === 'drop' || key === 'reject') && !should.has(key) && !isKube(decisive(leaf)),
  );
  if (foreign) {
    const step = decisive(foreign[1].leaf);
    return [
      { kind: 'foreign-drop', subject: `${step?.place?.file}:${step?.place?.line}`, asking, step, detail: foreign[0] },
    ];
  }
  const ends = endpoints(asking, should, is);
  return ends.length > 0 ? ends : [...shares(asking, should, is), ...masquerades(asking, should, is)];
}

/** Sentence and remedy of a kind, for all packets with the same difference. */
type Teller = (first: Difference, services: readonly string[]) => Pick<Told, 'severity' | 'message' | 'remedy'>;

const TELLERS: Partial<Record<FindingKind, Teller>> = {
  'missing-service': (_, names) => ({
    severity: 'error',
    message: `${some(names)} is not programmed: its packets pass as if there were no Service`,
    remedy: RESYNC,
  }),
  'missing-endpoint': ({ detail }, names) => ({
    severity: 'error',
    message: `${some(names)} never chooses its endpoint ${detail}`,
    remedy: RESYNC,
  }),
  'stale-endpoint': ({ detail }, names) => ({
    severity: 'error',
    message: `${some(names)} still sends connections to ${detail}, which is none of its endpoints`,
    remedy: RESYNC,
  }),
  'stale-service': ({ detail }, names) => ({
    severity: 'error',
    message:
      detail === 'drop' || detail === 'reject'
        ? `${some(names)} has endpoints, and its packets are still ${detail === 'drop' ? 'dropped' : 'rejected'}`
        : `${some(names)} has no usable endpoint, and connections are still sent to ${detail}`,
    remedy: RESYNC,
  }),
  'wrong-verdict': ({ detail }, names) => ({
    severity: 'error',
    message: `packets to ${some(names)} are ${detail === 'drop' ? 'dropped' : 'rejected'}, and should not be`,
    remedy: RESYNC,
  }),
  uneven: ({ detail }, names) => ({
    severity: 'warning',
    message: `${some(names)} does not choose evenly: ${detail}`,
    remedy: RESYNC,
  }),
  'missing-masquerade': (_, names) => ({
    severity: 'error',
    message: `the source of packets to ${some(names)} is not rewritten: answers do not come back through this node`,
    remedy: RESYNC,
  }),
  'needless-masquerade': (_, names) => ({
    severity: 'warning',
    message: `the source of packets to ${some(names)} is rewritten, and should be kept`,
    remedy:
      'Compare --masquerade-all, --cluster-cidr and --detect-local-mode of kube-proxy with what the audit was told.',
  }),
  'wide-masquerade': (_, names) => ({
    severity: 'warning',
    message: `a rule that is not kube-proxy's hides the clients of ${some(names)}`,
    remedy: 'Let the rule leave out the addresses of pods, for example ! -d with the cluster CIDR.',
  }),
  'foreign-drop': ({ detail }, names) => ({
    severity: 'error',
    message: `a rule that is not kube-proxy's ${detail === 'drop' ? 'drops' : 'rejects'} packets to ${some(names)}`,
    remedy: 'Let the rule, or the policy of its chain, accept them: what it sees are the addresses after NAT.',
  }),
  'foreign-nat': ({ detail }, names) => ({
    severity: 'error',
    message: `a rule that is not kube-proxy's sends packets to ${some(names)} to ${detail} instead`,
    remedy: 'Take the rule out, or give it another port: it comes before those of kube-proxy.',
  }),
};

const PLURAL: readonly (readonly [RegExp, string])[] = [[/^(.*) is not programmed/, '$1 are not programmed']];

function tell(differences: readonly Difference[]): Finding {
  const [first] = differences as [Difference, ...Difference[]];
  const names = [...new Set(differences.map(({ asking }) => asking.service.name))];
  const told = TELLERS[first.kind]?.(first, names) ?? {
    severity: 'warning' as const,
    message: first.kind,
    remedy: RESYNC,
  };
  const plural =
    names.length > 1 ? PLURAL.reduce((text, [from, to]) => text.replace(from, to), told.message) : told.message;
  const who = [...new Set(differences.map(({ asking }) => asking.who))].join(' and ');
  const where = some(differences.map(({ asking }) => asking.where));
  const { step } = first;
  const rule = step?.place ? { text: step.rule || step.effect, place: step.place } : undefined;
  return finding({ ...told, message: plural, kind: first.kind, affects: `${who} to ${where}`, rule });
}

/** Every difference of the packets' ends, those of one cause as one finding. */
export function comparedFindings(is: Here, should: Here, askings: readonly Asking[]): Finding[] {
  const [actual, expected] = [new Walk(is), new Walk(should)];
  const groups = new Map<string, Difference[]>();
  for (const asking of askings) {
    for (const difference of differencesOf(asking, expected.ends(asking.question), actual.ends(asking.question))) {
      const key = `${difference.kind} ${difference.subject}`;
      const group = groups.get(key);
      if (group) group.push(difference);
      else groups.set(key, [difference]);
    }
  }
  return [...groups.values()].map(tell);
}
