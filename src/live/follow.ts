// follow.ts - keeps the mirror of a cluster up to date: what differs from before is applied to a lab, what is gone is deleted.
import type { Cluster } from '../cluster/cluster.js';
import { StatusError } from '../cluster/status.js';
import { keyOf } from '../model/kindkey.js';
import type { KubeObject } from '../model/objects.js';
import { mirrored } from './mirror.js';
import { type LivePart, liveObjects } from './objects.js';
import type { Watched } from './watched.js';

/** What turns one mirror into another. */
interface MirrorChange {
  readonly gone: readonly KubeObject[];
  readonly put: readonly KubeObject[];
}

const nameOf = (object: KubeObject): string =>
  `${keyOf(object)}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
const textOf = (value: unknown): string => JSON.stringify(value);

/** Machines stay as they are. A pod whose spec is another is another pod. */
export function mirrorChange(before: readonly KubeObject[], after: readonly KubeObject[]): MirrorChange {
  const moving = (objects: readonly KubeObject[]): Map<string, KubeObject> =>
    new Map(objects.filter(({ kind }) => kind !== 'Node').map((object) => [nameOf(object), object]));
  const [old, young] = [moving(before), moving(after)];
  const isOther = (object: KubeObject): boolean => {
    const next = young.get(nameOf(object));
    return !next || (object.kind === 'Pod' && textOf(next.spec) !== textOf(object.spec));
  };
  return {
    gone: [...old.values()].filter(isOther),
    put: [...young].filter(([name, object]) => textOf(old.get(name)) !== textOf(object)).map(([, object]) => object),
  };
}

/** Changes come in bursts; so long after the first of one, milliseconds. */
const GATHER_MS = 100;

/** Follows a cluster into a lab that has its mirror already. What the lab refuses is reported, once. */
export class Follower {
  readonly #watched: Watched<LivePart>;
  readonly #lab: Cluster;
  readonly #report: (message: string) => void;
  readonly #machines: ReadonlySet<string>;
  readonly #told = new Set<string>();
  #mirror: readonly KubeObject[];
  #timer: NodeJS.Timeout | null = null;

  /** @param mirror what the lab was given */
  constructor(
    watched: Watched<LivePart>,
    lab: Cluster,
    mirror: readonly KubeObject[],
    report: (message: string) => void,
  ) {
    this.#watched = watched;
    this.#lab = lab;
    this.#mirror = mirror;
    this.#report = report;
    this.#machines = new Set(mirror.filter(({ kind }) => kind === 'Node').map(({ metadata }) => metadata.name));
    watched.onChange(() => this.#soon());
    this.#soon();
  }

  close(): void {
    this.#watched.close();
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#watched.onChange(() => undefined);
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#step();
    }, GATHER_MS);
  }

  #step(): void {
    const objects = liveObjects(this.#watched);
    const strange = objects.filter(({ kind, metadata }) => kind === 'Node' && !this.#machines.has(metadata.name));
    for (const { metadata } of strange)
      this.#tell(`node ${metadata.name} has no machine in this lab: its pods stand in elsewhere until the next up`);
    const next = mirrored(objects.filter((object) => !strange.includes(object)));
    const { gone, put } = mirrorChange(this.#mirror, next);
    this.#mirror = next;
    const { store } = this.#lab;
    for (const object of gone) this.#try(object, () => this.#erase(object));
    for (const object of put) {
      this.#try(object, () => {
        const { namespace } = object.metadata;
        if (namespace !== undefined && !store.get('Namespace', '', namespace))
          store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
        for (const { error } of this.#lab.apply([object]).refused) throw error;
      });
    }
  }

  #erase({ kind, metadata: { namespace = '', name } }: KubeObject): void {
    if (this.#lab.store.get(kind, namespace, name))
      this.#lab.store.delete(kind, namespace, name, { gracePeriodSeconds: 0 });
  }

  #try({ kind, metadata }: KubeObject, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.#tell(`${kind} ${metadata.namespace ?? ''}/${metadata.name} of the cluster is refused: ${error.message}`);
    }
  }

  #tell(message: string): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.#report(message);
  }
}
