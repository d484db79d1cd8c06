// store.ts - a cluster's objects as a kubelet's store: followed by watches, changed here at once and in the API soon after.
import { isDeepStrictEqual } from 'node:util';
import type { Changer } from '../live/changer.js';
import type { Change, Watched } from '../live/watched.js';
import type { ClusterSnapshot, EndpointSlice, KubeObject, Node, Pod, Service } from '../model/objects.js';
import type { Writes } from './writes.js';

/** Lists of the API that are followed. */
export const FOLLOWED = {
  Pod: ['/api/v1/pods'],
  Node: ['/api/v1/nodes'],
  Service: ['/api/v1/services'],
  EndpointSlice: ['/apis/discovery.k8s.io/v1/endpointslices'],
  Namespace: ['/api/v1/namespaces'],
  ConfigMap: ['/api/v1/configmaps'],
  Secret: ['/api/v1/secrets'],
  Lease: ['/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'],
} as const;

type Kind = keyof typeof FOLLOWED;

const PLURALS: Readonly<Record<string, string>> = { Pod: 'pods', Node: 'nodes', Event: 'events' };

const pathOf = (kind: string, namespace: string, name = ''): string =>
  ['/api/v1', ...(namespace === '' ? [] : ['namespaces', namespace]), PLURALS[kind] ?? '', name]
    .filter((part, i) => i === 0 || part !== '')
    .join('/');

/** Events of our own that may be counted once more. */
const MOST_EVENTS = 1000;

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The merge patch (RFC 7386) that makes `after` of `before`. */
export function mergePatch(before: Fields, after: Fields): Fields {
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(before)) if (after[key] === undefined) patch[key] = null;
  for (const [key, value] of Object.entries(after)) {
    const old = before[key];
    if (value === undefined || isDeepStrictEqual(old, value)) continue;
    patch[key] = isFields(old) && isFields(value) ? mergePatch(old, value) : value;
  }
  return patch;
}

/** A merge patch with all of `after`, whatever `before` has become meanwhile. */
const whole = (before: Fields, after: Fields): Fields => ({
  ...Object.fromEntries(Object.keys(before).map((key) => [key, null])),
  ...after,
});

const keyOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

/** What a writer of an object says about it: the rest of its metadata is the API's. */
const said = ({ metadata, status: _, ...rest }: KubeObject): Fields => ({
  ...(rest as Fields),
  metadata: { labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} },
});

type Listener = (event: { readonly type: string; readonly object: KubeObject; readonly old?: KubeObject }) => void;

interface StoreOptions {
  readonly cluster: Pick<Changer, 'create' | 'patch' | 'remove'>;
  readonly writes: Writes;
  /** Whether this agent may still write about a node, and about the pods there. */
  readonly mayWrite: (node: string) => boolean;
}

export class MirroredStore {
  readonly #options: StoreOptions;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** Takes over what was read, and follows it. */
  follow(watched: Watched<Kind>): void {
    for (const kind of Object.keys(FOLLOWED) as Kind[])
      for (const object of watched.list(kind)) this.#put({ type: 'ADDED', object: { ...object, kind } });
    watched.onEvent((kind, { type, object }) => this.#put({ type, object: { ...object, kind } }));
  }

  list<T extends KubeObject>(kind: string, namespace?: string): readonly T[] {
    const all = [...(this.#objects.get(kind)?.values() ?? [])] as T[];
    return namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
  }

  get<T extends KubeObject>(kind: string, namespace: string, name: string): T | undefined {
    return this.#objects.get(kind)?.get(`${namespace}/${name}`) as T | undefined;
  }

  snapshot = (): ClusterSnapshot => ({
    services: this.list<Service>('Service'),
    endpointSlices: this.list<EndpointSlice>('EndpointSlice'),
    nodes: this.list<Node>('Node'),
    pods: this.list<Pod>('Pod'),
  });

  watch(listener: Listener, kind: string): () => void {
    const listeners = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  create(object: KubeObject): KubeObject {
    const { kind, metadata } = object;
    const { cluster } = this.#options;
    this.#write(object, () => cluster.create(pathOf(kind, metadata.namespace ?? ''), object));
    return this.#put({ type: 'ADDED', object });
  }

  update(object: KubeObject): KubeObject {
    const { kind, metadata } = object;
    const known = this.get(kind, metadata.namespace ?? '', metadata.name);
    if (!known) return object;
    const patch = mergePatch(said(known), said(object));
    if (Object.keys(patch).length === 0) return known;
    this.#write(known, () => this.#options.cluster.patch(this.#path(known), patch));
    const { labels, annotations } = metadata;
    const kept = { ...known.metadata, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) };
    return this.#put({ type: 'MODIFIED', object: { ...object, metadata: kept, status: known.status } });
  }

  updateStatus(object: KubeObject): KubeObject {
    const { kind, metadata, status } = object;
    const known = this.get(kind, metadata.namespace ?? '', metadata.name);
    if (!known) return object;
    // What is known may be older than what is being written, so that only then nothing is to be done.
    if (isDeepStrictEqual(known.status, status) && !this.#options.writes.waits(keyOf(known))) return known;
    const patch = { status: whole((known.status ?? {}) as Fields, (status ?? {}) as Fields) };
    this.#write(known, () => this.#options.cluster.patch(`${this.#path(known)}/status`, patch));
    return this.#put({ type: 'MODIFIED', object: { ...known, status } });
  }

  /** Only the object of this uid: another one of its name is another's. */
  delete(kind: string, namespace: string, name: string, options: object = {}): KubeObject {
    const known = this.get(kind, namespace, name);
    const gone = known ?? { apiVersion: 'v1', kind, metadata: { name } };
    if (!known) return gone;
    const preconditions = { uid: known.metadata.uid };
    this.#write(known, () => this.#options.cluster.remove(this.#path(known), { ...options, preconditions }));
    return gone;
  }

  #path = ({ kind, metadata }: KubeObject): string => pathOf(kind, metadata.namespace ?? '', metadata.name);

  #write(object: KubeObject, write: () => Promise<unknown>): void {
    const { kind, metadata } = object;
    const node = kind === 'Node' ? metadata.name : (object as Pod).spec?.nodeName;
    const may = (): boolean => node === undefined || this.#options.mayWrite(node);
    this.#options.writes.add(keyOf(object), may, write);
  }

  #put({ type, object }: Change): KubeObject {
    const { kind, metadata } = object;
    const objects = this.#objects.get(kind) ?? new Map<string, KubeObject>();
    this.#objects.set(kind, objects);
    const key = `${metadata.namespace ?? ''}/${metadata.name}`;
    const old = objects.get(key);
    if (type === 'DELETED') objects.delete(key);
    else objects.set(key, object);
    if (kind === 'Event' && objects.size > MOST_EVENTS) objects.delete(objects.keys().next().value ?? '');
    for (const listener of [...(this.#listeners.get(kind) ?? [])]) listener({ type, object, ...(old ? { old } : {}) });
    return object;
  }
}
