// patch.ts - three ways to patch an object: JSON merge patch, JSON patch, strategic merge patch. Apply is separate.
//
// Order and words of the API server's patch handler, Kubernetes 1.36.
import { goText, PatchError, strategicMerge } from '../../cluster/merge/strategic.js';
import { badRequest, invalid, StatusError, unsupportedMediaType } from '../../cluster/status.js';
import type { KubeObject } from '../../model/objects.js';
import { type ApiType, typeOfKind } from '../../schema/types.js';
import { readJson, type Text, Unreadable } from '../body.js';
import { type Decoded, decode, expectedOf, patchRefusal, place } from '../decode.js';
import { goKind } from '../json/mistyped.js';
import type { WriteOptions } from '../options.js';
import type { Target } from '../request.js';
import { scaleOf } from '../scale.js';
import { jsonPatch, MOST_OPERATIONS, strayMembers } from './json.js';
import { shownJson, touchedByMerge, touchedByOperations } from './shown.js';
import { unstructuredFault } from './unstructured.js';

const TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

type Json = Record<string, unknown>;

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A patch as it was sent. */
interface Patch {
  /** Media type. */
  readonly type: string;
  readonly text: string;
  readonly fieldValidation: WriteOptions['fieldValidation'];
}

/** The result of patching an object, before it is decoded. */
interface Patched {
  readonly object: Json;
  /** What is wrong with the patch's own text, in the words of warnings. */
  readonly strict: readonly string[];
  /** The value that refusals quote. */
  readonly shown: () => string;
}

const DECODING = 'error decoding patch: ';

const notMap = (patch: unknown, prefix: string): StatusError =>
  badRequest(`${prefix}json: cannot unmarshal ${goKind(patch)} into Go value of type map[string]interface {}`);

/** A failure of patching as the API server answers it. */
function patchFailure({ code, message }: PatchError): StatusError {
  if (code === 400) return badRequest(message);
  const plain = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message } as const;
  return new StatusError(code === 422 ? { ...plain, reason: 'Invalid', details: {}, code } : { ...plain, code });
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

/** A text of JSON. Throws BadRequest, with what stands before the reason. */
function read(text: string, prefix: string): Text {
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof Unreadable) throw badRequest(`${prefix}${error.message}`);
    throw error;
  }
}

/** Members of an operation are texts, but for the value. */
function checkOperation(operation: unknown): void {
  if (operation === null) return;
  const refuse = (value: unknown, place: string): StatusError =>
    badRequest(`${DECODING}json: cannot unmarshal ${goKind(value)} into ${place}`);
  if (!isMap(operation)) throw refuse(operation, 'Go value of type handlers.jsonPatchOp');
  for (const name of ['op', 'from', 'path']) {
    const value = operation[name];
    if (value !== undefined && value !== null && typeof value !== 'string')
      throw refuse(value, `Go struct field jsonPatchOp.${name} of type string`);
  }
}

function withOperations(current: Json, { text }: Patch, type: string): Patched {
  const { value: patch, strict } = read(text, DECODING);
  if (!Array.isArray(patch))
    throw badRequest(`${DECODING}json: cannot unmarshal ${goKind(patch)} into Go value of type []handlers.jsonPatchOp`);
  for (const operation of patch) checkOperation(operation);
  if (patch.length > MOST_OPERATIONS) throw tooMany(patch.length);
  const object = jsonPatch(current, patch);
  const stray = strayMembers(patch).map((path) => `json patch unknown field "${path}"`);
  return {
    object: isMap(object) ? object : {},
    strict: [...strict.map((error) => `json patch ${error}`), ...stray],
    shown: () => shownJson(object, type, touchedByOperations(patch)),
  };
}

function withMerge(current: Json, { text }: Patch, type: string): Patched {
  const { value: patch, strict } = read(text, DECODING);
  if (patch === null) throw badRequest('Invalid JSON Patch');
  if (!isMap(patch)) throw notMap(patch, DECODING);
  const object = mergePatch(current, patch) as Json;
  return { object, strict, shown: () => shownJson(object, type, touchedByMerge(patch)) };
}

function withStrategicMerge(current: Json, { text }: Patch, type: ApiType | undefined): Patched {
  const { value: patch, strict } = read(text, '');
  if (patch !== null && !isMap(patch)) throw notMap(patch, '');
  const { apiVersion, kind } = current;
  const merged = strategicMerge(current, patch ?? {}, type);
  const shown = (): string => goText(patch ?? {});
  const fault = type && unstructuredFault(type, merged);
  if (fault !== undefined) throw patchRefusal(shown)(fault);
  // The types decide what is written; a patch cannot change them.
  return { object: { ...merged, apiVersion, kind }, strict, shown };
}

function patched(current: Json, patch: Patch, type: ApiType | undefined): Patched {
  try {
    if (patch.type === 'application/json-patch+json') return withOperations(current, patch, type?.name ?? '');
    if (patch.type === 'application/merge-patch+json') return withMerge(current, patch, type?.name ?? '');
    return withStrategicMerge(current, patch, type);
  } catch (error) {
    if (error instanceof PatchError) throw patchFailure(error);
    throw error;
  }
}

/** An update by PUT that names another uid meets a precondition; a patch that makes another uid changes what cannot change. */
function checkUid({ object }: Decoded, live: KubeObject, { kind, group }: { kind: string; group: string }): void {
  const { uid, name } = object.metadata;
  if (uid === undefined || uid === live.metadata.uid) return;
  const detail = `Invalid value: ${JSON.stringify(uid)}: field is immutable`;
  const issue = {
    type: 'FieldValueInvalid',
    field: 'metadata.uid',
    message: `metadata.uid: ${detail}`,
    detail,
  } as const;
  // Checked once for every object, and once more for the kind.
  throw invalid(kind, group, name, [issue, issue]);
}

/** Throws UnsupportedMediaType for patches of another kind. Definitions do not say how lists merge strategically. */
export function checkPatchType(type: string, { resource }: Target): void {
  const types = resource.schema ? TYPES.filter((one) => !one.includes('strategic')) : TYPES;
  if (!types.includes(type)) throw unsupportedMediaType(types);
}

/** The object, or Scale, that a patch makes of the live one. Throws BadRequest, Invalid, or what the patch is refused with. */
export function patchedObject(live: KubeObject, target: Target, patch: Patch): Decoded {
  const expected = expectedOf(target);
  const before = target.subresource === 'scale' ? scaleOf(live) : live;
  const type = typeOfKind(expected.group, expected.version, expected.kind);
  const { object, strict, shown } = patched(before as unknown as Json, patch, type);
  const { fieldValidation } = patch;
  const { strays } = target.resource.rules;
  const made = decode(object, { expected, fieldValidation, strict, strays, refuse: patchRefusal(shown) });
  place(target, made.object);
  checkUid(made, live, expected);
  return made;
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
