// apply.ts - server-side apply: a manager's fields are written to the object, and the manager owns them.
//
// Order and words of the API server's apply patcher and of its field manager, Kubernetes 1.36.

import { showPath } from '../../cluster/fields/element.js';
import { type Conflict, Conflicts, type Managed } from '../../cluster/fields/managers.js';
import { ElementError } from '../../cluster/fields/shape.js';
import { applied, type By } from '../../cluster/fields/tracking.js';
import { typedFault } from '../../cluster/fields/typed.js';
import type { Resource } from '../../cluster/kinds/kind.js';
import { badRequest, conflict, type StatusCause, StatusError } from '../../cluster/status.js';
import { defaultObject } from '../../manifest/defaults.js';
import type { KubeObject } from '../../model/objects.js';
import { typeOfKind } from '../../schema/types.js';
import { readYaml, type Text, Unreadable, yamlErrors } from '../body.js';
import { type Decoded, decode, expectedOf, place } from '../decode.js';
import { goKind } from '../json/mistyped.js';
import type { WriteOptions } from '../options.js';
import type { Target } from '../request.js';

type Json = Record<string, unknown>;

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

function readApplied(text: string): Text & { readonly value: Json } {
  try {
    const { value, strict } = readYaml(text);
    if (value === null || value === undefined) return { value: {}, strict };
    if (isMap(value)) return { value, strict };
    throw new Unreadable(
      `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${goKind(value)} into Go value of type map[string]interface {}`,
    );
  } catch (error) {
    if (error instanceof Unreadable) throw badRequest(`error decoding YAML: ${error.message}`);
    throw error;
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** An object's kind as Go prints it. */
function kindText({ apiVersion, kind }: Json): string {
  const version = textOf(apiVersion);
  const slash = version.indexOf('/');
  return `${slash < 0 ? `/${version}` : version}, Kind=${textOf(kind)}`;
}

/** An applied object must have the path's kind, be complete, and have no managedFields. */
function check(object: Json, target: Target): void {
  const { group, version, kind } = expectedOf(target);
  const apiVersion = group === '' ? version : `${group}/${version}`;
  if (object.apiVersion !== apiVersion || object.kind !== kind)
    throw badRequest(`invalid object type: ${kindText(object)}`);
  const metadata = isMap(object.metadata) ? object.metadata : {};
  if (metadata.managedFields !== undefined && metadata.managedFields !== null)
    throw badRequest('metadata.managedFields must be nil');
  const { resource, subresource } = target;
  const type = subresource === undefined ? resource.type : typeOfKind(group, version, kind);
  const fault = type && typedFault(object, type);
  if (fault !== undefined) {
    const where = `${textOf(metadata.namespace)}/${textOf(metadata.name)}; ${kindText(object)}`;
    throw plainError(`failed to create typed patch object (${where}): ${fault}`);
  }
}

/** An error that the server has no reason for. */
const plainError = (message: string): StatusError =>
  new StatusError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code: 500 });

function ownerText({ manager, subresource, operation, apiVersion }: Managed): string {
  const part = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  return `${JSON.stringify(manager)}${part}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
}

function conflictMessage(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (conflicts.length === 1 && first)
    return `Apply failed with 1 conflict: conflict with ${ownerText(first.owner)}: ${showPath(first.path)}`;
  const owners = [...new Set(conflicts.map(({ owner }) => owner))];
  const lines = owners.flatMap((owner) => [
    `conflicts with ${ownerText(owner)}:`,
    ...conflicts.filter((one) => one.owner === owner).map(({ path }) => `- ${showPath(path)}`),
  ]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

/** 409 with every field that another manager owns. */
function conflictError({ conflicts }: Conflicts): StatusError {
  const byOwner = (a: Conflict, b: Conflict): number => (managerText(a.owner) < managerText(b.owner) ? -1 : 1);
  const sorted = [...conflicts].sort((a, b) => (a.owner === b.owner ? 0 : byOwner(a, b)));
  const causes: StatusCause[] = sorted.map(({ owner, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${ownerText(owner)}`,
    field: showPath(path),
  }));
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: conflictMessage(sorted),
    reason: 'Conflict',
    details: { causes },
    code: 409,
  });
}

/** The identity by which managers are sorted in messages. */
const managerText = ({ manager, operation, apiVersion, subresource }: Managed): string =>
  JSON.stringify({ manager, operation, apiVersion: operation === 'Apply' ? undefined : apiVersion, subresource });

/** An object of the path → the fields that it speaks of in the stored object: of a Scale, the number of a workload. */
function spoken(object: Json, target: Target, live: KubeObject | undefined): Json {
  if (target.subresource !== 'scale' || !live) return object;
  const spec = isMap(object.spec) ? object.spec : {};
  const metadata = isMap(object.metadata) ? object.metadata : {};
  return { apiVersion: live.apiVersion, kind: live.kind, metadata: { name: metadata.name }, spec };
}

function merged(live: KubeObject | undefined, object: Json, by: By, force: boolean): KubeObject {
  try {
    return applied(live, object as unknown as KubeObject, by, force);
  } catch (error) {
    if (error instanceof Conflicts) throw conflictError(error);
    if (error instanceof ElementError) throw plainError(`failed to create typed live object: ${error.message}`);
    throw error;
  }
}

/** An object that is made must not have been another before. */
function checkNew(object: KubeObject, live: KubeObject | undefined, resource: Resource, name: string): void {
  const { uid } = object.metadata;
  if (live || !uid) return;
  const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
  throw conflict(resource, name, why);
}

/**
 * The object that an apply makes, with its owners and defaults, ready to be stored.
 * @param live undefined if there is none; it is then created
 */
export function serverSideApply(
  live: KubeObject | undefined,
  target: Target,
  text: string,
  { fieldValidation, force }: WriteOptions,
  by: By,
): Decoded {
  const { value, strict } = readApplied(text);
  check(value, target);
  const object = merged(live, spoken(value, target, live), by, force);
  if (fieldValidation === 'Strict' && strict.length > 0)
    throw badRequest(`error strict decoding YAML: error converting YAML to JSON: ${yamlErrors(strict)}`);
  const { resource, name = '' } = target;
  const expected = { group: resource.group, version: resource.version, kind: resource.kind };
  const where = `${textOf(object.metadata.namespace)}/${textOf(object.metadata.name)}; ${kindText(object)}`;
  const refuse = (reason: string): StatusError =>
    plainError(`failed to convert new object (${where}) to proper version: ${reason}`);
  const read = decode(object as unknown as Json, {
    expected,
    fieldValidation: 'Ignore',
    strict: [],
    strays: undefined,
    refuse,
  });
  checkNew(read.object, live, resource, name);
  place(target, read.object);
  return { object: defaultObject(read.object), warnings: fieldValidation === 'Ignore' ? [] : strict };
}
