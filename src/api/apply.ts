// apply.ts - applies a whole manifest in one request: all of its objects, or none.
//
// POST /apis/kubewire.dev/v1alpha1/apply with a List; `?dryRun=All` only says what would happen. Kubernetes has no such
// request: it is what `kubewire apply` promises and kubectl cannot.
import type { Context } from 'hono';
import type { Cluster } from '../cluster/cluster.js';
import type { Resource } from '../cluster/kinds/kind.js';
import type { Kinds } from '../cluster/kinds/registry.js';
import { badRequest, type Status, StatusError, unknownKind } from '../cluster/status.js';
import type { KubeObject } from '../model/objects.js';
import { warn } from './answer.js';
import { readBytes } from './body.js';
import { type Decoded, decodeItem } from './decode.js';
import type { WriteOptions } from './options.js';
import { isDryRun } from './request.js';
import { objectWarnings } from './warnings.js';

/** Maximum size of a List, in bytes: about ten thousand Services. */
const LIST_LIMIT = 64 * 1024 * 1024;

export interface ApplyAnswer {
  readonly kind: 'ApplyResult';
  readonly apiVersion: 'kubewire.dev/v1alpha1';
  /** In the order of the List; empty when anything was refused. */
  readonly applied: readonly { readonly object: KubeObject; readonly result: 'created' | 'configured' | 'unchanged' }[];
  readonly refused: readonly { readonly index: number; readonly status: Status }[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

async function readItems(c: Context): Promise<readonly unknown[]> {
  const text = (await readBytes(c, LIST_LIMIT)).toString('utf8');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw badRequest(`error decoding the body: ${(error as Error).message}`);
  }
  if (!isObject(body) || !Array.isArray(body.items)) throw badRequest('the body is no List: it has no items');
  return body.items;
}

function resourceFor(kinds: Kinds, item: Record<string, unknown>): Resource {
  const [kind, apiVersion] = [String(item.kind), String(item.apiVersion)];
  const resource = kinds.ofObject({ kind, apiVersion });
  if (!resource) throw unknownKind(kind, apiVersion);
  return resource;
}

function readItem(kinds: Kinds, item: unknown, fieldValidation: WriteOptions['fieldValidation']): Decoded {
  if (!isObject(item) || !isObject(item.metadata)) throw badRequest('an item is no object: it has no metadata');
  const resource = resourceFor(kinds, item);
  const namespace = resource.namespaced ? String(item.metadata.namespace ?? 'default') : undefined;
  return decodeItem({ resource, namespace, name: undefined, subresource: undefined }, item, fieldValidation);
}

export async function serveApply(c: Context, cluster: Cluster): Promise<Response> {
  const items = await readItems(c);
  const dryRun = isDryRun(c.req.queries('dryRun'));
  const fieldValidation = c.req.query('fieldValidation') === 'Strict' ? 'Strict' : 'Warn';
  const objects: KubeObject[] = [];
  const warnings: string[] = [];
  const malformed: ApplyAnswer['refused'][number][] = [];
  for (const [index, item] of items.entries()) {
    try {
      const read = readItem(cluster.store.kinds, item, fieldValidation);
      objects.push(read.object);
      warnings.push(...objectWarnings(read));
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      malformed.push({ index, status: error.status });
    }
  }
  const { applied, refused } = malformed.length > 0 ? { applied: [], refused: [] } : cluster.apply(objects, { dryRun });
  warn(c, warnings);
  const answer: ApplyAnswer = {
    kind: 'ApplyResult',
    apiVersion: 'kubewire.dev/v1alpha1',
    applied,
    refused: [...malformed, ...refused.map(({ index, error }) => ({ index, status: error.status }))],
  };
  return c.json(answer);
}
