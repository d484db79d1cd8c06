// apply.ts - a list of objects into the store: all or nothing, in an order in which they can depend on each other.
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
  /** The object stands in the list again, at this place: what is said there counts, and this one was passed over. */
  readonly supersededBy?: number;
}

/** What was wrong with one of the objects of an apply. */
export interface Refused {
  /** Place in the list that was given. */
  readonly index: number;
  readonly object: KubeObject;
  readonly error: StatusError;
}

/** Either everything was applied (`refused` is empty), or nothing. `applied` is in the order of the list. */
export interface ApplyResult {
  readonly applied: readonly Applied[];
  readonly refused: readonly Refused[];
}

interface ApplyOptions {
  readonly dryRun?: boolean;
  /** Objects are a recorded state: taken as they are, with their status, their namespaces made on demand. */
  readonly recorded: boolean;
  /** There will be no second apply: what was applied need not be remembered. */
  readonly once?: boolean;
}

/** What others may need comes first. Kinds that are not here come between Services and workloads. */
const FIRST = ['Namespace', 'Node', 'Client', 'Lab', 'ServiceAccount', 'ConfigMap', 'Secret', 'Service'];
const LAST = ['DaemonSet', 'StatefulSet', 'Deployment', 'ReplicaSet', 'Pod'];

/** Services that ask for an address or a port come before those that take any. */
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

/** Leaves the transaction when something was refused. */
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

/** Objects whose name is still to be generated are never the same. */
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

/** What the manifest makes of the object; a list that cannot be merged by its keys is a mistake in the manifest. */
function applied(before: KubeObject, object: KubeObject): KubeObject {
  try {
    return threeWay(before, object);
  } catch (error) {
    if (error instanceof PatchError) throw badRequest(error.message);
    throw error;
  }
}

/** Nodes are what their manifest says, their addresses included: there is no other place to write those. */
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
