// threeway.ts - client-side apply: compares the new manifest with the previous one and with the live object.
//
// Fields that the manifest had before and has no longer go; fields that others set stay. The annotation is kubectl's own,
// so that both may be used on the same objects, and the patch is the one that kubectl would send
// (strategicpatch.CreateThreeWayMergePatch): where the API's merge keys lose an item, this loses it too.
import type { KubeObject } from '../../model/objects.js';
import { type ApiType, elementOf, type Field, typeNamed, typeOfObject } from '../../schema/types.js';
import { difference } from './difference.js';
import { type Item, identityOf, isItem, ordered } from './lists.js';
import { strategicMerge } from './strategic.js';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Keys in order, as kubectl writes them: the same object is the same text whatever the order in its manifest. */
function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isItem(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sortedKeys(value[key])]));
}

/** The object as written, with the annotation that the next apply compares with. */
export function withLastApplied(object: KubeObject): KubeObject {
  const { [LAST_APPLIED]: _before, ...annotations } = object.metadata.annotations ?? {};
  const { status: _status, ...rest } = object;
  const plain = { ...rest, metadata: { ...object.metadata, annotations } };
  const text = `${JSON.stringify(sortedKeys(plain))}\n`;
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [LAST_APPLIED]: text } } };
}

function lastApplied(object: KubeObject): Item {
  const text = object.metadata.annotations?.[LAST_APPLIED];
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return isItem(value) ? value : {};
  } catch {
    // Someone else wrote the annotation: then nothing is known of what was applied before.
    return {};
  }
}

/** What an apply would send, as kubectl makes it. */
export function threeWayPatch(last: Item, desired: Item, current: Item, type: ApiType | undefined): Item {
  return joined(difference(last, desired, type, 'deletions'), difference(current, desired, type, 'changes'), type);
}

/** The object that an apply makes of `current`. Neither argument is changed. */
export function threeWay(current: KubeObject, desired: KubeObject): KubeObject {
  const { status: _status, ...wanted } = withLastApplied(desired);
  const type = typeOfObject(current.apiVersion, current.kind);
  const plain = JSON.parse(JSON.stringify(wanted)) as Item;
  return strategicMerge(current, threeWayPatch(lastApplied(current), plain, current as unknown as Item, type), type);
}

const typeIn = (field: Field | undefined): ApiType | undefined =>
  field && typeNamed(elementOf(field.type) ?? field.type);

/** Two patches as one: the directives of both stand, and the second has its way where both say something. */
function joined(first: Item, second: Item, type: ApiType | undefined): Item {
  const result = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const before = result[key];
    const field = type?.fields.get(key);
    if (isItem(before) && isItem(value)) result[key] = joined(before, value, typeIn(field));
    else if (Array.isArray(before) && Array.isArray(value) && field?.mergeKey !== undefined) {
      result[key] = joinedLists(before, value, field);
    } else result[key] = value;
  }
  return result;
}

function joinedLists(first: readonly unknown[], second: readonly unknown[], field: Field): unknown[] {
  const identity = identityOf(field.mergeKey ?? '');
  const result = [...first];
  for (const item of second) {
    const at = result.findIndex((other) => identity(other) === identity(item));
    const before = result[at];
    if (at < 0) result.push(item);
    else if (isItem(before) && isItem(item)) result[at] = joined(before, item, typeIn(field));
  }
  return ordered(result, second, first, identity);
}
