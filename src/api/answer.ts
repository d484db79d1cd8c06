// answer.ts - builds the response to a request about a resource: its object, plain or as a table, and warnings.
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Cluster } from '../cluster/cluster.js';
import { shown } from '../cluster/kinds/kind.js';
import { internalError, notFound, StatusError } from '../cluster/status.js';
import type { KubeObject } from '../model/objects.js';
import type { Target } from './request.js';
import { SCALE_COLUMNS, scaleOf } from './scale.js';
import { answerOf, includeObjectOf, partial, toTable } from './table.js';

/** A failure as Kubernetes' Status. */
export function refuse(c: Context, failure: Error): Response {
  const { status, code } = failure instanceof StatusError ? failure : internalError(failure.message);
  return c.json(status, code as ContentfulStatusCode);
}

/** Characters of all warnings of an answer; when there are more, each is cut, and the last ones are left out. */
const MOST_WARNED = 4096;
const MOST_OF_ONE = 256;

function fitting(texts: readonly string[]): readonly string[] {
  if (texts.reduce((sum, text) => sum + text.length, 0) <= MOST_WARNED) return texts;
  return texts.map((text) => text.slice(0, MOST_OF_ONE)).slice(0, MOST_WARNED / MOST_OF_ONE);
}

/** Adds `Warning` headers: in UTF-8, without what would end a line. */
export function warn(c: Context, texts: readonly string[]): void {
  for (const text of fitting([...new Set(texts)])) {
    const plain = text.replace(/\p{Cc}/gu, '').replace(/["\\]/g, '\\$&');
    c.header('warning', `299 - "${Buffer.from(plain).toString('latin1')}"`, { append: true });
  }
}

/** The object that a path refers to. Throws NotFound. */
export function current(cluster: Cluster, target: Target): KubeObject {
  const { resource, namespace = '', name = '' } = target;
  const object = cluster.store.get(resource, namespace, name);
  if (!object) throw notFound(resource, name);
  return object;
}

export function show(c: Context, target: Target, object: KubeObject, code: 200 | 201 = 200): Response {
  const { form, version } = answerOf(c);
  if (target.subresource === 'scale') {
    const scale = scaleOf(object);
    if (form !== 'table') return c.json(scale, code);
    const options = { version, include: includeObjectOf(c), metadata: {}, headings: true };
    return c.json(toTable({ columns: SCALE_COLUMNS, view: undefined }, [scale], options), code);
  }
  if (form === 'object') return c.json(shown(target.resource, object), code);
  if (form === 'metadata') return c.json(partial(object, version), code);
  const { resourceVersion } = object.metadata;
  const options = { version, include: includeObjectOf(c), metadata: { resourceVersion }, headings: true };
  return c.json(toTable(target.resource, [object], options), code);
}
