// watched.ts - lists of objects of an API, kept up to date by its watches through disconnects and forgotten versions.
//
// As client-go's reflector: list in pages, watch from the list's version, go on from the last version seen when a stream
// ends, and list again when the server no longer has that version (410 Gone).
import type { KubeObject } from '../model/objects.js';
import type { Reader } from './reader.js';
import { isStatusFailure } from './status.js';

interface List {
  readonly apiVersion: string;
  /** `ServiceList` */
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly KubeObject[] | null;
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** Pause before an ended watch begins again, in milliseconds. */
const PAUSE_MS = 200;
/** Pause before a kind that nobody serves is asked for again where definitions are not followed, milliseconds. */
const ABSENT_MS = 1000;
/** The list whose changes say that another kind may be served now, if it is among those that are followed. */
const DEFINITIONS = 'definitions';
/** Objects in a page of a list, as client-go asks for. */
const PAGE = '500';

/** What became of an object. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

/** Where a list was found, and the version up to which it is known. null: the kind is not served. */
interface Found {
  readonly path: string;
  version: string;
}

/**
 * Milliseconds to wait after a failure before it is tried again; null: give up.
 * @param failures how many there were in a row
 */
type Patience = (error: unknown, failures: number) => number | null;

const NO_PATIENCE: Patience = () => null;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** The version is forgotten, or the kind is no longer served: a list tells. */
const isGone = (error: unknown): boolean =>
  isStatusFailure(error) && (error.status.code === 410 || error.status.code === 404);

export class Watched<Part extends string> {
  readonly #reader: Reader;
  readonly #paths: Readonly<Record<Part, readonly string[]>>;
  readonly #patience: Patience;
  readonly #objects = new Map<Part, Map<string, KubeObject>>();
  /** How often definitions have changed, and who waits for that. */
  #defined = 0;
  readonly #waiting = new Set<() => void>();
  /** How often something has changed. */
  changes = 0;
  #listener: () => void = () => undefined;
  #teller: (part: Part, change: Change) => void = () => undefined;
  #closed = false;

  private constructor(reader: Reader, paths: Readonly<Record<Part, readonly string[]>>, patience: Patience) {
    this.#reader = reader;
    this.#paths = paths;
    this.#patience = patience;
  }

  /**
   * Resolves when everything was read once. Then it follows changes, and calls `ended` when patience is over.
   * @param paths of the API for each list: the first that is served. A list whose kind nobody serves yet is empty; it
   *   is asked for again when the list `definitions` (of CustomResourceDefinitions) changes, else once a second.
   */
  static async open<Part extends string>(
    reader: Reader,
    paths: Readonly<Record<Part, readonly string[]>>,
    ended: (error: unknown) => void,
    patience: Patience = NO_PATIENCE,
  ): Promise<Watched<Part>> {
    const watched = new Watched(reader, paths, patience);
    for (const [part, first] of await watched.#listAll()) watched.#follow(part, first).catch(ended);
    return watched;
  }

  /** The lists as they are, without watching them. */
  static async read<Part extends string>(
    reader: Reader,
    paths: Readonly<Record<Part, readonly string[]>>,
  ): Promise<Watched<Part>> {
    const watched = new Watched(reader, paths, NO_PATIENCE);
    await watched.#listAll();
    return watched;
  }

  /** Calls back after each change. */
  onChange(listener: () => void): void {
    this.#listener = listener;
  }

  /** Calls back for each object that came, changed or went, also where a new list shows it. */
  onEvent(teller: (part: Part, change: Change) => void): void {
    this.#teller = teller;
  }

  /** Follows nothing any more, from the next event on. */
  close(): void {
    this.#closed = true;
  }

  /** As it is now. */
  list<T extends KubeObject>(part: Part): T[] {
    return [...(this.#objects.get(part)?.values() ?? [])] as T[];
  }

  #listAll(): Promise<(readonly [Part, Found | null])[]> {
    const parts = Object.keys(this.#paths) as Part[];
    return Promise.all(parts.map(async (part) => [part, await this.#list(part)] as const));
  }

  #changed(part: Part): void {
    this.changes++;
    if (part === DEFINITIONS) {
      this.#defined++;
      for (const wake of [...this.#waiting]) wake();
      this.#waiting.clear();
    }
    this.#listener();
  }

  async #list(part: Part): Promise<Found | null> {
    for (const path of this.#paths[part]) {
      const list = await this.#pages(path).catch((error) => {
        if (isStatusFailure(error) && error.status.code === 404) return null;
        throw error;
      });
      if (!list) continue;
      // What the list says, its items do not repeat.
      const type = { apiVersion: list.apiVersion, kind: list.kind.replace(/List$/, '') };
      this.#set(part, new Map((list.items ?? []).map((object) => [keyOf(object), { ...type, ...object }])));
      return { path, version: list.metadata.resourceVersion };
    }
    this.#set(part, new Map());
    return null;
  }

  /** A list, page by page; at once when the server forgets the version of the pages in between. */
  async #pages(path: string): Promise<List> {
    const first = await this.#reader.get<List>(path, { limit: PAGE });
    const items = [...(first.items ?? [])];
    let next = first.metadata.continue;
    while (next) {
      try {
        const page = await this.#reader.get<List>(path, { limit: PAGE, continue: next });
        items.push(...(page.items ?? []));
        next = page.metadata.continue;
      } catch (error) {
        if (isGone(error)) return this.#reader.get<List>(path);
        throw error;
      }
    }
    return { ...first, items };
  }

  #set(part: Part, objects: Map<string, KubeObject>): void {
    const before = this.#objects.get(part) ?? new Map<string, KubeObject>();
    this.#objects.set(part, objects);
    if (objects.size === 0 && before.size === 0) return;
    for (const [key, object] of before) if (!objects.has(key)) this.#teller(part, { type: 'DELETED', object });
    for (const [key, object] of objects) {
      const old = before.get(key);
      if (old?.metadata.resourceVersion === object.metadata.resourceVersion && old) continue;
      this.#teller(part, { type: old ? 'MODIFIED' : 'ADDED', object });
    }
    this.#changed(part);
  }

  async #follow(part: Part, first: Found | null): Promise<void> {
    let found = first;
    let failures = 0;
    let defined = 0;
    while (!this.#closed) {
      try {
        if (found === null || (await this.#watch(part, found)) === 'forgotten') {
          await (found ? pause(PAUSE_MS) : this.#otherDefinitions(defined));
          defined = this.#defined;
          found = await this.#list(part);
        } else await pause(PAUSE_MS);
        failures = 0;
      } catch (error) {
        const wait = this.#patience(error, ++failures);
        if (this.#closed) return;
        if (wait === null) throw error;
        await pause(wait);
      }
    }
  }

  /** Resolves when a kind that was not served may be: definitions have changed since. */
  #otherDefinitions(since: number): Promise<void> {
    if (!(DEFINITIONS in this.#paths)) return pause(ABSENT_MS);
    if (this.#defined > since) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  /** Until the stream ends. `forgotten`: the server has no longer what came after the version. */
  async #watch(part: Part, found: Found): Promise<'ended' | 'forgotten'> {
    const objects = this.#objects.get(part);
    const query = { resourceVersion: found.version, allowWatchBookmarks: 'true' };
    try {
      for await (const { type, object } of this.#reader.watch(found.path, query)) {
        if (this.#closed) return 'ended';
        // Whatever is wrong in the middle of a stream, a new list shows what there is.
        if (type === 'ERROR') return 'forgotten';
        found.version = object.metadata.resourceVersion ?? found.version;
        if (type === 'BOOKMARK') continue;
        if (type === 'DELETED') objects?.delete(keyOf(object));
        else objects?.set(keyOf(object), object);
        this.#teller(part, { type, object });
        this.#changed(part);
      }
      return 'ended';
    } catch (error) {
      if (isGone(error)) return 'forgotten';
      throw error;
    }
  }
}
