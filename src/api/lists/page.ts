// page.ts - selects the objects that a list returns: as of which version, starting where, and how many.
//
// The rules of k8s.io/apiserver/pkg/storage (GetList), Kubernetes 1.36.
import { badRequest, expiredContinue, expiredList, StatusError, tooLargeVersion } from '../../cluster/status.js';
import type { Store } from '../../cluster/store.js';
import type { KubeObject } from '../../model/objects.js';
import type { Filter } from '../filter.js';
import type { Target } from '../request.js';
import { type ListOptions, versionFault } from './options.js';
import { decodeToken, encodeToken, type Token } from './token.js';

/** Metadata of a list. */
interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

interface Page {
  readonly items: readonly KubeObject[];
  readonly metadata: ListMeta;
}

/** The place of an object among those that are listed, as tokens tell it. */
const placeOf = ({ metadata }: KubeObject, { namespace, resource }: Target): string =>
  resource.namespaced && namespace === undefined ? `${metadata.namespace}/${metadata.name}` : metadata.name;

/** Throws BadRequest for an invalid version, Timeout for a future one. */
export function checkVersion(store: Store, version: string): void {
  const fault = versionFault(version);
  if (fault) throw badRequest(`invalid resource version: ${fault}`);
  if (BigInt(version) > BigInt(store.resourceVersion)) throw tooLargeVersion(version, store.resourceVersion);
}

const isExpired = (error: unknown): boolean => error instanceof StatusError && error.code === 410;

/** Objects as of a version that is still remembered. */
function listedAt(store: Store, { resource, namespace }: Target, version: string, refusal: () => StatusError) {
  try {
    return store.listAt(resource, namespace, version);
  } catch (error) {
    throw isExpired(error) ? refusal() : error;
  }
}

/** Where a page that goes on begins, and of what. */
function goesOn(store: Store, target: Target, token: Token) {
  const now = { objects: store.list(target.resource, target.namespace), version: store.resourceVersion };
  if (token.version < 0) return now;
  const version = String(token.version);
  if (token.version > Number(now.version)) throw tooLargeVersion(version, now.version);
  const fresh = (): StatusError => expiredContinue(encodeToken({ version: -1, start: token.start }));
  return { objects: listedAt(store, target, version, fresh), version };
}

function source(store: Store, target: Target, options: ListOptions) {
  const { resourceVersion, match, limit, continueToken } = options;
  if (continueToken !== '') {
    if (resourceVersion !== '' && resourceVersion !== '0')
      throw badRequest('specifying resource version is not allowed when using continue');
    const token = decodeToken(continueToken);
    return { ...goesOn(store, target, token), start: token.start };
  }
  const now = { objects: store.list(target.resource, target.namespace), version: store.resourceVersion, start: '' };
  if (resourceVersion === '') return now;
  checkVersion(store, resourceVersion);
  const exact = match === 'Exact' || (match === '' && limit > 0 && resourceVersion !== '0');
  if (!exact) return now;
  return { ...now, objects: listedAt(store, target, resourceVersion, expiredList), version: resourceVersion };
}

/** The first object that is not before a place. Places stand in the order of the objects. */
function indexFrom(objects: readonly KubeObject[], target: Target, start: string): number {
  let [low, high] = [0, start === '' ? 0 : objects.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (placeOf(objects[middle] as KubeObject, target) < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `selects` is null when everything is asked for. Throws BadRequest, Expired and Timeout as the API server. */
export function pageOf(store: Store, target: Target, options: ListOptions, selects: Filter | null): Page {
  const { objects, version, start } = source(store, target, options);
  const from = indexFrom(objects, target, start);
  // What is of any version comes from the cache, which knows no pages.
  const limit = options.continueToken === '' && options.resourceVersion === '0' ? 0 : options.limit;
  if (limit === 0) {
    const rest = from === 0 ? objects : objects.slice(from);
    return { items: selects ? rest.filter(selects) : rest, metadata: { resourceVersion: version } };
  }
  const items: KubeObject[] = [];
  let at = from;
  for (; at < objects.length; at++) {
    const object = objects[at] as KubeObject;
    if (selects && !selects(object)) continue;
    if (items.length === limit) break;
    items.push(object);
  }
  const last = items.at(-1);
  if (at >= objects.length || !last) return { items, metadata: { resourceVersion: version } };
  const next = { version: Number(version), start: `${placeOf(last, target)}\0` };
  const left = selects ? {} : { remainingItemCount: objects.length - at };
  return { items, metadata: { resourceVersion: version, continue: encodeToken(next), ...left } };
}
