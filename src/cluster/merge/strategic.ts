// strategic.ts - strategic merge patch: JSON merge patch that knows which lists are maps and which are sets.
//
// Semantics of k8s.io/apimachinery/pkg/util/strategicpatch (StrategicMergeMapPatch) with the directives `$patch`,
// `$retainKeys`, `$setElementOrder/LIST` and `$deleteFromPrimitiveList/LIST`; null removes. Which key a list merges by
// comes from the type of the object (src/schema).
import { type ApiType, elementOf, type Field, typeNamed } from '../../schema/types.js';
import { type Identity, type Item, identityOf, isItem, ordered } from './lists.js';

/** Why a patch cannot be applied, with the code that the API server answers. */
export class PatchError extends Error {
  readonly code: 400 | 422 | 500;

  constructor(message: string, code: 400 | 422 | 500 = 500) {
    super(message);
    this.code = code;
  }
}

const ORDER = '$setElementOrder/';
const DELETE_WORDS = '$deleteFromPrimitiveList/';
const RETAIN = '$retainKeys';
const PATCH = '$patch';

/** A value as Go's %v prints it: in error messages only. */
export function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (isItem(value)) {
    const keys = Object.keys(value).sort();
    return `map[${keys.map((key) => `${key}:${goText(value[key])}`).join(' ')}]`;
  }
  return value === null || value === undefined ? '<nil>' : String(value);
}

/** The type of what a field holds, if it is a struct or a list of structs. */
const typeIn = (field: Field | undefined): ApiType | undefined =>
  field && typeNamed(elementOf(field.type) ?? field.type);

/**
 * A copy of `current` with the patch in it. Neither argument is changed. Throws PatchError.
 * @param type of the object; without one every list is replaced as a whole
 */
export function strategicMerge<T>(current: T, patch: unknown, type: ApiType | undefined): T {
  if (!isItem(patch)) throw new PatchError('invalid JSON document', 400);
  return mergeMap(current as Item, patch, type) as T;
}

function mergeMap(current: Item, patch: Item, type: ApiType | undefined): Item {
  if (PATCH in patch) return replaced(patch);
  const result = retained(current, patch);
  const rest = orderedLists(result, patch, type);
  for (const [key, value] of Object.entries(rest)) mergeField(result, key, value, type);
  return result;
}

/** A map with a directive of its own: it takes the place of the old one, or nothing does. */
function replaced(patch: Item): Item {
  const { [PATCH]: directive, ...rest } = patch;
  if (directive === 'replace') return rest;
  if (directive === 'delete') return {};
  throw new PatchError(`unknown patch type: ${goText(directive)} in map: ${goText(patch)}`);
}

/** A copy without the keys that `$retainKeys` does not name. */
function retained(current: Item, patch: Item): Item {
  if (!(RETAIN in patch)) return { ...current };
  const names = patch[RETAIN];
  if (!Array.isArray(names)) throw new PatchError('invalid patch format of retainKeys', 400);
  const stray = Object.keys(patch).find((key) => !key.startsWith('$') && patch[key] !== null && !names.includes(key));
  if (stray !== undefined) throw new PatchError('invalid patch format of retainKeys', 400);
  return Object.fromEntries(Object.entries(current).filter(([key]) => names.includes(key)));
}

/** Lists whose order the patch tells; what is left of the patch is returned. */
function orderedLists(result: Item, patch: Item, type: ApiType | undefined): Item {
  const rest = { ...patch };
  delete rest[RETAIN];
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(ORDER)) continue;
    delete rest[key];
    if (!Array.isArray(order)) throw new PatchError('invalid patch format of setElementOrder list', 400);
    const name = key.slice(ORDER.length);
    const field = type?.fields.get(name);
    const before = listIn(result, name);
    const named = listIn(patch, name);
    delete rest[name];
    checkOrder(named, order, identityOf(field?.mergeKey ?? ''));
    if (!before && !named) continue;
    const merged = before && named ? mergeList(before, named, field, name) : (before ?? withoutDirectives(named));
    result[name] = ordered(merged as unknown[], order, before ?? [], identityOf(field?.mergeKey ?? ''));
  }
  return rest;
}

function listIn(map: Item, name: string): unknown[] | undefined {
  const value = map[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw new PatchError('invalid patch format of setElementOrder list', 400);
  return value;
}

const isDeletion = (item: unknown): boolean => isItem(item) && item[PATCH] === 'delete';

/** What a list in a patch names must come in the order that the patch tells. */
function checkOrder(list: readonly unknown[] | undefined, order: readonly unknown[], identity: Identity): void {
  const named = (list ?? []).filter((item) => !isDeletion(item));
  if (named.length === 0 || order.length === 0) return;
  let at = 0;
  for (const item of order) if (at < named.length && identity(item) === identity(named[at])) at++;
  if (at < named.length) {
    throw new PatchError(
      `The order in patch list:\n${goText(list)}\n doesn't match ${ORDER} list:\n${goText(order)}\n`,
    );
  }
}

function mergeField(result: Item, key: string, value: unknown, type: ApiType | undefined): void {
  if (key.startsWith(DELETE_WORDS)) {
    const name = key.slice(DELETE_WORDS.length);
    if (!Array.isArray(value)) throw new PatchError('invalid patch format of primitive list', 400);
    const words = result[name];
    if (Array.isArray(words)) result[name] = words.filter((word) => !value.includes(word));
    return;
  }
  if (value === null) {
    delete result[key];
    return;
  }
  const field = type?.fields.get(key);
  const before = result[key];
  if (isItem(before) && isItem(value)) setOwn(result, key, mergeMap(before, value, typeIn(field)));
  else if (Array.isArray(before) && Array.isArray(value)) result[key] = mergeList(before, value, field, key);
  else setOwn(result, key, withoutDirectives(value));
}

/** So that a key called `__proto__` is a key like any other. */
function setOwn(target: Item, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

function mergeList(before: readonly unknown[], patch: readonly unknown[], field: Field | undefined, name: string) {
  if (field?.mergeKey === undefined) return withoutDirectives(patch) as unknown[];
  if (before.length === 0 && patch.length === 0) return [];
  const kinds = new Set([...before, ...patch].map((item) => (isItem(item) ? 'map' : typeof item)));
  if (kinds.size > 1) throw new PatchError('list element types are not identical');
  const identity = identityOf(field.mergeKey);
  if (!kinds.has('map')) return ordered([...new Set([...before, ...patch])], patch, before, identity);
  if (field.mergeKey === '') throw new PatchError(`cannot merge lists without merge key for ${name}`);
  return mergeItems(before as Item[], patch as Item[], field.mergeKey, typeIn(field));
}

function mergeItems(before: readonly Item[], patch: readonly Item[], key: string, type: ApiType | undefined) {
  const identity = identityOf(key);
  let list = [...before];
  const named: Item[] = [];
  let replaces = false;
  for (const item of patch) {
    if (!(PATCH in item)) named.push(item);
    else if (item[PATCH] === 'delete') list = list.filter((other) => other[key] !== keyOf(item, key));
    else if (item[PATCH] === 'replace') replaces = true;
    else if (item[PATCH] === 'merge') throw new PatchError('merging lists cannot yet be specified in the patch');
    else throw new PatchError(`unknown patch type: ${goText(item[PATCH])} in map: ${goText(item)}`);
  }
  if (replaces) return named;
  const left = [...list];
  for (const item of named) {
    const id = keyOf(item, key);
    const at = list.findIndex((other) => other[key] === id);
    if (at < 0) list.push(withoutDirectives(item) as Item);
    else list[at] = mergeMap(list[at] ?? {}, item, type);
  }
  return ordered(list, named, left, identity);
}

function keyOf(item: Item, key: string): unknown {
  if (key in item) return item[key];
  throw new PatchError(`map: ${goText(item)} does not contain declared merge key: ${key}`);
}

/** A value that nothing stood for before: what its directives say, and no null. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    const kept = value.filter((item) => !(isItem(item) && PATCH in item));
    return kept.map(withoutDirectives);
  }
  if (!isItem(value)) return value;
  const result: Item = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === null || key === PATCH || key === RETAIN || key.startsWith(ORDER) || key.startsWith(DELETE_WORDS))
      continue;
    setOwn(result, key, withoutDirectives(item));
  }
  return result;
}
