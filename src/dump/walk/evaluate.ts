// evaluate.ts - an expression of a rule for a packet: every value that it can have, each with its chance.
import { type Element, type Elements, type Interval, inside } from '../rules/elements.js';
import type { Among, Expression, Table } from '../rules/ruleset.js';
import type { Value } from '../rules/values.js';
import { fieldOf, type Here, isUnknown, type Unknown } from './fields.js';
import type { Packet } from './packet.js';

/** `values` null: there is no such thing in the packet. */
export type Outcome =
  | { readonly probability: number; readonly values: readonly Value[] | null }
  | ({ readonly probability: number } & Unknown);

interface Scene {
  readonly packet: Packet;
  readonly here: Here;
  readonly table: Table;
}

const sure = (...values: readonly Value[]): Outcome[] => [{ probability: 1, values }];
const NOTHING: Outcome[] = [{ probability: 1, values: null }];
const ALL = 0xffff_ffffn;

const partsOf = (outcome: Outcome): readonly (Value | null)[] =>
  'unknown' in outcome ? (outcome.parts ?? [null]) : (outcome.values ?? []);

/** What is known of two parts of which one is not, or not wholly. */
function partly(x: Outcome, y: Outcome): Unknown {
  const unknown = 'unknown' in x ? x.unknown : 'unknown' in y ? y.unknown : '';
  return { unknown, parts: [...partsOf(x), ...partsOf(y)] };
}

/** Can an element hold a key of which only some parts are known? */
const mayHold = ({ key }: Element, parts: readonly (Value | null)[]): boolean =>
  key.every((interval, i) => parts[i] === null || parts[i] === undefined || inside(interval, parts[i]));

/** True if what is known of a key says already that it is in no element. */
const isOutside = ({ parts }: Unknown, of: Elements): boolean =>
  parts !== undefined && of.otherwise === null && !of.list.some((element) => mayHold(element, parts));

/** Both, for every pair of their outcomes. */
function both(
  a: readonly Outcome[],
  b: readonly Outcome[],
  join: (x: readonly Value[], y: readonly Value[]) => readonly Value[] | null,
): Outcome[] {
  return a.flatMap((x) =>
    b.map((y): Outcome => {
      const probability = x.probability * y.probability;
      if ('values' in x && x.values === null) return { probability, values: null };
      if ('values' in y && y.values === null) return { probability, values: null };
      if ('unknown' in x || 'unknown' in y) return { probability, ...partly(x, y) };
      return { probability, values: join(x.values as readonly Value[], y.values as readonly Value[]) };
    }),
  );
}

function bit(op: '&' | '|' | '^' | '<<' | '>>', x: Value, y: Value): Value | null {
  if (typeof x !== 'bigint' || typeof y !== 'bigint') return null;
  if (op === '&') return x & y;
  if (op === '|') return x | y;
  if (op === '^') return x ^ y;
  if (y > 128n) return null;
  return op === '<<' ? (x << y) & ALL : x >> y;
}

/** The elements that are meant; a reason where no dump has them. */
export function elementsOf(among: Among, { table, here }: Scene): Elements | Unknown {
  if ('elements' in among) return among.elements;
  if (among.ipset) {
    const known = here.node.ipsets.get(among.name);
    return known ? known.elements : { unknown: `IP set ${among.name}, which is not in the dumps (ipset save)` };
  }
  const set = table.sets.get(among.name);
  return set ? set.elements : { unknown: `set ${among.name}, which is not in the dump` };
}

function draw(size: number, offset: number): Outcome[] {
  return Array.from({ length: size }, (_, i) => ({ probability: 1 / size, values: [BigInt(offset + i)] }));
}

const found = (element: Element | null): readonly Value[] | null => element?.value ?? null;

/** Every element that outcomes lead to; `none` of the map where they lead to none. */
export function lookUp<T>(
  outcomes: readonly Outcome[],
  of: Elements | Unknown,
  take: (element: Element | null) => T,
): ({ probability: number; taken: T } | ({ probability: number } & Unknown))[] {
  return outcomes.map((outcome) => {
    const { probability } = outcome;
    if ('unknown' in outcome) {
      return !('unknown' in of) && isOutside(outcome, of) ? { probability, taken: take(null) } : outcome;
    }
    if (outcome.values === null) return { probability, taken: take(null) };
    if ('unknown' in of) return { probability, unknown: of.unknown };
    return { probability, taken: take(of.find(outcome.values)) };
  });
}

export function evaluate(expression: Expression, scene: Scene): Outcome[] {
  switch (expression.kind) {
    case 'value':
      return sure(expression.value);
    case 'field': {
      const fact = fieldOf(expression.name, scene.packet, scene.here);
      if (fact === null) return NOTHING;
      return isUnknown(fact) ? [{ probability: 1, ...fact }] : sure(fact);
    }
    case 'bits': {
      const [left, right] = [evaluate(expression.left, scene), evaluate(expression.right, scene)];
      return both(left, right, ([x], [y]) => {
        const value = x === undefined || y === undefined ? null : bit(expression.op, x, y);
        return value === null ? null : [value];
      });
    }
    case 'concat':
      return expression.parts.map((part) => evaluate(part, scene)).reduce((a, b) => both(a, b, (x, y) => [...x, ...y]));
    case 'draw':
      return draw(expression.size, expression.offset);
    case 'map': {
      const looked = lookUp(evaluate(expression.key, scene), elementsOf(expression.of, scene), found);
      return looked.map((one) => ('taken' in one ? { probability: one.probability, values: one.taken } : one));
    }
    case 'unknown':
      return [{ probability: 1, unknown: expression.text }];
  }
}

type Answer = 'yes' | 'no' | Unknown;

const apart = (a: Interval, b: Interval): boolean =>
  (a.last as bigint) < (b.first as bigint) || (b.last as bigint) < (a.first as bigint);
const covers = (a: Interval, b: Interval): boolean =>
  (a.first as bigint) <= (b.first as bigint) && (b.last as bigint) <= (a.last as bigint);
const isNumeric = ({ first }: Interval): boolean => typeof first === 'bigint';

/** An unknown number of which it is known where it lies may still be surely inside or surely outside. */
function guess(unknown: Unknown, of: Elements): boolean | null {
  const { within } = unknown;
  if (!within) return null;
  const intervals = of.list.map(({ key }) => key[0] as Interval);
  if (!intervals.every(isNumeric) || of.list.some(({ key, excluded }) => key.length !== 1 || excluded)) return null;
  if (intervals.every((one) => apart(one, within))) return false;
  return intervals.some((one) => covers(one, within)) ? true : null;
}

const answer = (holds: boolean): Answer => (holds ? 'yes' : 'no');

const shares = (of: Elements, value: Value | undefined): boolean =>
  typeof value === 'bigint' &&
  of.list.some(
    ({ key: [interval] }) =>
      interval !== undefined && typeof interval.first === 'bigint' && (interval.first & value) !== 0n,
  );

interface Match {
  readonly left: Expression;
  readonly op: 'in' | 'not in' | 'any' | 'none';
  readonly right: Among;
}

type Decision = { readonly probability: number; readonly answer: Answer };

/** One port of the two, as multiport's `--ports` asks. */
function either(match: Match, scene: Scene): Decision[] {
  const answers = ['th sport', 'th dport'].map((name): Answer => {
    const [decision] = decide({ ...match, op: 'in', left: { kind: 'field', name } }, scene);
    return decision?.answer ?? 'no';
  });
  const unknown = answers.find((one) => one !== 'yes' && one !== 'no');
  const isIn = answers.includes('yes');
  return [{ probability: 1, answer: isIn || !unknown ? answer(isIn === (match.op === 'in')) : unknown }];
}

/** Does the match hold? One answer for each outcome of what it looks at. */
export function decide(match: Match, scene: Scene): Decision[] {
  if (match.left.kind === 'field' && match.left.name === 'th port') return either(match, scene);
  const of = elementsOf(match.right, scene);
  return evaluate(match.left, scene).map((outcome) => {
    const { probability } = outcome;
    if ('unknown' in of) return { probability, answer: of };
    if ('unknown' in outcome) {
      const isSet = match.op === 'in' || match.op === 'not in';
      const isIn = isSet ? (isOutside(outcome, of) ? false : guess(outcome, of)) : null;
      return { probability, answer: isIn === null ? outcome : answer(isIn === (match.op === 'in')) };
    }
    const { values } = outcome;
    // A packet that lacks what is asked for matches nothing; only of IP sets the opposite holds then.
    if (values === null) return { probability, answer: answer('ipset' in match.right && match.op === 'not in') };
    if (match.op === 'any' || match.op === 'none')
      return { probability, answer: answer(shares(of, values[0]) === (match.op === 'any')) };
    return { probability, answer: answer((of.find(values) !== null) === (match.op === 'in')) };
  });
}
