// patch.ts - the four ways to patch an object: JSON merge patch, JSON patch, strategic merge patch, server-side apply.
import { PatchError, strategicMerge } from '../../cluster/merge/strategic.js';
import { badRequest, StatusError, unsupportedMediaType } from '../../cluster/status.js';
import type { KubeObject } from '../../model/objects.js';
import { typeOfObject } from '../../schema/types.js';
import { jsonPatch, MOST_OPERATIONS, strayMembers } from './json.js';

const TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

type Json = Record<string, unknown>;

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

export interface Patched {
  readonly object: Json;
  /** For `Warning` headers. */
  readonly warnings: readonly string[];
}

/** What Go calls a JSON value that is no object. */
const goKind = (value: unknown): string => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value);

const notMap = (patch: unknown, prefix: string): StatusError =>
  badRequest(`${prefix}json: cannot unmarshal ${goKind(patch)} into Go value of type map[string]interface {}`);

/** A failure of patching as the API server answers it. */
export function patchFailure({ code, message }: PatchError): StatusError {
  if (code === 400) return badRequest(message);
  const plain = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message } as const;
  return new StatusError(
    code === 422 ? { ...plain, reason: 'Invalid', details: {}, code } : { ...plain, reason: '', code },
  );
}

const tooMany = (count: number): StatusError =>
  new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `Request entity too large: The allowed maximum operations in a JSON patch is ${MOST_OPERATIONS}, got ${count}`,
    reason: 'RequestEntityTooLarge',
    code: 413,
  });

/** The object with the patch in it. Throws UnsupportedMediaType, BadRequest or what the patch is refused with. */
export function patched(current: KubeObject, patch: unknown, type: string): Patched {
  if (!TYPES.includes(type)) throw unsupportedMediaType(TYPES);
  try {
    return apply(current, patch, type);
  } catch (error) {
    if (error instanceof PatchError) throw patchFailure(error);
    throw error;
  }
}

function apply(current: KubeObject, patch: unknown, type: string): Patched {
  if (type === 'application/json-patch+json') return withOperations(current, patch);
  if (type === 'application/merge-patch+json') {
    if (!isMap(patch)) throw notMap(patch, 'error decoding patch: ');
    return { object: mergePatch(current, patch) as Json, warnings: [] };
  }
  if (!isMap(patch)) throw notMap(patch, '');
  // Of server-side apply this is the part without ownership: what is named is set, nothing is removed.
  const object = strategicMerge(current as unknown as Json, patch, typeOfObject(current.apiVersion, current.kind));
  return { object, warnings: [] };
}

function withOperations(current: KubeObject, patch: unknown): Patched {
  if (!Array.isArray(patch))
    throw badRequest(`error decoding patch: json: cannot unmarshal ${goKind(patch)} into Go value of type []json.Op`);
  if (patch.length > MOST_OPERATIONS) throw tooMany(patch.length);
  const object = jsonPatch(current, patch);
  if (!isMap(object)) throw badRequest('the patched object is no object');
  return { object, warnings: strayMembers(patch).map((path) => `json patch unknown field "${path}"`) };
}

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const result: Json = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else {
      const merged = mergePatch(Object.hasOwn(result, key) ? result[key] : undefined, value);
      Object.defineProperty(result, key, { value: merged, writable: true, enumerable: true, configurable: true });
    }
  }
  return result;
}
