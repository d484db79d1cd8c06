// watched.ts - lists of objects of the running lab, kept up to date by watches of its API.
import type { KubeObject } from '../../model/objects.js';
import { StatusFailure } from '../objects/status.js';
import type { Client } from './client.js';

interface List {
  readonly apiVersion: string;
  /** `ServiceList` */
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly KubeObject[];
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** Pause before an ended watch begins again, in milliseconds. */
const PAUSE_MS = 200;
/** Pause before a kind that nobody serves is asked for again, milliseconds. */
const ABSENT_MS = 1000;

/** A list, and where it was found; null: the kind is not served. */
interface Found {
  readonly path: string;
  readonly version: string;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Watched<Part extends string> {
  readonly #client: Client;
  readonly #paths: Readonly<Record<Part, readonly string[]>>;
  readonly #objects = new Map<Part, Map<string, KubeObject>>();
  /** How often something has changed. */
  changes = 0;
  #listener: () => void = () => undefined;

  private constructor(client: Client, paths: Readonly<Record<Part, readonly string[]>>) {
    this.#client = client;
    this.#paths = paths;
  }

  /**
   * Resolves when everything was read once. Then it follows changes, and calls `ended` when the lab is gone.
   * @param paths of the API for each list: the first that is served. A list whose kind nobody serves yet is empty.
   */
  static async open<Part extends string>(
    client: Client,
    paths: Readonly<Record<Part, readonly string[]>>,
    ended: (error: unknown) => void,
  ): Promise<Watched<Part>> {
    const watched = new Watched(client, paths);
    for (const [part, first] of await watched.#listAll()) watched.#follow(part, first).catch(ended);
    return watched;
  }

  /** The lists as they are, without watching them. */
  static async read<Part extends string>(
    client: Client,
    paths: Readonly<Record<Part, readonly string[]>>,
  ): Promise<Watched<Part>> {
    const watched = new Watched(client, paths);
    await watched.#listAll();
    return watched;
  }

  /** Calls back after each change. */
  onChange(listener: () => void): void {
    this.#listener = listener;
  }

  /** As it is now. */
  list<T extends KubeObject>(part: Part): T[] {
    return [...(this.#objects.get(part)?.values() ?? [])] as T[];
  }

  #listAll(): Promise<(readonly [Part, Found | null])[]> {
    const parts = Object.keys(this.#paths) as Part[];
    return Promise.all(parts.map(async (part) => [part, await this.#list(part)] as const));
  }

  #changed(): void {
    this.changes++;
    this.#listener();
  }

  async #list(part: Part): Promise<Found | null> {
    for (const path of this.#paths[part]) {
      const list = await this.#client.get<List>(path).catch((error) => {
        if (error instanceof StatusFailure && error.status.code === 404) return null;
        throw error;
      });
      if (!list) continue;
      // What the list says, its items do not repeat.
      const type = { apiVersion: list.apiVersion, kind: list.kind.replace(/List$/, '') };
      this.#set(part, new Map(list.items.map((object) => [keyOf(object), { ...type, ...object }])));
      return { path, version: list.metadata.resourceVersion };
    }
    this.#set(part, new Map());
    return null;
  }

  #set(part: Part, objects: Map<string, KubeObject>): void {
    const same = objects.size === 0 && (this.#objects.get(part)?.size ?? 0) === 0;
    this.#objects.set(part, objects);
    if (!same) this.#changed();
  }

  async #follow(part: Part, first: Found | null): Promise<never> {
    for (let found = first; ; ) {
      if (found) await this.#watch(part, found);
      // The stream ended, or the version is too old, or the kind is not served: begin with what is there.
      await pause(found ? PAUSE_MS : ABSENT_MS);
      found = await this.#list(part);
    }
  }

  async #watch(part: Part, { path, version }: Found): Promise<void> {
    const objects = this.#objects.get(part);
    for await (const { type, object } of this.#client.watch(path, { resourceVersion: version })) {
      if (type === 'ERROR') return;
      if (type === 'DELETED') objects?.delete(keyOf(object));
      else if (type !== 'BOOKMARK') objects?.set(keyOf(object), object);
      if (type !== 'BOOKMARK') this.#changed();
    }
  }
}
