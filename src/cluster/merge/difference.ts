// difference.ts - computes the strategic merge patch that turns one state of an object into another.
//
// Semantics of k8s.io/apimachinery/pkg/util/strategicpatch (diffMaps, diffLists). An apply asks twice: for what is new or
// other than in the cluster, and for what the last manifest had and this one has no longer.
import { isDeepStrictEqual } from 'node:util';
import { type ApiType, elementOf, type Field, typeNamed } from '../../schema/types.js';
import { type Item, identityOf, isItem, ordered } from './lists.js';

/** Which half of a difference is wanted. */
type Half = 'changes' | 'deletions';

const typeIn = (field: Field | undefined): ApiType | undefined =>
  field && typeNamed(elementOf(field.type) ?? field.type);

/** The patch that turns `before` into `after`, or one half of it. */
export function difference(before: Item, after: Item, type: ApiType | undefined, half: Half): Item {
  const patch: Item = {};
  for (const [key, old] of Object.entries(before)) {
    if (!(key in after)) {
      if (half === 'deletions') patch[key] = null;
    } else diffField(patch, key, old, after[key], type?.fields.get(key), half);
  }
  if (half === 'changes') for (const key of Object.keys(after)) if (!(key in before)) patch[key] = after[key];
  return patch;
}

function diffField(patch: Item, key: string, old: unknown, now: unknown, field: Field | undefined, half: Half): void {
  if (isItem(old) && isItem(now)) {
    const inner = difference(old, now, typeIn(field), half);
    if (Object.keys(inner).length === 0) return;
    patch[key] = field?.retainKeys ? { ...inner, $retainKeys: Object.keys(now).sort() } : inner;
  } else if (Array.isArray(old) && Array.isArray(now) && field?.mergeKey !== undefined) {
    diffList(patch, key, old, now, field, half);
  } else if (half === 'changes' && !isDeepStrictEqual(old, now)) patch[key] = now;
}

function diffList(patch: Item, key: string, old: unknown[], now: unknown[], field: Field, half: Half): void {
  if (old.length === 0) {
    if (now.length > 0 && half === 'changes') patch[key] = now;
    return;
  }
  if (field.mergeKey === '') diffWords(patch, key, old, now, half);
  else diffItems(patch, key, old as Item[], now as Item[], field, half);
}

function diffWords(patch: Item, key: string, old: readonly unknown[], now: readonly unknown[], half: Half): void {
  const added = half === 'changes' ? now.filter((word) => !old.includes(word)) : [];
  const gone = half === 'deletions' ? old.filter((word) => !now.includes(word)) : [];
  if (added.length > 0) patch[key] = added;
  if (gone.length > 0) patch[`$deleteFromPrimitiveList/${key}`] = gone;
  if (half === 'changes' ? !isDeepStrictEqual(old, now) : gone.length > 0) patch[`$setElementOrder/${key}`] = now;
}

/** Items by their merge key as text, the order in which kubectl goes through them. */
const sorted = (items: readonly Item[], key: string): Item[] =>
  [...items].sort((a, b) => (String(a[key]) < String(b[key]) ? -1 : String(a[key]) > String(b[key]) ? 1 : 0));

function diffItems(patch: Item, name: string, old: readonly Item[], now: readonly Item[], field: Field, half: Half) {
  const key = field.mergeKey ?? '';
  const type = typeIn(field);
  const [before, after] = [sorted(old, key), sorted(now, key)];
  const changed: Item[] = [];
  const gone: Item[] = [];
  for (let i = 0, j = 0; i < before.length || j < after.length; ) {
    const [was, is] = [before[i], after[j]];
    const order = was && is ? compare(was[key], is[key]) : was ? -1 : 1;
    if (order === 0 && was && is) {
      const inner = difference(was, is, type, half);
      if (Object.keys(inner).length > 0) changed.push({ ...inner, ...retained(field, is), [key]: is[key] });
    } else if (order < 0 && was) {
      if (half === 'deletions') gone.push({ $patch: 'delete', [key]: was[key] });
    } else if (is && half === 'changes') changed.push(is);
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
  const identity = identityOf(key);
  const list = [...ordered(changed, now, [], identity), ...gone];
  if (list.length > 0) patch[name] = list;
  if (list.length > 0 || (half === 'changes' && !sameOrder(old, now, key))) {
    patch[`$setElementOrder/${name}`] = now.map((item) => ({ [key]: item[key] }));
  }
}

const retained = (field: Field, now: Item): Item => (field.retainKeys ? { $retainKeys: Object.keys(now).sort() } : {});

const compare = (a: unknown, b: unknown): number => (String(a) === String(b) ? 0 : String(a) < String(b) ? -1 : 1);

/** True if items present in both have the same order. Items present in only one count as a change of order. */
function sameOrder(old: readonly Item[], now: readonly Item[], key: string): boolean {
  return old.length === now.length && old.every((item, i) => item[key] === now[i]?.[key]);
}
