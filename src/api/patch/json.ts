// json.ts - JSON patch (RFC 6902) as the API server applies it. Its library is laxer than the RFC in places.
//
// In evanphx/json-patch, a path need not begin with a slash, `replace` may also create a missing member, and an
// index may count from the end.
import { isDeepStrictEqual } from 'node:util';
import { PatchError } from '../../cluster/merge/strategic.js';

interface Operation {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: unknown;
}

type Json = Record<string, unknown>;

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Operations at most, as the API server has it. */
export const MOST_OPERATIONS = 10_000;

/** What every operation that does not fit is answered with; the server says no more. */
const unfit = (): PatchError => new PatchError('the server rejected our request due to an error in our request', 422);

/** RFC 6901; what stands before the first slash says nothing. */
const stepsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

/** A place in the document: what holds it, and the last step. */
interface Spot {
  readonly parent: Json | unknown[];
  readonly key: string;
}

class Document {
  root: unknown;

  constructor(root: unknown) {
    this.root = root;
  }

  spot(pointer: unknown): Spot {
    if (typeof pointer !== 'string') throw unfit();
    const steps = stepsOf(pointer);
    const key = steps.pop();
    let at: unknown = this.root;
    for (const step of steps) at = member(at, step);
    if (key === undefined || !(isMap(at) || Array.isArray(at))) throw unfit();
    return { parent: at, key };
  }
}

/** Which item of a list an index names; `-` is the place after the last. */
function indexOf(list: readonly unknown[], key: string, most: number): number {
  if (key === '-') return list.length;
  if (!/^-?\d+$/.test(key)) throw unfit();
  const index = Number(key) < 0 ? Number(key) + most + 1 : Number(key);
  if (index < 0 || index > most) throw unfit();
  return index;
}

function member(holder: unknown, key: string): unknown {
  if (Array.isArray(holder)) return holder[indexOf(holder, key, holder.length - 1)];
  return isMap(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined;
}

function put({ parent, key }: Spot, value: unknown, insert: boolean): void {
  if (Array.isArray(parent)) {
    if (insert) parent.splice(indexOf(parent, key, parent.length), 0, value);
    else parent[indexOf(parent, key, parent.length - 1)] = value;
    return;
  }
  Object.defineProperty(parent, key, { value, writable: true, enumerable: true, configurable: true });
}

function take({ parent, key }: Spot): unknown {
  if (Array.isArray(parent)) return parent.splice(indexOf(parent, key, parent.length - 1), 1)[0];
  if (!Object.hasOwn(parent, key)) throw unfit();
  const value = parent[key];
  delete parent[key];
  return value;
}

/** What each operation does. */
const OPERATIONS: Readonly<Record<string, (document: Document, operation: Operation) => void>> = {
  add: (document, { path, value }) => put(document.spot(path), structuredClone(value), true),
  replace: (document, { path, value }) => {
    if (path === '') document.root = structuredClone(value);
    else put(document.spot(path), structuredClone(value), false);
  },
  remove: (document, { path }) => void take(document.spot(path)),
  move: (document, { path, from }) => {
    const value = take(document.spot(from));
    put(document.spot(path), value, true);
  },
  copy: (document, { path, from }) => {
    const { parent, key } = document.spot(from);
    put(document.spot(path), structuredClone(member(parent, key)), true);
  },
  test: (document, { path, value }) => {
    const { parent, key } = document.spot(path);
    if (!isDeepStrictEqual(member(parent, key) ?? null, value ?? null)) throw unfit();
  },
};

/** A copy of `current` with all operations applied. Throws PatchError if any of them fails. */
export function jsonPatch(current: unknown, operations: readonly unknown[]): unknown {
  const document = new Document(structuredClone(current));
  for (const operation of operations) {
    const name = isMap(operation) ? operation.op : undefined;
    const perform = typeof name === 'string' && Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
    if (!perform) throw unfit();
    perform(document, operation as Operation);
  }
  return document.root;
}

const MEMBERS = new Set(['op', 'path', 'from', 'value']);

/** Members of operations that mean nothing, as `[0].extra`. */
export const strayMembers = (operations: readonly unknown[]): string[] =>
  operations.flatMap((operation, i) =>
    isMap(operation)
      ? Object.keys(operation)
          .filter((name) => !MEMBERS.has(name))
          .map((name) => `[${i}].${name}`)
      : [],
  );
