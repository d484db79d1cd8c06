// watch.ts - a watch as a stream of JSON lines: what is there, what changed since, and what changes from now on.
//
// Rules of k8s.io/apiserver/pkg/storage/cacher and endpoints/handlers/watch.go, Kubernetes 1.36.
import type { Context } from 'hono';
import { groupVersion } from '../../cluster/kinds/kind.js';
import { expired, notAcceptable, StatusError, unknownError } from '../../cluster/status.js';
import type { EventType, Store, StoreEvent } from '../../cluster/store.js';
import type { KubeObject } from '../../model/objects.js';
import { after } from '../../model/timer.js';
import { STREAMS } from '../accept.js';
import { isYaml } from '../encoding.js';
import { type Filter, isSelective, requestFilter } from '../filter.js';
import { type ListOptions, versionFault } from '../lists/options.js';
import { checkVersion } from '../lists/page.js';
import type { Target } from '../request.js';
import { answerOf, includeObjectOf, partial, toTable } from '../table.js';
import { Feed, type FeedClient, type Reader } from './feed.js';
import { inNextRound } from './flush.js';
import { eventLine, lineOf, type Show, wholeObject } from './lines.js';

/** How often a watch that asked for it hears where it is, in milliseconds. */
const BOOKMARK_MS = 60_000;
/** How long before its end it hears so once more. */
const LAST_BOOKMARK_MS = 2_000;
/** Seconds that a watch lasts when the client does not say; clients begin again by themselves. */
const TIMEOUT_SECONDS = 1800;
/** Lines that are made of what is there before others are heard. */
const SLICE = 128;

const INITIAL_END = { 'k8s.io/initial-events-end': 'true' };

interface Watch {
  readonly store: Store;
  readonly target: Target;
  readonly matches: Filter;
  /** False when everything matches. */
  readonly selective: boolean;
  readonly options: ListOptions;
  /** What clients share lines by, beside what they watch; null for lines of one client alone. */
  readonly form: string | null;
  readonly show: Show;
  readonly showBookmark: (metadata: object) => string;
}

/** What an event is to this watch: whether the object is, and was, among those that are watched. */
function typeFor({ target, matches, selective }: Watch, { type, object, old }: StoreEvent): EventType | undefined {
  const { namespace } = target;
  if (namespace !== undefined && object.metadata.namespace !== namespace) return undefined;
  if (!selective) return type;
  const now = type !== 'DELETED' && matches(object);
  const before = old !== undefined && matches(old);
  if (now) return before ? 'MODIFIED' : 'ADDED';
  return before ? 'DELETED' : undefined;
}

function lineFor(watch: Watch, event: StoreEvent): Buffer | undefined {
  const type = typeFor(watch, event);
  if (type === undefined) return undefined;
  return eventLine(event, type, watch.show);
}

/** How objects go over the wire. */
function forms(c: Context, { resource }: Target): Pick<Watch, 'form' | 'show' | 'showBookmark'> {
  const { form, version } = answerOf(c);
  const type = { kind: resource.kind, apiVersion: groupVersion(resource) };
  const name = `${groupVersion(resource)}/${resource.kind}/${form}/${version}`;
  if (form === 'object')
    return {
      form: name,
      show: wholeObject(resource),
      showBookmark: (metadata) => JSON.stringify({ ...type, metadata }),
    };
  if (form === 'metadata') {
    const show = (object: KubeObject): string => JSON.stringify(partial(object, version));
    return { form: name, show, showBookmark: (metadata) => show({ ...type, metadata } as KubeObject) };
  }
  const include = includeObjectOf(c);
  let headings = true;
  const table = (objects: readonly KubeObject[], metadata: object): string => {
    const text = JSON.stringify(toTable(resource, objects, { version, include, metadata, headings }));
    headings = false;
    return text;
  };
  return {
    form: null,
    show: (object) => table([object], { resourceVersion: object.metadata.resourceVersion }),
    showBookmark: (metadata) => table([], metadata),
  };
}

/** Throws what the selectors throw; a version that is none is a plain error, as with the API server. */
export function watchResponse(c: Context, store: Store, target: Target, options: ListOptions): Response {
  if (isYaml(c.req.header('accept'))) throw notAcceptable(STREAMS);
  const matches = requestFilter(c, target.resource);
  const watch: Watch = { store, target, options, matches, selective: isSelective(c), ...forms(c, target) };
  const { resourceVersion, sendInitialEvents } = options;
  const fault = resourceVersion === '' ? undefined : versionFault(resourceVersion);
  if (fault) throw unknownError(fault);
  if (sendInitialEvents && resourceVersion !== '') checkVersion(store, resourceVersion);
  return new Response(new Stream(watch).readable, {
    headers: { 'content-type': 'application/json', 'cache-control': 'no-cache' },
  });
}

/** `objects` are those of `version`. */
function* initialLines(watch: Watch, objects: readonly KubeObject[], version: string): Generator<Buffer> {
  const { matches, show, showBookmark, options } = watch;
  for (const object of objects) if (matches(object)) yield lineOf('ADDED', show(object));
  if (options.sendInitialEvents && options.bookmarks)
    yield lineOf('BOOKMARK', showBookmark({ resourceVersion: version, annotations: INITIAL_END }));
}

function* pastLines(watch: Watch, events: readonly StoreEvent[]): Generator<Buffer> {
  for (const event of events) {
    const line = lineFor(watch, event);
    if (line) yield line;
  }
}

/** What a watch begins with. Throws Expired. */
function beginning(watch: Watch): Iterator<Buffer> {
  const { store, options, target } = watch;
  const { resourceVersion, sendInitialEvents } = options;
  const open = resourceVersion === '' || resourceVersion === '0';
  if (sendInitialEvents ?? open)
    return initialLines(watch, store.list(target.resource, target.namespace), store.resourceVersion);
  return pastLines(watch, open ? [] : store.since(resourceVersion, target.resource));
}

/** The same lines; the first is made at once, since what happens meanwhile is told after it, and without its headings. */
function begun(lines: Iterator<Buffer>): Iterator<Buffer> {
  const first = lines.next();
  return (function* () {
    for (let line = first; !line.done; line = lines.next()) yield line.value;
  })();
}

/** Feeds that several clients may share, by what they watch and its form. */
const feeds = new WeakMap<Store, Map<string, Feed>>();

/** A feed of what happens from now on, or after a version that is yet to come. It listens as long as it has clients. */
function openFeed(watch: Watch, after: number, closed: () => void = () => undefined): Feed {
  const feed = new Feed(() => {
    stop();
    closed();
  });
  const stop = watch.store.watch((event) => {
    const line = Number(event.resourceVersion) > after ? lineFor(watch, event) : undefined;
    if (line) feed.add(line);
  }, watch.target.resource);
  return feed;
}

/** The feed that a watch reads: one of its own when it selects, or begins later. */
function feedOf(watch: Watch): Feed {
  const { store, target, options, form, selective } = watch;
  const from = Number(options.resourceVersion);
  if (form === null || selective || from > Number(store.resourceVersion)) return openFeed(watch, from);
  const shared = feeds.get(store) ?? new Map<string, Feed>();
  feeds.set(store, shared);
  const key = `${form}/${target.namespace ?? ''}`;
  const feed = shared.get(key) ?? openFeed(watch, 0, () => shared.delete(key));
  shared.set(key, feed);
  return feed;
}

class Stream implements FeedClient {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #watch: Watch;
  #reader: Reader | null = null;
  /** What is still to be said before anything else. */
  #first: Iterator<Buffer> | null = null;
  /** What is to be said when everything else has been. */
  #bookmark: (() => Buffer) | null = null;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #ended = false;
  #stops: (() => void)[] = [];
  readonly #round = (): number => {
    this.give();
    return 1;
  };

  constructor(watch: Watch) {
    this.#watch = watch;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          this.#begin();
        },
        pull: () => this.#pull(),
        cancel: () => this.#stop(),
      },
      { highWaterMark: 1 },
    );
  }

  #begin(): void {
    const { options } = this.#watch;
    const reader = feedOf(this.#watch).join(this);
    this.#reader = reader;
    this.#stops.push(() => reader.finish());
    try {
      this.#first = begun(beginning(this.#watch));
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.#fail(error);
      return;
    }
    const seconds = Math.max(0, options.timeoutSeconds ?? 0) || TIMEOUT_SECONDS;
    this.#stops.push(after(seconds * 1000, () => this.#end(), { unref: true }));
    if (options.bookmarks) this.#startBookmarks(seconds);
  }

  #startBookmarks(seconds: number): void {
    const bookmark = (): void => {
      const { store, showBookmark } = this.#watch;
      this.#bookmark = () => lineOf('BOOKMARK', showBookmark({ resourceVersion: store.resourceVersion }));
      inNextRound(this.#round);
    };
    const timer = setInterval(bookmark, BOOKMARK_MS).unref();
    this.#stops.push(() => clearInterval(timer));
    if (seconds * 1000 > LAST_BOOKMARK_MS)
      this.#stops.push(after(seconds * 1000 - LAST_BOOKMARK_MS, bookmark, { unref: true }));
  }

  lost(): void {
    const { options, store } = this.#watch;
    this.#fail(expired(options.resourceVersion || '0', store.resourceVersion));
  }

  /** Ends the watch with a refusal, in place of all that waits. */
  #fail(error: StatusError): void {
    this.#first = null;
    this.#reader?.abandon(lineOf('ERROR', JSON.stringify(error.status)));
    this.#end();
  }

  #end(): void {
    this.#stop();
    inNextRound(this.#round);
  }

  #stop(): void {
    this.#ended = true;
    this.#bookmark = null;
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Gives what waits, if the client has taken what it was given. */
  give(): void {
    const controller = this.#controller;
    if (!controller || this.#first || (controller.desiredSize ?? 0) <= 0) return;
    const piece = this.#reader?.take() ?? this.#takeBookmark();
    if (piece) controller.enqueue(piece);
    else if (this.#ended) {
      this.#controller = null;
      controller.close();
    }
  }

  #takeBookmark(): Buffer | null {
    const line = this.#bookmark?.() ?? null;
    this.#bookmark = null;
    return line;
  }

  async #pull(): Promise<void> {
    if (!this.#first) return this.give();
    const lines: Buffer[] = [];
    await new Promise((resolve) => setImmediate(resolve));
    for (let count = 0; count < SLICE && this.#first; count++) {
      const { value, done } = this.#first.next();
      if (done) this.#first = null;
      else lines.push(value);
    }
    if (lines.length > 0) this.#controller?.enqueue(Buffer.concat(lines));
    else this.give();
  }
}
