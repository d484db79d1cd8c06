// threeway.ts - what `apply` makes of three objects: what was applied last, what is applied now, what exists.
//
// A field that is written now is set; one that was written last time and is no longer is removed; everything else
// (addresses that were allocated, replicas that were scaled) stays. Lists that Kubernetes keeps by a key are merged
// item by item (x-kubernetes-patch-merge-key of its OpenAPI), all others are replaced whole.
import { isDeepStrictEqual } from 'node:util';

type Json = unknown;
type JsonMap = Record<string, Json>;

/** Fields that make an item of a list the same item. */
interface KeyedList {
  /** Path with `[]` for an item, from the end. */
  readonly path: RegExp;
  readonly keys: readonly string[];
}

const POD_SPEC = String.raw`(?:^|\.)spec`;

/** kubectl goes by `port` alone and mixes up TCP and UDP of one port; the protocol belongs to the key. */
const KEYED: readonly KeyedList[] = [
  { path: /\.(?:containers|initContainers|ephemeralContainers)\[\]\.ports$/, keys: ['containerPort', 'protocol'] },
  { path: /\.(?:containers|initContainers|ephemeralContainers)\[\]\.env$/, keys: ['name'] },
  { path: /\.(?:containers|initContainers|ephemeralContainers)\[\]\.volumeMounts$/, keys: ['mountPath'] },
  {
    path: new RegExp(`${POD_SPEC}\\.(?:containers|initContainers|ephemeralContainers|volumes|imagePullSecrets)$`),
    keys: ['name'],
  },
  { path: new RegExp(`${POD_SPEC}\\.hostAliases$`), keys: ['ip'] },
  { path: /^Service\.spec\.ports$/, keys: ['port', 'protocol'] },
  { path: /^ServiceAccount\.(?:secrets|imagePullSecrets)$/, keys: ['name'] },
  { path: /\.metadata\.ownerReferences$/, keys: ['uid'] },
  { path: /\.status\.conditions$/, keys: ['type'] },
];

/** Value of a key that may be left out. */
const KEY_DEFAULTS: Readonly<Record<string, string>> = { protocol: 'TCP' };

const isMap = (value: Json): value is JsonMap => value !== null && typeof value === 'object' && !Array.isArray(value);

/** The key of every item, or null when an item has none or two items share one: then the list is no keyed list. */
function keysOf(items: readonly Json[], keys: readonly string[]): string[] | null {
  const found = items.map((item) => {
    if (!isMap(item)) return null;
    const values = keys.map((key) => item[key] ?? KEY_DEFAULTS[key]);
    return values.includes(undefined) ? null : JSON.stringify(values);
  });
  if (found.includes(null) || new Set(found).size !== found.length) return null;
  return found as string[];
}

/** Items in the order of the manifest, behind them what others have added. */
function mergeLists(last: readonly Json[], next: readonly Json[], current: readonly Json[], path: string): Json[] {
  const keyed = KEYED.find((entry) => entry.path.test(path));
  const lastKeys = keyed && keysOf(last, keyed.keys);
  const nextKeys = keyed && keysOf(next, keyed.keys);
  const currentKeys = keyed && keysOf(current, keyed.keys);
  if (!lastKeys || !nextKeys || !currentKeys) return [...next];
  const merged = next.map((item, i) => {
    const key = nextKeys[i] ?? '';
    const before = last[lastKeys.indexOf(key)];
    return merge(before, item, current[currentKeys.indexOf(key)], `${path}[]`);
  });
  const others = current.filter((_, i) => {
    const key = currentKeys[i] ?? '';
    return !nextKeys.includes(key) && !lastKeys.includes(key);
  });
  return [...merged, ...others];
}

function mergeMaps(last: JsonMap, next: JsonMap, current: JsonMap, path: string): JsonMap {
  const merged: JsonMap = { ...current };
  for (const key of Object.keys(last)) if (next[key] === undefined) delete merged[key];
  for (const [key, value] of Object.entries(next)) {
    if (value === null) delete merged[key];
    else if (value !== undefined) merged[key] = merge(last[key], value, current[key], `${path}.${key}`);
  }
  return merged;
}

function merge(last: Json, next: Json, current: Json, path: string): Json {
  if (isMap(next)) return mergeMaps(isMap(last) ? last : {}, next, isMap(current) ? current : {}, path);
  if (Array.isArray(next) && Array.isArray(current))
    return mergeLists(Array.isArray(last) ? last : [], next, current, path);
  return next;
}

/** The object to be written. `last` is what the last-applied annotation holds, if there is one. */
export function threeWayMerge<T extends { kind: string }>(last: object | undefined, next: T, current: T): T {
  return mergeMaps((last ?? {}) as JsonMap, next as JsonMap, current as JsonMap, next.kind) as T;
}

/** RFC 7386: the merge patch that leads from one value to the other; undefined when there is nothing to change. */
export function mergePatch(from: Json, to: Json): Json | undefined {
  if (!isMap(from) || !isMap(to)) return isDeepStrictEqual(from, to) ? undefined : to;
  const patch: JsonMap = {};
  for (const key of Object.keys(from)) if (to[key] === undefined) patch[key] = null;
  for (const [key, value] of Object.entries(to)) {
    const change = mergePatch(from[key], value);
    if (change !== undefined) patch[key] = change;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}
