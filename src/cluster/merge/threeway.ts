// threeway.ts - `apply`: what the manifest says now, against what it said last time and what is there.
//
// Fields that the manifest had before and has no longer go; fields that others set stay. The annotation is kubectl's
// own, so that both may be used on the same objects.
import type { KubeObject } from '../../model/objects.js';
import { isItem, itemKey, mergeKey } from './lists.js';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Keys in order, as kubectl writes them: the same object is the same text whatever the order in its manifest. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (!isItem(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, ordered(value[key])]));
}

/** The object as written, with the annotation that the next apply compares with. */
export function withLastApplied(object: KubeObject): KubeObject {
  const { [LAST_APPLIED]: _before, ...annotations } = object.metadata.annotations ?? {};
  const { status: _status, ...rest } = object;
  const plain = { ...rest, metadata: { ...object.metadata, annotations } };
  const text = `${JSON.stringify(ordered(plain))}\n`;
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [LAST_APPLIED]: text } } };
}

function lastApplied(object: KubeObject): unknown {
  const text = object.metadata.annotations?.[LAST_APPLIED];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // Someone else wrote the annotation: then nothing is known of what was applied before.
    return undefined;
  }
}

/** The object that an apply makes of `current`. Neither argument is changed. */
export function threeWay(current: KubeObject, desired: KubeObject): KubeObject {
  const { status: _status, ...wanted } = withLastApplied(desired);
  return merge(current, lastApplied(current), wanted, '') as KubeObject;
}

function merge(current: unknown, last: unknown, desired: unknown, field: string): unknown {
  if (Array.isArray(desired)) return mergeList(current, last, desired, field);
  if (!isItem(desired)) return desired;
  const before = isItem(last) ? last : {};
  const result: Record<string, unknown> = isItem(current) ? { ...current } : {};
  for (const key of Object.keys(before)) if (desired[key] === undefined || desired[key] === null) delete result[key];
  for (const [key, value] of Object.entries(desired)) {
    if (value === null) delete result[key];
    else if (value !== undefined) result[key] = merge(result[key], before[key], value, key);
  }
  return result;
}

function mergeList(current: unknown, last: unknown, desired: readonly unknown[], field: string): unknown[] {
  const now = Array.isArray(current) ? current.filter(isItem) : [];
  const before = Array.isArray(last) ? last.filter(isItem) : [];
  const key = mergeKey(field, desired);
  if (!key) return [...desired];
  const nowByKey = new Map(now.map((item) => [itemKey(item, key), item]));
  const beforeByKey = new Map(before.map((item) => [itemKey(item, key), item]));
  const result: unknown[] = [];
  for (const item of desired) {
    if (!isItem(item)) continue;
    const name = itemKey(item, key);
    result.push(merge(nowByKey.get(name), beforeByKey.get(name), item, ''));
    nowByKey.delete(name);
  }
  for (const [name, item] of nowByKey) if (!beforeByKey.has(name)) result.push(item);
  return result;
}
