// turns.ts - what one statement of a rule does to a packet: every turn that the walk can take, with its chance or condition.
import { familyOf, formatEndpoint, parseAddress, toBigInt } from '../../model/address.js';
import type { Element } from '../rules/elements.js';
import type { Place, Statement } from '../rules/ruleset.js';
import type { Value, Verdict } from '../rules/values.js';
import { decide, elementsOf, evaluate, lookUp, type Outcome } from './evaluate.js';
import type { Here } from './fields.js';
import type { EndVerdict } from './leaves.js';
import type { Frame, Moment } from './moment.js';
import { addressText, type Packet } from './packet.js';

/** What comes next: whatever the moment says, the next statement, the next rule, a verdict, or the end of the walk. */
type Next =
  | 'on'
  | 'statement'
  | 'rule'
  | Verdict
  | { readonly kind: 'end'; readonly verdict: EndVerdict; readonly depends?: string };

export interface Turn {
  readonly probability: number;
  /** The condition under which it is taken, if nobody knows; with whether it holds. */
  readonly condition?: { readonly text: string; readonly holds: boolean };
  /** Changes the packet; told with the rule. */
  readonly apply?: (moment: Moment) => string;
  readonly next: Next;
}

const go = (next: Next, apply?: Turn['apply']): Turn[] => [{ probability: 1, next, ...(apply && { apply }) }];
const whereOf = ({ file, line }: Place): string => `${file}:${line}`;

/** Both ways of a condition, or the one that was taken before. */
function fork(text: string, moment: Moment, yes: Next, no: Next, probability = 1): Turn[] {
  const before = moment.assumed.get(text);
  if (before !== undefined) return [{ probability, next: before ? yes : no }];
  return [
    { probability, condition: { text, holds: true }, next: yes },
    { probability, condition: { text, holds: false }, next: no },
  ];
}

const dependent = (text: string): Next => ({ kind: 'end', verdict: 'depends', depends: text });

/** The most elements of a map that are tried one after the other when nobody knows the key. */
const MOST_KEYS = 64;

export function verdictText(verdict: Verdict): string {
  if (verdict.kind === 'jump' || verdict.kind === 'goto') return `${verdict.kind} ${verdict.chain}`;
  return verdict.kind === 'queue' ? verdict.text : verdict.kind;
}

const keyText = ({ key }: Element): string =>
  key.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join(' . ');

/** A verdict map whose key nobody knows: each of its elements, or none. */
function everyVerdict(unknown: string, elements: readonly Element[], otherwise: Element | null): Turn[] {
  const next = (element: Element | null): Next => element?.verdict ?? 'rule';
  if (elements.length > MOST_KEYS) return go(dependent(unknown));
  return [
    ...elements.map(
      (element): Turn => ({
        probability: 1,
        condition: { text: `${unknown} is ${keyText(element)}`, holds: true },
        next: next(element),
      }),
    ),
    { probability: 1, condition: { text: `${unknown} is none of the map's`, holds: true }, next: next(otherwise) },
  ];
}

function verdictMap(statement: Extract<Statement, { kind: 'vmap' }>, scene: Scene): Turn[] {
  const of = elementsOf(statement.of, scene);
  return lookUp(evaluate(statement.key, scene), of, (element) => element).flatMap((one): Turn[] => {
    if ('taken' in one) return [{ probability: one.probability, next: one.taken?.verdict ?? 'rule' }];
    return 'unknown' in of ? go(dependent(of.unknown)) : everyVerdict(one.unknown, of.list, of.otherwise);
  });
}

const UNTRACKED = 64n;

const MARK_TEXT = (field: string, value: bigint): string => `${field.replace('meta ', '')} 0x${value.toString(16)}`;

function setMark({ field, value }: Extract<Statement, { kind: 'set' }>, scene: Scene): Turn[] {
  return evaluate(value, scene).map((outcome): Turn => {
    const { probability } = outcome;
    if ('unknown' in outcome) return { probability, next: dependent(outcome.unknown) };
    const [first] = outcome.values ?? [];
    // nft gives a rule up that copies from a connection that is not there; CONNMARK goes on and changes nothing.
    if (typeof first !== 'bigint') return { probability, next: scene.table.backend === 'nft' ? 'rule' : 'statement' };
    const apply = ({ packet }: Moment): string => {
      if (field === 'ct mark' && (packet.state === UNTRACKED || !packet.lookedUp)) return '';
      if (field === 'meta mark') packet.mark = first & 0xffff_ffffn;
      else packet.connectionMark = first & 0xffff_ffffn;
      return MARK_TEXT(field, first);
    };
    return { probability, apply, next: 'statement' };
  });
}

/** A new destination or source; null leaves it. */
interface Target {
  readonly address: bigint | null;
  readonly port: bigint | null;
}

const ACCEPT: Verdict = { kind: 'accept' };

/** Names what a NAT rule made of the packet. */
function told(packet: Packet, change: 'source' | 'destination'): string {
  const isSource = change === 'source';
  const address = addressText(packet.family, isSource ? packet.source : packet.destination);
  const port = isSource ? null : packet.destinationPort;
  return `${isSource ? 'snat' : 'dnat'} ${port === null ? address : formatEndpoint(address, Number(port))}`;
}

/** Rewrites the packet. Returns the words for the step. */
function rewrite(moment: Moment, change: 'source' | 'destination', { address, port }: Target): string {
  const { packet } = moment;
  if (change === 'source') {
    moment.sourceSettled = true;
    packet.sourceRewritten = true;
    packet.masqueraded = false;
    packet.source = address ?? packet.source;
    if (packet.sourcePort !== null) packet.sourcePort = port ?? packet.sourcePort;
    return told(packet, change);
  }
  moment.destinationSettled = true;
  packet.destinationRewritten = true;
  packet.destination = address ?? packet.destination;
  if (packet.destinationPort !== null) packet.destinationPort = port ?? packet.destinationPort;
  return told(packet, change);
}

function masquerade(moment: Moment): string {
  moment.sourceSettled = true;
  moment.packet.sourceRewritten = true;
  moment.packet.masqueraded = true;
  return 'masquerade';
}

const LOOPBACK = { IPv4: 0x7f00_0001n, IPv6: 1n } as const;

/** The first address of the interface that the packet came through; null where no dump has it (nf_nat_redirect). */
function addressOfInterface({ node }: Here, { family, inInterface }: Packet): bigint | null {
  const own = node.addresses?.find(({ address, device }) => device === inInterface && familyOf(address) === family);
  const address = own ? parseAddress(own.address) : null;
  return address && toBigInt(address);
}

/** Redirected packets go to the node itself: to loopback from itself, else to the interface that they came through. */
function redirect(moment: Moment, port: bigint | null, here: Here): string {
  const { packet } = moment;
  const address = packet.own ? LOOPBACK[packet.family] : addressOfInterface(here, packet);
  packet.redirected = true;
  return rewrite(moment, 'destination', { address, port }).replace('dnat', 'redirect');
}

/** A source port that nobody can tell. */
const SOME_PORT: Value = 'some port';

type Values = Outcome & { readonly values: readonly Value[] | null };

/** Puts the outcomes of address and port together; each may be left out. */
function targets({ change, to }: Extract<Statement, { kind: 'nat' }>, scene: Scene): (Outcome | Values)[] {
  const none: Outcome[] = [{ probability: 1, values: ['' as Value] }];
  if (to.kind === 'pair') return evaluate(to.value, scene);
  const addresses = to.kind === 'to' && to.address !== null ? evaluate(to.address, scene) : none;
  const ports = to.port === null ? none : evaluate(to.port, scene);
  return addresses.flatMap((address) =>
    ports.map((port): Outcome => {
      const probability = address.probability * port.probability;
      if ('unknown' in address) return { probability, unknown: address.unknown };
      // Which port the source gets is of no consequence for where the packet goes.
      const some = 'unknown' in port && change === 'source' ? { values: [SOME_PORT] } : port;
      if ('unknown' in some) return { probability, unknown: some.unknown };
      if (address.values === null || some.values === null) return { probability, values: null };
      return { probability, values: [...address.values, ...some.values] };
    }),
  );
}

const numeric = (value: Value | undefined): bigint | null => (typeof value === 'bigint' ? value : null);

function translate(statement: Extract<Statement, { kind: 'nat' }>, scene: Scene): Turn[] {
  const { change, to } = statement;
  return targets(statement, scene).map((outcome): Turn => {
    const { probability } = outcome;
    if ('unknown' in outcome) return { probability, next: dependent(outcome.unknown) };
    if (outcome.values === null) return { probability, next: 'rule' };
    const [address, port] = [numeric(outcome.values[0]), numeric(outcome.values[1])];
    const isOpen = outcome.values[1] === SOME_PORT;
    const apply = (moment: Moment): string => {
      if (isOpen) moment.packet.sourcePort = null;
      if (to.kind !== 'own') return rewrite(moment, change, { address, port });
      return change === 'source' ? masquerade(moment) : redirect(moment, port, scene.here);
    };
    return { probability, apply, next: ACCEPT };
  });
}

interface Scene {
  readonly packet: Packet;
  readonly here: Here;
  readonly table: Frame['table'];
  readonly moment: Moment;
  readonly place: Place;
  /** The chain is kube-proxy's: whom its lists remember is left out of account. */
  readonly isKube: boolean;
}

function matchTurns(statement: Extract<Statement, { kind: 'match' }>, scene: Scene): Turn[] {
  return decide(statement, scene).flatMap(({ probability, answer }): Turn[] => {
    if (answer === 'yes') return [{ probability, next: 'statement' }];
    if (answer === 'no') return [{ probability, next: 'rule' }];
    const { packet } = scene;
    // A rule that looks at the same thing in another packet asks something else.
    const changed = packet.destinationRewritten || packet.sourceRewritten ? ' after NAT' : '';
    return fork(
      `${answer.unknown}${changed} matches (${whereOf(scene.place)})`,
      scene.moment,
      'statement',
      'rule',
      probability,
    );
  });
}

/** Every turn of a statement. Their chances sum to 1 where no condition is among them. */
export function turnsOf(statement: Statement, scene: Scene): Turn[] {
  switch (statement.kind) {
    case 'match':
      return matchTurns(statement, scene);
    case 'chance':
      return [
        { probability: statement.probability, next: 'statement' },
        { probability: 1 - statement.probability, next: 'rule' },
      ];
    case 'unknown match':
      if (scene.isKube && statement.fresh !== undefined) return go(statement.fresh ? 'statement' : 'rule');
      return fork(`${statement.text} matches (${whereOf(scene.place)})`, scene.moment, 'statement', 'rule');
    case 'verdict':
      return statement.verdict.kind === 'queue'
        ? fork(`the program at ${statement.verdict.text} accepts (${whereOf(scene.place)})`, scene.moment, ACCEPT, {
            kind: 'drop',
          })
        : go(statement.verdict);
    case 'vmap':
      return verdictMap(statement, scene);
    case 'set':
      return setMark(statement, scene);
    case 'nat':
      return translate(statement, scene);
    case 'reject':
      return go({ kind: 'end', verdict: 'reject' }, () => `reject (${statement.text})`);
    case 'untrack':
      return go('statement', ({ packet }) => {
        // A connection that was looked up already stays.
        if (packet.lookedUp) return '';
        packet.state = UNTRACKED;
        return 'not tracked';
      });
    case 'aside':
      return go('statement');
    case 'unknown target':
      return go(dependent(`${statement.text} (${whereOf(scene.place)})`));
  }
}
