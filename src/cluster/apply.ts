// apply.ts - applies a list of objects to the store: all or nothing, ordered so that dependencies come first.
import { keyOf } from '../model/kindkey.js';
import type { KubeObject, Service } from '../model/objects.js';
import { same } from './freeze.js';
import { PatchError } from './merge/strategic.js';
import { threeWay, withLastApplied } from './merge/threeway.js';
import { badRequest, StatusError, unknownKind } from './status.js';
import type { Store } from './store.js';

export interface Applied {
  readonly object: KubeObject;
  readonly result: 'created' | 'configured' | 'unchanged';
  /** The object appears again in the list at this index. The later one counts, and this one was skipped. */
  readonly supersededBy?: number;
}

/** Why one of the objects of an apply was refused. */
export interface Refused {
  /** Index in the given list. */
  readonly index: number;
  readonly object: KubeObject;
  readonly error: StatusError;
}

/** Either everything was applied (`refused` is empty), or nothing was. `applied` follows the order of the list. */
export interface ApplyResult {
  readonly applied: readonly Applied[];
  readonly refused: readonly Refused[];
}

interface ApplyOptions {
  readonly dryRun?: boolean;
  /** The objects are a recorded state: taken unchanged, with their status; missing namespaces are created. */
  readonly recorded: boolean;
  /** There will be no second apply, so what was applied need not be remembered. */
  readonly once?: boolean;
}

/** Kinds that others may depend on come first. Kinds not listed come between Services and workloads. */
const FIRST = ['Namespace', 'Node', 'Client', 'Lab', 'ServiceAccount', 'ConfigMap', 'Secret', 'Service'];
const LAST = ['DaemonSet', 'StatefulSet', 'Deployment', 'ReplicaSet', 'Pod'];

/** Services that request a specific address or port come before those that take any. */
function rank(object: KubeObject): number {
  const first = FIRST.indexOf(object.kind);
  const last = LAST.indexOf(object.kind);
  const asks = object.kind === 'Service' && asksForNumbers(object as Service) ? -0.5 : 0;
  return last >= 0 ? FIRST.length + 1 + last : first >= 0 ? first + asks : FIRST.length;
}

function asksForNumbers({ spec }: Service): boolean {
  const port = spec?.ports?.some(({ nodePort }) => nodePort) ?? false;
  return port || Boolean(spec?.clusterIP && spec.clusterIP !== 'None') || Boolean(spec?.healthCheckNodePort);
}

/** Thrown to abort the transaction when something was refused. */
class Undo extends Error {}

export function applyObjects(store: Store, objects: readonly KubeObject[], options: ApplyOptions): ApplyResult {
  const applied = new Map<number, Applied>();
  const refused: Refused[] = [];
  const identity = (object: KubeObject, index: number): string => identityOf(store, object, index);
  const last = new Map(objects.map((object, index) => [identity(object, index), index]));
  const order = objects
    .map((object, index) => ({ object, index, rank: rank(object) }))
    .filter(({ object, index }) => last.get(identity(object, index)) === index);
  order.sort((a, b) => a.rank - b.rank);
  const work = (): void => {
    for (const { object, index } of order) {
      try {
        applied.set(index, applyOne(store, object, options));
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        refused.push({ index, object, error });
      }
    }
    if (refused.length > 0) throw new Undo();
  };
  try {
    if (options.dryRun) store.dryRun(work);
    else store.transaction(work);
  } catch (error) {
    if (!(error instanceof Undo)) throw error;
    return { applied: [], refused: refused.sort((a, b) => a.index - b.index) };
  }
  return {
    applied: objects.map((object, index) => entryOf(applied, last.get(identity(object, index)) ?? index, index)),
    refused: [],
  };
}

/** Objects with generated names are never the same. */
function identityOf(store: Store, object: KubeObject, index: number): string {
  const { metadata } = object;
  const namespace = store.kinds.ofObject(object)?.namespaced ? (metadata.namespace ?? 'default') : '';
  return `${keyOf(object)}/${namespace}/${metadata.name || `#${index}`}`;
}

function entryOf(applied: ReadonlyMap<number, Applied>, last: number, index: number): Applied {
  const entry = applied.get(last);
  if (!entry) throw new Error(`object ${last} was neither applied nor refused`);
  return last === index ? entry : { ...entry, supersededBy: last };
}

function applyOne(store: Store, object: KubeObject, options: ApplyOptions): Applied {
  const resource = store.kinds.ofObject(object);
  if (!resource) throw unknownKind(object.kind, object.apiVersion);
  const namespace = resource.namespaced ? (object.metadata.namespace ?? 'default') : '';
  const before = store.get(resource, namespace, object.metadata.name ?? '');
  if (options.recorded) return record(store, object, before, namespace);
  if (!before) {
    const made = store.create(options.once ? object : withLastApplied(object));
    return { object: withStatus(store, object, made), result: 'created' };
  }
  const after = withStatus(store, object, store.update(applied(before, object)));
  const unchanged = after.metadata.resourceVersion === before.metadata.resourceVersion;
  return { object: after, result: unchanged ? 'unchanged' : 'configured' };
}

/** Applies the manifest to the object. A list that cannot be merged by its keys is an error in the manifest. */
function applied(before: KubeObject, object: KubeObject): KubeObject {
  try {
    return threeWay(before, object);
  } catch (error) {
    if (error instanceof PatchError) throw badRequest(error.message);
    throw error;
  }
}

/** A node's manifest also sets its addresses, because there is no other place to write them. */
function withStatus(store: Store, object: KubeObject, stored: KubeObject): KubeObject {
  if (object.kind !== 'Node' || object.status === undefined || same(object.status, stored.status)) return stored;
  const status = { ...(stored.status as object | undefined), ...(object.status as object) };
  return store.updateStatus({ ...stored, status });
}

function record(store: Store, object: KubeObject, before: KubeObject | undefined, namespace: string): Applied {
  if (namespace && !store.get('Namespace', '', namespace))
    store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  if (!before) return { object: store.create(object), result: 'created' };
  const metadata = { ...object.metadata, resourceVersion: '' };
  delete metadata.uid;
  let after = store.update({ ...object, metadata });
  if (object.status !== undefined) after = store.updateStatus({ ...after, status: object.status });
  const unchanged = after.metadata.resourceVersion === before.metadata.resourceVersion;
  return { object: after, result: unchanged ? 'unchanged' : 'configured' };
}
