// tracking.ts - updates an object and its managedFields for a write or an apply.
//
// Semantics of k8s.io/apimachinery/pkg/util/managedfields (FieldManager), Kubernetes 1.36.
import type { KubeObject } from '../../model/objects.js';
import type { ApiType } from '../../schema/types.js';
import { same } from '../freeze.js';
import { LAST_APPLIED } from '../merge/threeway.js';
import { compare } from './compare.js';
import type { Json } from './element.js';
import { isReset, readEntries, sameOwners, withoutEntries, writeEntries } from './entries.js';
import { afterUpdate, apply, Conflicts, type Managers, type Writer } from './managers.js';
import { fieldsOf } from './paths.js';
import { difference, type FieldSet, has, NOTHING, setOf, union } from './set.js';
import { ANY, ElementError, type Shape, shapeOfType } from './shape.js';

/** Who writes, and what. */
export interface By {
  /** '' = nobody told. */
  readonly manager: string;
  /** '' = the object itself. */
  readonly subresource: string;
  /** As in metadata: RFC 3339, whole seconds; undefined = not told. */
  readonly time: string | undefined;
  /** The type of what is written; undefined = the object looks like what it is. */
  readonly type: ApiType | undefined;
}

const NONE: Managers = new Map();

/** Fields that a write leaves as they were, by where it goes. */
function ignoredFields({ kind }: KubeObject, subresource: string): FieldSet {
  if (subresource === '') return setOf(['f:status']);
  if (subresource !== 'status') return NOTHING;
  const labels = kind === 'Deployment' ? setOf(['f:metadata', 'f:labels']) : NOTHING;
  const pod =
    kind === 'Pod' ? setOf(['f:metadata', 'f:deletionTimestamp'], ['f:metadata', 'f:ownerReferences']) : NOTHING;
  return union(setOf(['f:spec']), union(labels, pod));
}

const shapeOf = ({ type }: By): Shape => (type ? shapeOfType(type) : ANY);

function writerOf(object: KubeObject, operation: Writer['operation'], by: By): Writer {
  const { apiVersion } = object;
  return {
    ...by,
    manager: by.manager || 'unknown',
    operation,
    apiVersion,
    ignored: ignoredFields(object, by.subresource),
  };
}

const entriesOf = (object: KubeObject | undefined): unknown => object?.metadata.managedFields;

/** The managers that a written object tells of: the live one's, unless the client wrote others. */
function managersOf(live: KubeObject | undefined, written: KubeObject, subresource: string): Managers {
  const before = readEntries(entriesOf(live)) ?? NONE;
  const given = entriesOf(written);
  if (subresource !== '') return before;
  if (isReset(given)) return NONE;
  const managers = readEntries(given);
  return managers && managers.size > 0 ? managers : before;
}

/** The object with these managers; where only times would change, with those that the live one has. */
function withManagers(object: Json, managers: Managers, live: KubeObject | undefined): KubeObject {
  const bare = withoutEntries(object) as unknown as KubeObject;
  const before = live && readEntries(entriesOf(live));
  const unchanged = before && sameOwners(before, managers) && same(bare, withoutEntries(live as unknown as Json));
  const entries = unchanged ? entriesOf(live) : writeEntries(managers);
  if (!Array.isArray(entries) || entries.length === 0) return bare;
  return { ...bare, metadata: { ...bare.metadata, managedFields: entries } };
}

/**
 * The object of a create, update or patch with its owners.
 * @param live undefined when it is new
 * @param written with its defaults
 */
export function tracked(live: KubeObject | undefined, written: KubeObject, by: By): KubeObject {
  const managers = managersOf(live, written, by.subresource);
  const before = live ? withoutEntries(live as unknown as Json) : {};
  const after = withoutEntries(written as unknown as Json);
  const writer = writerOf(written, 'Update', by);
  return withManagers(after, ownersAfter(managers, before, after, shapeOf(by), writer), live);
}

/** An object whose lists cannot be told apart by their keys keeps the owners that it has. */
function ownersAfter(...args: Parameters<typeof afterUpdate>): Managers {
  try {
    return afterUpdate(...args);
  } catch (error) {
    if (error instanceof ElementError) return args[0];
    throw error;
  }
}

/** kubectl's own name when it applies on the server: what it applied on the client side before is its own. */
const KUBECTL = 'kubectl';

/**
 * The object that an apply makes, with its owners. Throws Conflicts.
 * @param live undefined when it is new
 * @param applied its form checked (typed.ts)
 */
export function applied(live: KubeObject | undefined, applied: KubeObject, by: By, force: boolean): KubeObject {
  const shape = shapeOf(by);
  const before = (live ? withoutEntries(live as unknown as Json) : {}) as Json;
  const managers = (live && readEntries(entriesOf(live))) ?? NONE;
  const writer = writerOf(applied, 'Apply', by);
  const attempt = (forced: boolean) => apply(before, applied as unknown as Json, managers, shape, writer, forced);
  const { object, managers: after } = by.manager === KUBECTL ? migrated(attempt, before, shape, force) : attempt(force);
  return withManagers(by.manager === KUBECTL ? annotated(object, applied) : object, after, live);
}

function migrated(attempt: (force: boolean) => ReturnType<typeof apply>, live: Json, shape: Shape, force: boolean) {
  try {
    return attempt(force);
  } catch (error) {
    if (!(error instanceof Conflicts)) throw error;
    const own = lastApplied(live, shape);
    const others = error.conflicts.filter(({ path }) => !contains(own, path));
    if (others.length > 0) throw new Conflicts(others);
    return attempt(true);
  }
}

function contains(set: FieldSet, path: readonly string[]): boolean {
  const last = path.at(-1) ?? '';
  const holder = path.slice(0, -1).reduce<FieldSet | undefined>((node, element) => node?.[element], set);
  return holder !== undefined && has(holder, last);
}

function annotationsOf(object: Json): Record<string, string> {
  return ((object.metadata as KubeObject['metadata'] | undefined)?.annotations ?? {}) as Record<string, string>;
}

/** The fields of the client-side apply before that are still as it wrote them. */
function lastApplied(live: Json, shape: Shape): FieldSet {
  try {
    const last = JSON.parse(annotationsOf(live)[LAST_APPLIED] ?? '{}') as Json;
    const { added, modified, removed } = compare(last, live, shape);
    return difference(fieldsOf(last, shape), union(union(modified, added), removed));
  } catch {
    // Somebody else wrote the annotation: then nothing is known of what was applied before.
    return NOTHING;
  }
}

/** Where client-side apply was used before, its annotation tells what is applied now: both ways stay open. */
function annotated(object: Json, applied: KubeObject): Json {
  if (annotationsOf(object)[LAST_APPLIED] === undefined) return object;
  const { [LAST_APPLIED]: _last, ...annotations } = applied.metadata.annotations ?? {};
  const plain = { ...applied, metadata: { ...applied.metadata, annotations } };
  const metadata = object.metadata as KubeObject['metadata'];
  const text = `${JSON.stringify(plain)}\n`;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [LAST_APPLIED]: text } } };
}
