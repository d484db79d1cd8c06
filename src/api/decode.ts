// decode.ts - decodes a request's object from JSON, and checks its kind and place against the URL, and its field types.
//
// Words of k8s.io/apimachinery's json serializer and of the handlers that read bodies and apply patches, Kubernetes 1.36.

import type { Rules } from '../cluster/kinds/kind.js';
import { badRequest, invalid, resourceName, type StatusError } from '../cluster/status.js';
import { checkForm } from '../manifest/structure.js';
import type { KubeObject } from '../model/objects.js';
import { type ApiType, type GroupVersionKind, typeOfKind, typeOfObject } from '../schema/types.js';
import { mistyped } from './json/mistyped.js';
import type { WriteOptions } from './options.js';
import type { Target } from './request.js';

type Json = Record<string, unknown>;

export interface Decoded {
  readonly object: KubeObject;
  /** For `Warning` headers. */
  readonly warnings: readonly string[];
}

/** Turns a reason into the error that refuses the request. */
type Refusal = (reason: string) => StatusError;

/** How to read an object: what it must be, what is known of its text, and how to refuse it. */
interface Reading {
  readonly expected: GroupVersionKind;
  readonly fieldValidation: WriteOptions['fieldValidation'];
  /** Strict errors of the text itself, in the words of the decoder: keys that are there twice. */
  readonly strict: readonly string[];
  /** What the kind says of fields that it does not know. */
  readonly strays: Rules['strays'];
  readonly refuse: Refusal;
}

const versionText = ({ group, version }: GroupVersionKind): string => (group === '' ? version : `${group}/${version}`);

/** The package of the internal types of a group. */
const internalGroup = (group: string): string => (group === '' ? 'core' : (group.split('.')[0] ?? ''));

/** Why an object of one kind is not accepted as another; undefined if it has the right kind. */
function kindFault(object: Json, expected: GroupVersionKind): string | undefined {
  const [apiVersion, kind] = [String(object.apiVersion), String(object.kind)];
  if (apiVersion === versionText(expected) && kind === expected.kind) return undefined;
  const type = typeOfObject(apiVersion, kind);
  if (!type)
    return `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`;
  const version = apiVersion.split('/').at(-1) ?? '';
  const internal = `${internalGroup(expected.group)}.${expected.kind}`;
  return mistyped(type, object) ?? `converting (${version}.${kind}) to (${internal}): unknown conversion`;
}

/** Unknown fields, reported as in strict decoding. */
function checkFields(object: Json, type: ApiType): { value: Json; unknown: string[] } {
  const { value, issues } = checkForm(type.name, object);
  const unknown = issues
    .filter((issue) => issue.type === 'UnknownField')
    .map(({ field }) => `unknown field "${field}"`);
  return { value: value as Json, unknown };
}

const straysOf = (object: Json, { strays }: Reading): string[] =>
  (strays?.(object as unknown as KubeObject) ?? []).map((field) => `unknown field "${field}"`);

/** Checks kind and form. Throws what the reading says. */
export function decode(given: Json, reading: Reading): Decoded {
  const { expected, refuse } = reading;
  const object: Json = {
    ...given,
    kind: given.kind || expected.kind,
    apiVersion: given.apiVersion || versionText(expected),
  };
  const wrongKind = kindFault(object, expected);
  if (wrongKind !== undefined) throw refuse(wrongKind);
  const type = typeOfKind(expected.group, expected.version, expected.kind);
  const fault = type && mistyped(type, object);
  if (fault !== undefined) throw refuse(fault);
  const { value, unknown } = type ? checkFields(object, type) : { value: object, unknown: straysOf(object, reading) };
  const strict = reading.fieldValidation === 'Ignore' ? [] : [...reading.strict, ...unknown];
  if (reading.fieldValidation === 'Strict' && strict.length > 0)
    throw refuse(`strict decoding error: ${strict.join(', ')}`);
  const metadata = { ...(value.metadata as Json | undefined) };
  return { object: { ...value, metadata } as unknown as KubeObject, warnings: strict };
}

/** The error for a body that is not an object of the expected kind. */
export const bodyRefusal =
  (body: Json, expected: GroupVersionKind): Refusal =>
  (reason) => {
    const kind = String(body.kind || expected.kind);
    const version = String(body.apiVersion || expected.version)
      .split('/')
      .at(-1);
    return badRequest(`${kind} in version "${version}" cannot be handled as a ${expected.kind}: ${reason}`);
  };

/** The error for an invalid patch result; `shown` makes the value that the response quotes. */
export const patchRefusal =
  (shown: () => string): Refusal =>
  (reason) => {
    const detail = `Invalid value: ${JSON.stringify(shown())}: ${reason}`;
    return invalid('', '', '', [{ type: 'FieldValueInvalid', field: 'patch', message: `patch: ${detail}`, detail }]);
  };

/** The kind that a path accepts and returns. */
export function expectedOf({ resource, subresource }: Target): GroupVersionKind {
  const own = resource.subresources.find(({ name }) => name === subresource)?.of;
  return own ?? { group: resource.group, version: resource.version, kind: resource.kind };
}

/** Fills in the object's place from the path. Throws BadRequest if the object contradicts it. */
export function place(target: Target, object: KubeObject): void {
  const { resource, namespace, name } = target;
  const { metadata } = object;
  if (resource.namespaced) {
    if (namespace !== undefined && metadata.namespace && metadata.namespace !== namespace)
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    if (namespace === undefined && name === undefined && !metadata.namespace)
      throw badRequest(`an empty namespace may not be set during creation of ${resourceName(resource)}`);
    metadata.namespace = namespace ?? metadata.namespace ?? 'default';
  }
  if (name === undefined) return;
  if (!metadata.name)
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (metadata.name !== name)
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
}

/** An object of a List that is applied as a whole: decoded as the body of a create. */
export function decodeItem(target: Target, item: Json, fieldValidation: WriteOptions['fieldValidation']): Decoded {
  const expected = expectedOf(target);
  const { strays } = target.resource.rules;
  const read = decode(item, { expected, fieldValidation, strict: [], strays, refuse: bodyRefusal(item, expected) });
  place(target, read.object);
  return read;
}
