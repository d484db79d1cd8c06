// set.ts - sets of fields, and what sets can do: union, intersection, difference.
//
// A set is its own text form, FieldsV1: a tree of elements. An empty node below the root is a field in the set; a node
// with fields below it is in the set itself only if it has a `.`. Sets are never changed: every operation makes a new one,
// and shares with its arguments what it did not change. Semantics of structured-merge-diff's fieldpath.Set.
import { compareElements, parseElement } from './element.js';

export interface FieldSet {
  readonly [element: string]: FieldSet;
}

const SELF = '.';
const HERE: FieldSet = Object.freeze({});

/** The set of no fields. */
export const NOTHING: FieldSet = HERE;

/** Is the field of this node in the set, not only fields below it? Never asked of the root. */
const isMember = (node: FieldSet): boolean => {
  for (const element in node) return element === SELF || SELF in node;
  return true;
};

export const isEmpty = (set: FieldSet): boolean => {
  for (const _element in set) return false;
  return true;
};

type Draft = Record<string, FieldSet>;

const BARE = { writable: true, enumerable: true, configurable: true } as const;

/** Elements are `f:…` and the like, so that none is called `__proto__`. */
function node(member: boolean, children: Draft): FieldSet | undefined {
  if (isEmpty(children)) return member ? HERE : undefined;
  if (member) Object.defineProperty(children, SELF, { value: HERE, ...BARE });
  return children;
}

/** Sets are built from the leaves up: the set with one more node. Changes the draft. */
export class SetBuilder {
  readonly #children: Draft = {};

  /** Adds a field, if `member`, and what is below it. */
  add(element: string, member: boolean, below: FieldSet = NOTHING): void {
    const children: Draft = { ...below };
    const made = node(member, children);
    if (made) this.#children[element] = this.#children[element] ? unionNode(this.#children[element], made) : made;
  }

  build(): FieldSet {
    return this.#children;
  }
}

function unionNode(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  const member = isMember(a) || isMember(b);
  return node(member, unionChildren(a, b)) ?? HERE;
}

function unionChildren(a: FieldSet, b: FieldSet): Draft {
  const children: Draft = {};
  for (const element in a) if (element !== SELF) children[element] = a[element] as FieldSet;
  for (const element in b) {
    if (element === SELF) continue;
    const [left, right] = [children[element], b[element] as FieldSet];
    children[element] = left ? unionNode(left, right) : right;
  }
  return children;
}

/** What is in one of both. */
export const union = (a: FieldSet, b: FieldSet): FieldSet => (isEmpty(a) ? b : isEmpty(b) ? a : unionChildren(a, b));

type Both = (left: FieldSet, right: FieldSet) => FieldSet | undefined;

/** Children of `a` by what `both` makes of those that `b` has, too. */
function each(a: FieldSet, b: FieldSet, both: Both, alone: boolean): Draft {
  const children: Draft = {};
  for (const element in a) {
    if (element === SELF) continue;
    const [left, right] = [a[element] as FieldSet, b[element]];
    const made = right ? both(left, right) : alone ? left : undefined;
    if (made) children[element] = made;
  }
  return children;
}

const intersectNodes: Both = (a, b) => node(isMember(a) && isMember(b), each(a, b, intersectNodes, false));

/** What is in both. */
export const intersection = (a: FieldSet, b: FieldSet): FieldSet => each(a, b, intersectNodes, false);

const subtractNodes: Both = (a, b) => node(isMember(a) && !isMember(b), each(a, b, subtractNodes, true));

/** What is in the first and not in the second. A field that goes leaves those below it. */
export const difference = (a: FieldSet, b: FieldSet): FieldSet => (isEmpty(b) ? a : each(a, b, subtractNodes, true));

const subtractTrees: Both = (a, b) => (isMember(b) ? undefined : node(isMember(a), each(a, b, subtractTrees, true)));

/** What is in the first, and neither in the second nor below a field of it. */
export const without = (a: FieldSet, b: FieldSet): FieldSet => (isEmpty(b) ? a : each(a, b, subtractTrees, true));

/** Is the field in the set that this element leads to? */
export const has = (set: FieldSet, element: string): boolean => {
  const found = set[element];
  return found !== undefined && isMember(found);
};

/** The fields of the set below an element; undefined if there are none. */
export function below(set: FieldSet, element: string): FieldSet | undefined {
  const found = set[element];
  return found && Object.keys(found).some((name) => name !== SELF) ? found : undefined;
}

/** The set with exactly these fields. */
export function setOf(...paths: readonly (readonly string[])[]): FieldSet {
  let set: FieldSet = NOTHING;
  for (const path of paths) {
    const one = path.reduceRight<FieldSet>((inner, element) => ({ [element]: inner }), HERE);
    set = union(set, one);
  }
  return set;
}

/** Elements of a node by name, key and value; `.` is none. */
const elementsOf = (set: FieldSet): string[] =>
  Object.keys(set)
    .filter((element) => element !== SELF)
    .sort(compareElements);

/** The paths in the set, in the order in which they are told: of each level first the fields, then what is below. */
export function pathsOf(set: FieldSet): string[][] {
  const elements = elementsOf(set);
  const own = elements.filter((element) => has(set, element)).map((element) => [element]);
  const inner = elements.flatMap((element) => pathsOf(set[element] ?? NOTHING).map((path) => [element, ...path]));
  return [...own, ...inner];
}

/** Are the same fields in both? */
export function equal(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => b[name] !== undefined && equal(a[name] as FieldSet, b[name]));
}

/** A set that a client wrote; undefined for what is none. */
export function parseSet(value: unknown): FieldSet | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const set: Draft = {};
  for (const [text, inner] of Object.entries(value)) {
    const element = text === SELF ? SELF : parseElement(text);
    const parsed = parseSet(inner);
    if (element === undefined || parsed === undefined) return undefined;
    set[element] = parsed;
  }
  return set;
}
