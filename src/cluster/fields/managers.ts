// managers.ts - which manager owns which fields of an object, and how a write or an apply changes that.
//
// Semantics of structured-merge-diff's merge.Updater (Update, Apply, prune). README.md tells the theory.
import { type Comparison, compare } from './compare.js';
import type { Json } from './element.js';
import { merge } from './merge.js';
import { fieldsOf } from './paths.js';
import { removeFields, withNamedFields } from './remove.js';
import { difference, type FieldSet, intersection, isEmpty, NOTHING, pathsOf, union, without } from './set.js';
import type { Shape } from './shape.js';

/** What one manager owns through one operation. */
export interface Managed {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** '' = the object itself. */
  readonly subresource: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** By identity. */
export type Managers = ReadonlyMap<string, Managed>;

/** Two writes of one identity belong together: an applier is the same whatever version it applies. */
export const identityOf = ({ manager, operation, apiVersion, subresource }: Omit<Managed, 'time' | 'fields'>): string =>
  JSON.stringify([operation, manager, operation === 'Apply' ? '' : apiVersion, subresource]);

/** A field that another manager owns and that the apply would change. */
export interface Conflict {
  readonly owner: Managed;
  readonly path: readonly string[];
}

export class Conflicts extends Error {
  readonly conflicts: readonly Conflict[];

  constructor(conflicts: readonly Conflict[]) {
    super(`${conflicts.length} conflicts`);
    this.conflicts = conflicts;
  }
}

const changesOf = ({ added, modified, removed }: Comparison, ignored: FieldSet): Comparison => ({
  added: without(added, ignored),
  modified: without(modified, ignored),
  removed: without(removed, ignored),
});

/** What the others still own after a change: not what was changed or removed. Throws Conflicts unless forced. */
function settle(managers: Managers, changes: Comparison, own: string | null, force: boolean): Map<string, Managed> {
  const taken = union(changes.modified, changes.added);
  const conflicts: Conflict[] = [];
  const result = new Map<string, Managed>();
  for (const [id, managed] of managers) {
    if (id === own) {
      result.set(id, managed);
      continue;
    }
    const lost = intersection(managed.fields, taken);
    for (const path of force ? [] : pathsOf(lost)) conflicts.push({ owner: managed, path });
    const fields = difference(difference(managed.fields, lost), changes.removed);
    if (!isEmpty(fields)) result.set(id, fields === managed.fields ? managed : { ...managed, fields });
  }
  if (conflicts.length > 0) throw new Conflicts(conflicts);
  return result;
}

/** Who writes, and how. */
export interface Writer extends Omit<Managed, 'fields'> {
  /** Fields that such a write does not set (status, or all but it): they are owned by nobody for it. */
  readonly ignored: FieldSet;
}

const entryOf = ({ ignored: _ignored, ...writer }: Writer, fields: FieldSet): Managed => ({ ...writer, fields });

/** Owners after a plain write: it owns what it changed. A write that takes nothing keeps its old time. */
export function afterUpdate(managers: Managers, before: unknown, after: unknown, shape: Shape, writer: Writer) {
  const changes = changesOf(compare(before, after, shape), writer.ignored);
  const result = settle(managers, changes, null, true);
  const taken = difference(union(changes.modified, changes.added), NEVER_OWNED);
  const id = identityOf(writer);
  if (!isEmpty(taken)) result.set(id, entryOf(writer, union(result.get(id)?.fields ?? NOTHING, taken)));
  return capped(result);
}

/** Maximum number of update managers. Beyond it, the oldest are merged. */
const MOST_UPDATERS = 10;
const ANCIENT = 'ancient-changes';

/** Merges the oldest updaters of one version if there are too many. */
function capped(managers: Map<string, Managed>): Map<string, Managed> {
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update');
  if (updaters.length <= MOST_UPDATERS) return managers;
  const age = ([id, { time = '' }]: readonly [string, Managed]): string => `${time} ${id}`;
  updaters.sort((a, b) => (age(a) < age(b) ? -1 : 1));
  const first = new Map<string, string>();
  let count = updaters.length;
  for (const [id, managed] of updaters) {
    if (count <= MOST_UPDATERS) break;
    const before = first.get(managed.apiVersion);
    if (before === undefined) {
      first.set(managed.apiVersion, id);
      continue;
    }
    const { apiVersion, time } = managed;
    const bucket = { manager: ANCIENT, operation: 'Update', apiVersion, subresource: '' } as const;
    const name = identityOf(bucket);
    const old = managers.get(name)?.fields ?? managers.get(before)?.fields ?? NOTHING;
    if (!managers.has(name)) managers.delete(before);
    managers.set(name, { ...bucket, time, fields: union(managed.fields, old) });
    if (id !== name) managers.delete(id);
    count--;
  }
  return managers;
}

/** Result of an apply. */
interface Outcome {
  readonly object: Json;
  readonly managers: Managers;
}

/**
 * Applies, and returns the object and its owners. Throws Conflicts.
 * @param live without managedFields
 * @param applied what the manager says now, all of it; items of lists must have their keys
 */
export function apply(
  live: Json,
  applied: Json,
  managers: Managers,
  shape: Shape,
  writer: Writer,
  force: boolean,
): Outcome {
  const id = identityOf(writer);
  const last = managers.get(id);
  const fields = without(fieldsOf(applied, shape), writer.ignored);
  const claimed = new Map(managers).set(id, entryOf(writer, fields));
  const merged = merge(live, applied, shape) as Json;
  const object = prune(merged, claimed, last?.fields ?? NOTHING, shape);
  const changes = changesOf(compare(live, object, shape), writer.ignored);
  const result = settle(claimed, changes, id, force);
  const own = difference(fields, NEVER_OWNED);
  result.delete(id);
  if (!isEmpty(own)) result.set(id, entryOf(writer, own));
  return { object, managers: result };
}

/** Removes what the manager applied last time and no longer does, unless somebody else owns it. */
function prune(merged: Json, managers: Managers, last: FieldSet, shape: Shape): Json {
  if (isEmpty(last)) return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(set, shape);
  const owned = [...managers.values()].reduce<FieldSet>((all, { fields }) => union(all, fields), NOTHING);
  const all = named(fieldsOf(merged, shape));
  const first = removeFields(merged, named(last), shape);
  const kept = union(named(fieldsOf(first, shape)), named(owned));
  const pruned = removeFields(merged, difference(all, kept), shape);
  // Of everything removed now, only what the manager had is really removed.
  const gone = intersection(difference(all, named(fieldsOf(pruned, shape))), named(last));
  return removeFields(merged, gone, shape) as Json;
}

const metadata = (name: string): FieldSet => ({ 'f:metadata': { [`f:${name}`]: {} } });

/** Fields kept by the server itself, which nobody owns. */
const NEVER_OWNED: FieldSet = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
]
  .map(metadata)
  .reduce<FieldSet>(union, { 'f:apiVersion': {}, 'f:kind': {}, 'f:metadata': {} });
