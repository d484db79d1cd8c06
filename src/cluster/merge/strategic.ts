// strategic.ts - strategic merge patch: as kubectl sends it for the kinds it knows.
//
// Semantics of k8s.io/apimachinery/pkg/util/strategicpatch: `$patch`, `$setElementOrder/`, `$deleteFromPrimitiveList/`
// and `$retainKeys` directives; null removes.
import { isItem, isSet, itemKey, mergeKey } from './lists.js';

type Item = Record<string, unknown>;

const ORDER = '$setElementOrder/';
const DELETE_WORDS = '$deleteFromPrimitiveList/';

/** A copy of `current` with the patch in it. Neither argument is changed. */
export function strategicMerge<T>(current: T, patch: unknown): T {
  return mergeValue(current, patch, '', undefined) as T;
}

function mergeValue(current: unknown, patch: unknown, field: string, order: unknown): unknown {
  if (Array.isArray(patch)) return mergeList(Array.isArray(current) ? current : [], patch, field, order);
  if (isItem(patch)) return mergeMap(isItem(current) ? current : {}, patch);
  return patch;
}

function mergeMap(current: Item, patch: Item): Item {
  if (patch.$patch === 'delete') return {};
  const base = patch.$patch === 'replace' ? {} : current;
  const retained = Array.isArray(patch.$retainKeys) ? (patch.$retainKeys as string[]) : undefined;
  const result: Item = {};
  for (const [key, value] of Object.entries(base)) if (!retained || retained.includes(key)) result[key] = value;
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    if (value === null) delete result[key];
    else result[key] = mergeValue(result[key], value, key, patch[`${ORDER}${key}`]);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(DELETE_WORDS) && Array.isArray(value)) {
      const name = key.slice(DELETE_WORDS.length);
      const words = Array.isArray(result[name]) ? (result[name] as unknown[]) : [];
      result[name] = words.filter((word) => !value.includes(word));
    }
    const name = key.startsWith(ORDER) ? key.slice(ORDER.length) : '';
    if (name && !(name in patch) && Array.isArray(result[name])) result[name] = reorder(result[name], name, value);
  }
  return result;
}

function mergeList(current: readonly unknown[], patch: readonly unknown[], field: string, order: unknown): unknown[] {
  if (patch.some((item) => isItem(item) && item.$patch === 'replace' && Object.keys(item).length === 1))
    return patch.filter((item) => !(isItem(item) && item.$patch === 'replace'));
  if (isSet(field)) return [...new Set([...current, ...patch])];
  const key = mergeKey(field, [...current, ...patch]);
  if (!key) return [...patch];
  const result = new Map(current.filter(isItem).map((item) => [itemKey(item, key), item]));
  for (const item of patch) {
    if (!isItem(item)) continue;
    // A directive may name an item by its key alone: then the protocol of a port is not told.
    const name = [...result].find(([id, old]) => id === itemKey(item, key) || sameKey(old, item, key))?.[0];
    if (item.$patch === 'delete') result.delete(name ?? '');
    else if (name === undefined) result.set(itemKey(item, key), mergeMap({}, item));
    else result.set(name, mergeMap(result.get(name) ?? {}, item));
  }
  const items = [...result.values()];
  return order === undefined ? items : reorder(items, field, order);
}

const sameKey = (old: Item, item: Item, key: string): boolean => !('protocol' in item) && old[key] === item[key];

function reorder(items: readonly unknown[], field: string, order: unknown): unknown[] {
  if (!Array.isArray(order)) return [...items];
  const key = mergeKey(field, items);
  const name = (item: unknown): unknown => (key && isItem(item) ? item[key] : item);
  const places = new Map(order.map((item, i) => [name(item), i]));
  const place = (item: unknown): number => places.get(name(item)) ?? order.length;
  return [...items].sort((a, b) => place(a) - place(b));
}
