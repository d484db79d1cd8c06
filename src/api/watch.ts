// watch.ts - a watch as a stream of JSON lines: what is there, what changed since, and what changes from now on.
import type { Context } from 'hono';
import { shown } from '../cluster/kinds/kind.js';
import { StatusError } from '../cluster/status.js';
import type { Store, StoreEvent } from '../cluster/store.js';
import type { KubeObject } from '../model/objects.js';
import { after } from '../model/timer.js';
import { type Filter, requestFilter } from './filter.js';
import type { Target } from './request.js';
import { answerOf, includeObjectOf, partial, toTable } from './table.js';

/** Events that may wait for a slow client; beyond that the stream ends and the client lists again. */
const BACKLOG = 50_000;

/** How often a watch that asked for it hears where it is, in milliseconds. */
const BOOKMARK_MS = 60_000;

/** Seconds that a watch lasts when the client does not say; clients begin again by themselves. */
const TIMEOUT_SECONDS = 1800;

interface Watch {
  readonly store: Store;
  readonly target: Target;
  readonly matches: Filter;
  /** The object of an event as it goes over the wire. */
  readonly show: (object: KubeObject) => unknown;
}

/** Whether the object is, and was, among those that are watched. */
function eventFor(watch: Watch, { type, object, old }: StoreEvent): string | undefined {
  const { namespace } = watch.target;
  if (namespace !== undefined && object.metadata.namespace !== namespace) return undefined;
  const now = type !== 'DELETED' && watch.matches(object);
  const before = old !== undefined && watch.matches(old);
  if (now) return before ? 'MODIFIED' : 'ADDED';
  return before ? 'DELETED' : undefined;
}

export function watchResponse(c: Context, store: Store, target: Target): Response {
  const { form, version } = answerOf(c);
  const include = includeObjectOf(c);
  let first = true;
  const show = (object: KubeObject): unknown => {
    if (form === 'object') return shown(target.resource, object);
    if (form === 'metadata') return partial(object, version);
    const { resourceVersion } = object.metadata;
    const options = { version, include, metadata: { resourceVersion }, headings: first };
    first = false;
    return toTable(target.resource, [object], options);
  };
  const watch: Watch = { store, target, matches: requestFilter(c, target.resource), show };
  const options = {
    from: c.req.query('resourceVersion') ?? '',
    bookmarks: c.req.query('allowWatchBookmarks') === 'true',
    initial: c.req.query('sendInitialEvents') === 'true',
    seconds: Number(c.req.query('timeoutSeconds') ?? 0) || TIMEOUT_SECONDS,
  };
  const stream = lines(watch, options);
  return new Response(stream, { headers: { 'content-type': 'application/json', 'cache-control': 'no-cache' } });
}

interface Options {
  readonly from: string;
  readonly bookmarks: boolean;
  readonly initial: boolean;
  readonly seconds: number;
}

function lines(watch: Watch, options: Options): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let stop: () => void = () => undefined;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const send = (type: string, object: unknown): void => {
          controller.enqueue(encoder.encode(`${JSON.stringify({ type, object })}\n`));
        };
        const end = (): void => {
          stop();
          controller.close();
        };
        stop = follow(watch, options, send, end, () => (controller.desiredSize ?? 0) < -BACKLOG);
      },
      cancel: () => stop(),
    },
    { highWaterMark: 1 },
  );
}

type Send = (type: string, object: unknown) => void;

/** Returns the way to stop. */
function follow(watch: Watch, options: Options, send: Send, end: () => void, tooSlow: () => boolean): () => void {
  const { store, target, show } = watch;
  const report = (event: StoreEvent): void => {
    const type = eventFor(watch, event);
    if (type) send(type, show(event.object));
  };
  const bookmark = (annotations?: Record<string, string>): void => {
    const { kind, group, version } = target.resource;
    const apiVersion = group === '' ? version : `${group}/${version}`;
    const metadata = { resourceVersion: store.resourceVersion, ...(annotations ? { annotations } : {}) };
    send('BOOKMARK', { kind, apiVersion, metadata });
  };
  try {
    if (options.initial || options.from === '' || options.from === '0') {
      for (const object of store.list(target.resource, target.namespace))
        if (watch.matches(object)) send('ADDED', show(object));
      if (options.initial) bookmark({ 'k8s.io/initial-events-end': 'true' });
    } else for (const event of store.since(options.from, target.resource)) report(event);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    send('ERROR', error.status);
    queueMicrotask(end);
    return () => undefined;
  }
  const stop = after(options.seconds * 1000, end, { unref: true });
  const bookmarks = options.bookmarks ? setInterval(bookmark, BOOKMARK_MS).unref() : undefined;
  const unwatch = store.watch((event) => (tooSlow() ? end() : report(event)), target.resource);
  return () => {
    unwatch();
    stop();
    clearInterval(bookmarks);
  };
}
