// list.ts - writes a list in the form that the client asks for, in slices if it is long.
import type { Context } from 'hono';
import { groupVersion, type Resource, shown } from '../../cluster/kinds/kind.js';
import type { Store } from '../../cluster/store.js';
import { itemText } from '../../cluster/text.js';
import type { KubeObject } from '../../model/objects.js';
import { contentType, type Encoding, encodeFrame, encodeItems, encodingOf, written } from '../encoding.js';
import { isSelective, requestFilter } from '../filter.js';
import type { Target } from '../request.js';
import { answerOf, includeObjectOf, partial, toTable } from '../table.js';
import type { ListOptions } from './options.js';
import { pageOf } from './page.js';

/** Objects converted to text before yielding: a few milliseconds of work. */
const SLICE = 256;

/** The text of a list: what comes before its items, each item, and what comes after them. */
interface ListText {
  readonly before: string;
  readonly items: (objects: readonly KubeObject[]) => string;
  readonly after: string;
}

/** A list that is made as a whole when it has no items, and opened up where they go. */
function opened(list: object): { before: string; after: string } {
  const text = JSON.stringify(list);
  return { before: text.slice(0, -2), after: text.slice(-2) };
}

function listText(c: Context, resource: Resource, metadata: object): ListText {
  const { form, version } = answerOf(c);
  if (form === 'table') {
    const options = { version, include: includeObjectOf(c), metadata, headings: true };
    const rows = (objects: readonly KubeObject[]): string =>
      JSON.stringify((toTable(resource, objects, options) as { rows: object[] }).rows).slice(1, -1);
    return { ...opened(toTable(resource, [], options)), items: rows };
  }
  if (form === 'metadata') {
    const [kind, apiVersion] = ['PartialObjectMetadataList', `meta.k8s.io/${version}`];
    const items = (objects: readonly KubeObject[]): string =>
      objects.map((object) => JSON.stringify(partial(object, version))).join(',');
    return { ...opened({ kind, apiVersion, metadata, items: [] }), items };
  }
  const items = (objects: readonly KubeObject[]): string =>
    objects.map((object) => itemText(shown(resource, object))).join(',');
  const [kind, apiVersion] = [resource.listKind, groupVersion(resource)];
  return { ...opened({ kind, apiVersion, metadata, items: [] }), items };
}

function* slices(list: ListText, objects: readonly KubeObject[], encoding: Encoding): Generator<string> {
  const [before, after] = encodeFrame(encoding, [list.before, list.after]);
  yield before;
  for (let at = 0; at < objects.length; at += SLICE)
    yield encodeItems(encoding, list.items(objects.slice(at, at + SLICE)), at === 0);
  yield after;
}

/** Some objects as a list. */
export function answerList(c: Context, resource: Resource, metadata: object, objects: readonly KubeObject[]): Response {
  const text = listText(c, resource, metadata);
  // A short one is written as it should be like any other answer.
  if (objects.length <= SLICE)
    return c.body([...slices(text, objects, 'json')].join(''), 200, { 'content-type': contentType('json') });
  const encoding = encodingOf(c);
  const headers = { 'content-type': contentType(encoding) };
  const parts = slices(text, objects, encoding);
  written(c);
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      // Others are heard between two slices.
      await new Promise((resolve) => setImmediate(resolve));
      const { value, done } = parts.next();
      if (done) controller.close();
      else controller.enqueue(Buffer.from(value));
    },
  });
  return c.body(stream, 200, headers);
}

/** Throws what `pageOf` and the selectors throw. */
export function list(c: Context, store: Store, target: Target, options: ListOptions): Response {
  const { resource } = target;
  const selects = requestFilter(c, resource);
  const { items, metadata } = pageOf(store, target, options, isSelective(c) ? selects : null);
  return answerList(c, resource, metadata, items);
}
