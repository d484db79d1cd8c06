// entries.ts - metadata.managedFields: the API's entries, and the managers they describe.
import { canonical, isMap, type Json } from './element.js';
import { identityOf, type Managed, type Managers } from './managers.js';
import { equal, type FieldSet, parseSet } from './set.js';

/** meta/v1 ManagedFieldsEntry. */
interface Entry {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: FieldSet;
  readonly subresource?: string;
}

function managedOf(entry: unknown): Managed | undefined {
  if (!isMap(entry)) return undefined;
  const { manager, operation, apiVersion, time, fieldsType, fieldsV1, subresource } = entry as Entry;
  const fields = fieldsV1 === undefined ? {} : Object.isFrozen(fieldsV1) ? fieldsV1 : parseSet(fieldsV1);
  if (operation !== 'Apply' && operation !== 'Update') return undefined;
  if (!apiVersion || fieldsType !== 'FieldsV1' || !fields) return undefined;
  return { manager: manager || 'unknown', operation, apiVersion, subresource: subresource ?? '', time, fields };
}

/** Managers by identity; undefined for entries that are none. */
export function readEntries(entries: unknown): Managers | undefined {
  const managers = new Map<string, Managed>();
  if (entries === undefined || entries === null) return managers;
  if (!Array.isArray(entries)) return undefined;
  for (const entry of entries) {
    const managed = managedOf(entry);
    if (!managed) return undefined;
    managers.set(identityOf(managed), managed);
  }
  return managers;
}

/** A client can drop all ownership by writing one empty entry. */
export const isReset = (entries: unknown): boolean =>
  Array.isArray(entries) && entries.length === 1 && isMap(entries[0]) && Object.values(entries[0]).every((v) => !v);

/** Orders by operation, time, and name. */
function order(a: Managed, b: Managed): number {
  const parts = ({ operation, time = '', manager, apiVersion, subresource }: Managed): string[] => [
    operation,
    time,
    manager,
    apiVersion,
    subresource,
  ];
  const [left, right] = [parts(a), parts(b)];
  const at = left.findIndex((part, i) => part !== right[i]);
  return at < 0 ? 0 : (left[at] as string) < (right[at] as string) ? -1 : 1;
}

/** Most objects of a kind have the same fields: each set is kept once. In entries; the oldest go first. */
const MOST_KEPT = 4096;
/** In characters: a set of many thousand keys is that of one ConfigMap alone. */
const LONGEST_KEPT = 4096;
const kept = new Map<string, FieldSet>();

function frozen(set: FieldSet): FieldSet {
  for (const element in set) frozen(set[element] as FieldSet);
  return Object.freeze(set);
}

/** The same set with its elements in order, frozen. */
function shared(set: FieldSet): FieldSet {
  const text = canonical(set);
  const known = kept.get(text);
  if (known) return known;
  const [oldest] = kept.size < MOST_KEPT ? [] : kept.keys();
  if (oldest !== undefined) kept.delete(oldest);
  const made = frozen(JSON.parse(text) as FieldSet);
  if (text.length <= LONGEST_KEPT) kept.set(text, made);
  return made;
}

/** The entries in their order. */
export function writeEntries(managers: Managers): Entry[] {
  return [...managers.values()].sort(order).map(({ manager, operation, apiVersion, subresource, time, fields }) => ({
    manager,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: shared(fields),
    ...(subresource === '' ? {} : { subresource }),
  }));
}

/** True if both name the same managers and fields, whenever they wrote. */
export function sameOwners(a: Managers, b: Managers): boolean {
  if (a.size !== b.size) return false;
  for (const [id, { fields }] of a) {
    const other = b.get(id);
    if (!other || !equal(fields, other.fields)) return false;
  }
  return true;
}

/** The object without its entries. */
export function withoutEntries(object: Json): Json {
  const metadata = object.metadata;
  if (!isMap(metadata) || metadata.managedFields === undefined) return object;
  const { managedFields: _entries, ...rest } = metadata;
  return { ...object, metadata: rest };
}
