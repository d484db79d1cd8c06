// store.ts - the objects of the cluster in memory: resourceVersion, optimistic locking, watches, all-or-nothing work.
//
// Objects that come out are frozen; to change one, build a new one by spreading and write it.
// What a kind does beyond that (defaults, allocation, validation) is its Strategy, registered by cluster.ts.
import { Journal } from '../allocate/journal.js';
import type { Random } from '../allocate/random.js';
import type { Issue } from '../model/issue.js';
import { type KindKey, keyOf } from '../model/kindkey.js';
import type { KubeObject, Pod } from '../model/objects.js';
import { timestamp } from '../model/timestamp.js';
import { type CommitListener, Delivery, type StoreListener } from './delivery.js';
import { freeze, same } from './freeze.js';
import type { EventType, StoreEvent } from './history.js';
import { identified } from './identity.js';
import { NAMESPACE, POD } from './kinds/core.js';
import { hasSubresource, type Resource } from './kinds/kind.js';
import { type KindName, Kinds, RESOURCES } from './kinds/registry.js';
import {
  carryMetadata,
  carryStatusMetadata,
  checkPreconditions,
  type DeleteOptions,
  deletionFinalizers,
  dropEmpty,
  gracePeriod,
  hasFinalizers,
  keepStatus,
  specOf,
} from './lifecycle.js';
import { alreadyExists, conflict, invalid, notFound, otherUid, terminatingNamespace, unknownKind } from './status.js';
import { Table, withChanges } from './table.js';

export type { EventType, StoreEvent } from './history.js';

/** A kind, given by its description or its name. */
export type KindRef = Resource | KindName;

/** Hooks of a kind that run inside the write. A thrown StatusError undoes everything. */
export interface Strategy {
  create?(object: KubeObject): KubeObject;
  update?(object: KubeObject, old: KubeObject): KubeObject;
  updateStatus?(object: KubeObject, old: KubeObject): KubeObject;
  /** Runs before an object is removed, and before it begins to terminate. */
  deleting?(old: KubeObject): void;
  deleted?(old: KubeObject): void;
  /** Takes again what an object from an earlier process holds. */
  restored?(object: KubeObject): void;
}

/** Checks an object before it is written; `old` is undefined for a new one. */
type Admission = (object: KubeObject, old: KubeObject | undefined) => readonly Issue[];

export type { DeleteOptions } from './lifecycle.js';

interface StoreOptions {
  readonly clock: () => Date;
  readonly random: Random;
  /** For kinds that draw aside. Default: `random`. */
  readonly asides?: Random;
  /** Created objects are a recorded state and may already be terminating. */
  readonly recorded?: boolean;
  /** Maximum memory for past states. Default: 64 MiB. */
  readonly historyBytes?: number;
}

export class Store {
  readonly journal = new Journal();
  /** The kinds served; definitions add to them. */
  readonly kinds = new Kinds(RESOURCES);
  readonly #clock: () => Date;
  readonly #random: Random;
  readonly #asides: Random;
  readonly #recorded: boolean;
  readonly #tables = new Map<KindKey, Table>();
  readonly #strategies = new Map<KindKey, Strategy>();
  readonly #admissions = new Map<KindKey, Admission>();
  readonly #delivery: Delivery;
  #version = 0;

  constructor(options: StoreOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#asides = options.asides ?? options.random;
    this.#recorded = options.recorded ?? false;
    this.#delivery = new Delivery(options.historyBytes);
    this.journal.onCommit(() => this.#delivery.deliver());
  }

  /** The version of the newest write. Lists are reported as of this version. */
  get resourceVersion(): string {
    return String(this.#version);
  }

  /** Sets the hooks of a kind. */
  register(kind: KindRef, strategy: Strategy): void {
    this.#strategies.set(this.#key(kind), strategy);
  }

  /** Adds an extra check for a kind, run after its Strategy: an admission plugin. */
  admit(kind: KindRef, admission: Admission): void {
    this.#admissions.set(this.#key(kind), admission);
  }

  /** Sorted by namespace and name. Frozen; cheap to call again while nothing changes. */
  list<T extends KubeObject = KubeObject>(kind: KindRef, namespace?: string): readonly T[] {
    return (this.#tables.get(this.#key(kind))?.list(namespace) ?? []) as readonly T[];
  }

  /** `namespace` is '' for cluster-scoped kinds. */
  get<T extends KubeObject = KubeObject>(kind: KindRef, namespace: string, name: string): T | undefined {
    return this.#tables.get(this.#key(kind))?.get(namespace, name) as T | undefined;
  }

  /**
   * Throws AlreadyExists, Invalid, NotFound (for the namespace) or whatever the strategy throws.
   * @param aside what is drawn for it changes nothing that is drawn for others (default: as its kind is)
   */
  create(given: KubeObject, aside?: boolean): KubeObject {
    const { resource, object } = this.#stored(given);
    return this.journal.run(() => {
      if (resource.namespaced) this.#checkNamespace(resource, object);
      const random = (aside ?? resource.aside) ? this.#asides : this.#random;
      const birth = { now: this.#clock(), random, recorded: this.#recorded };
      const fresh = { ...object, metadata: identified(resource, object, birth) };
      const { namespace = '', name } = fresh.metadata;
      const there = this.get(resource, namespace, name);
      if (there) throw alreadyExists(resource, name, there.metadata.deletionTimestamp !== undefined);
      const made = this.#strategies.get(resource.key)?.create?.(fresh) ?? fresh;
      this.#admit(resource, made, undefined);
      return this.#write('ADDED', made, undefined);
    });
  }

  /**
   * Replaces everything except the status (if the kind has that subresource). A given resourceVersion must be the
   * current one, else Conflict is thrown. An update that changes nothing keeps the resourceVersion.
   */
  update(given: KubeObject): KubeObject {
    const { resource, object } = this.#stored(given);
    return this.journal.run(() => {
      const old = this.#current(resource, object);
      const merged = { ...object, metadata: carryMetadata(object, old) };
      if (hasSubresource(resource, 'status')) keepStatus(merged, old);
      const made = this.#strategies.get(resource.key)?.update?.(merged, old) ?? merged;
      this.#admit(resource, made, old);
      return this.#replace(resource, made, old);
    });
  }

  /**
   * Replaces only the status.
   * @param labelled also takes the metadata that a client may write: labels, annotations and owners
   */
  updateStatus(given: KubeObject, labelled = false): KubeObject {
    const { resource, object } = this.#stored(given);
    return this.journal.run(() => {
      const old = this.#current(resource, object);
      const merged: KubeObject = {
        ...old,
        status: object.status,
        metadata: labelled ? carryStatusMetadata(object, old) : old.metadata,
      };
      const made = this.#strategies.get(resource.key)?.updateStatus?.(merged, old) ?? merged;
      return this.#replace(resource, made, old);
    });
  }

  /** Binds a pod to a node: the only change of its spec after creation, with the matching condition (pods/binding). */
  bind(namespace: string, name: string, nodeName: string): KubeObject {
    return this.journal.run(() => {
      const old = this.get<Pod>('Pod', namespace, name);
      if (!old) throw notFound(POD, name);
      if (old.spec.nodeName)
        throw conflict(POD, name, `pod ${name} is already assigned to node "${old.spec.nodeName}"`);
      const others = (old.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
      const lastTransitionTime = timestamp(this.#clock());
      const conditions = [...others, { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime }];
      return this.#write(
        'MODIFIED',
        { ...old, spec: { ...old.spec, nodeName }, status: { ...old.status, conditions } },
        old,
      );
    });
  }

  /** Changes what the containers of a pod ask for, and nothing else (pods/resize). */
  resize(given: KubeObject): KubeObject {
    return this.journal.run(() => {
      const old = this.#current(POD, given) as Pod;
      const asked = new Map((given as Pod).spec.containers.map(({ name, resources }) => [name, resources]));
      const containers = old.spec.containers.map((one) => ({
        ...one,
        resources: asked.get(one.name) ?? one.resources,
      }));
      return this.#replace(POD, { ...old, spec: { ...old.spec, containers } }, old);
    });
  }

  /** Returns the removed object, or the object as it starts to terminate (bound pods, finalizers). */
  delete(kind: KindRef, namespace: string, name: string, options: DeleteOptions = {}): KubeObject {
    const resource = typeof kind === 'string' ? this.kinds.named(kind) : kind;
    if (!resource) throw unknownKind(String(kind), '');
    return this.journal.run(() => {
      const old = this.get(resource, namespace, name);
      if (!old) throw notFound(resource, name);
      checkPreconditions(resource, old, options);
      this.#strategies.get(resource.key)?.deleting?.(old);
      const grace = gracePeriod(old, options);
      const finalizers = deletionFinalizers(old, options);
      const waits = hasFinalizers({ ...old, metadata: { ...old.metadata, finalizers: [...finalizers] } });
      if (grace > 0 || waits) return this.#terminate(old, grace, finalizers);
      return this.#remove(old, old);
    });
  }

  /** Calls the listener for every event, in order, after the write that caused it. Returns a function to stop. */
  watch(listener: StoreListener, kind?: KindRef): () => void {
    return this.#delivery.watch(listener, kind === undefined ? undefined : this.#key(kind));
  }

  /** Events after a resourceVersion, oldest first. Throws Expired (410) when they are no longer remembered. */
  since(resourceVersion: string, kind?: KindRef): StoreEvent[] {
    const newer = this.#delivery.history.since(resourceVersion);
    if (kind === undefined) return newer;
    const wanted = this.#key(kind);
    return newer.filter(({ key }) => key === wanted);
  }

  /** Calls the listener for every commit, before any `watch`. Returns a function to stop. */
  watchCommits(listener: CommitListener): () => void {
    return this.#delivery.watchCommits(listener);
  }

  /** All objects, in no particular order. */
  all(): KubeObject[] {
    return [...this.#tables.values()].flatMap((table) => [...table.values()]);
  }

  /** Like `list`, but for an earlier version. Throws Expired (410) when that is no longer remembered. */
  listAt<T extends KubeObject = KubeObject>(
    kind: KindRef,
    namespace: string | undefined,
    version: string,
  ): readonly T[] {
    const before = new Map<string, { readonly object: KubeObject; readonly old: KubeObject | undefined }>();
    for (const { object, old } of this.since(version, kind)) {
      const { namespace: home = '', name } = object.metadata;
      const id = `${home}/${name}`;
      if ((namespace === undefined || home === namespace) && !before.has(id)) before.set(id, { object, old });
    }
    const changes = [...before.values()].map(({ object, old }) => ({ place: object, object: old }));
    return withChanges(this.list(kind, namespace), changes) as readonly T[];
  }

  /** Loads what an earlier process kept; listeners see it as new. The store must be empty. */
  restore(objects: readonly KubeObject[], version: number): void {
    this.#version = version;
    const events = objects.map((given): StoreEvent => {
      const object = freeze(given);
      const key = keyOf(object);
      this.#table(key).put(object);
      return { type: 'ADDED', key, object, resourceVersion: object.metadata.resourceVersion ?? '' };
    });
    for (const { key, object } of events) this.#strategies.get(key)?.restored?.(object);
    this.forget();
    this.#delivery.recall(events);
  }

  /** Starts remembering past states. */
  forget(): void {
    this.#delivery.history.forget(this.#version);
  }

  /** Runs several writes as one. If one throws, none of them happened and nobody saw any. */
  transaction<T>(work: () => T): T {
    return this.journal.run(work);
  }

  /** Runs the writes, returns their result, and rolls everything back. */
  dryRun<T>(work: () => T): T {
    return this.journal.rehearse(work);
  }

  #key(kind: KindRef): KindKey {
    return typeof kind === 'string' ? (this.kinds.named(kind)?.key ?? kind) : kind.key;
  }

  /** An object in the form that is kept, and its kind. Throws NotFound for a kind that is not served. */
  #stored(given: KubeObject): { resource: Resource; object: KubeObject } {
    const resource = this.kinds.ofObject(given);
    if (!resource) throw unknownKind(given.kind, given.apiVersion);
    return resource.view
      ? { resource: resource.view.of, object: resource.view.toStored(given) }
      : { resource, object: given };
  }

  #admit({ kind, group, key }: Resource, object: KubeObject, old: KubeObject | undefined): void {
    const issues = this.#admissions.get(key)?.(object, old) ?? [];
    if (issues.length > 0) throw invalid(kind, group, object.metadata.name, issues);
  }

  #checkNamespace(resource: Resource, { metadata }: KubeObject): void {
    const { namespace = 'default', name } = metadata;
    const home = this.get('Namespace', '', namespace);
    if (!home) throw notFound(NAMESPACE, namespace);
    if (home.metadata.deletionTimestamp) throw terminatingNamespace(resource, name ?? '', namespace);
  }

  #current(resource: Resource, object: KubeObject): KubeObject {
    const { name, namespace, resourceVersion, uid } = object.metadata;
    const old = this.get(resource, resource.namespaced ? (namespace ?? 'default') : '', name);
    if (!old) throw notFound(resource, name);
    if (uid !== undefined && uid !== old.metadata.uid) throw otherUid(resource, old, uid);
    if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw conflict(resource, name);
    return old;
  }

  #replace(resource: Resource, object: KubeObject, old: KubeObject): KubeObject {
    const terminating = object.metadata.deletionTimestamp !== undefined && !object.metadata.deletionGracePeriodSeconds;
    if (terminating && !hasFinalizers(object)) return this.#remove(object, old);
    if (same(object, old)) return old;
    if (resource.generation && !same(specOf(object), specOf(old)))
      object.metadata = { ...object.metadata, generation: (old.metadata.generation ?? 0) + 1 };
    return this.#write('MODIFIED', object, old);
  }

  #terminate(old: KubeObject, seconds: number, finalizers: readonly string[]): KubeObject {
    const { deletionTimestamp, deletionGracePeriodSeconds: before } = old.metadata;
    const metadata = { ...old.metadata };
    if (!same(finalizers, metadata.finalizers ?? [])) metadata.finalizers = [...finalizers];
    dropEmpty(metadata);
    // A second delete may only shorten the time that is left (rest.BeforeDelete).
    if (deletionTimestamp === undefined || (before ?? 0) > seconds) {
      metadata.deletionTimestamp = timestamp(new Date(this.#clock().getTime() + 1000 * seconds));
      metadata.deletionGracePeriodSeconds = seconds;
    }
    return same(metadata, old.metadata) ? old : this.#write('MODIFIED', { ...old, metadata }, old);
  }

  #remove(object: KubeObject, old: KubeObject): KubeObject {
    this.#strategies.get(keyOf(old))?.deleted?.(old);
    return this.#write('DELETED', object, old);
  }

  #write(type: EventType, object: KubeObject, old: KubeObject | undefined): KubeObject {
    const before = this.#version;
    const resourceVersion = String(++this.#version);
    const stored = freeze({ ...object, metadata: { ...object.metadata, resourceVersion } });
    const { namespace = '', name } = stored.metadata;
    const key = keyOf(stored);
    const table = this.#table(key);
    if (type === 'DELETED') table.remove(namespace, name);
    else table.put(stored);
    const untell = this.#delivery.add({ type, key, object: stored, resourceVersion, ...(old ? { old } : {}) });
    this.journal.record(() => {
      this.#version = before;
      untell();
      if (old) table.put(old);
      else table.remove(namespace, name);
    });
    return stored;
  }

  #table(key: KindKey): Table {
    let table = this.#tables.get(key);
    if (!table) {
      table = new Table();
      this.#tables.set(key, table);
    }
    return table;
  }
}
