// request.ts - what a request asks for: resource, name, query, and the object in its body.
import type { Context } from 'hono';
import { groupVersion, hasSubresource, type Resource } from '../cluster/kinds/kind.js';
import type { Kinds } from '../cluster/kinds/registry.js';
import { badRequest, noSuchPath, resourceName, type StatusError, unsupportedMediaType } from '../cluster/status.js';
import { KINDS } from '../manifest/kinds.js';
import { checkForm } from '../manifest/structure.js';
import type { KubeObject } from '../model/objects.js';
import { mediaType, PROTOBUF, readBody } from './body.js';

/** Path of a resource, taken apart. */
export interface Target {
  readonly resource: Resource;
  /** undefined: all namespaces, or a kind without. */
  readonly namespace: string | undefined;
  /** undefined: the collection. */
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** `group`, `version` and the path behind them → what it names. Throws NotFound for paths that are not served. */
export function parseTarget(kinds: Kinds, group: string, version: string, path: string): Target {
  const parts = path.split('/').filter((part) => part !== '');
  const words = parts.map(decodePart);
  // /namespaces/NAME is an object of its own; /namespaces/NAME/PLURAL is a scope.
  const scoped = words[0] === 'namespaces' && words.length > 2 && !['status', 'finalize'].includes(words[2] ?? '');
  const namespace = scoped ? words[1] : undefined;
  const [plural = '', name, subresource, ...rest] = scoped ? words.slice(2) : words;
  const resource = kinds.ofPath(group, version, plural);
  if (!resource || rest.length > 0 || (scoped && !resource.namespaced)) throw noSuchPath();
  if (name !== undefined && resource.namespaced && namespace === undefined) throw noSuchPath();
  if (subresource !== undefined && !hasSubresource(resource, subresource)) throw noSuchPath();
  return { resource, namespace, name, subresource };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest(`the path is not well formed: ${part}`);
  }
}

export interface Decoded {
  readonly object: KubeObject;
  /** For `Warning` headers. */
  readonly warnings: readonly string[];
}

const TYPES = ['application/json', 'application/yaml', PROTOBUF];

/** The object of a create or update: kind and place as the URL says, fields of the right form. */
export async function readObject(c: Context, target: Target): Promise<Decoded> {
  const type = mediaType(c);
  if (!TYPES.includes(type)) throw unsupportedMediaType(TYPES);
  const body = await readBody(c);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw badRequest('the object provided is unrecognized (must be of type Object)');
  return decode(c, target, body as Record<string, unknown>);
}

/** Checks the form of an object that was read or patched. */
export function decode(c: Context, target: Target, body: Record<string, unknown>): Decoded {
  const { resource } = target;
  const apiVersion = groupVersion(resource);
  const given = { kind: resource.kind, apiVersion, ...body } as KubeObject;
  if (given.kind !== resource.kind || given.apiVersion !== apiVersion)
    throw badRequest(
      `${given.kind} in version "${given.apiVersion}" cannot be handled as a ${resource.kind}: ` +
        `the path is of ${resource.kind} in version "${apiVersion}"`,
    );
  const { object, warnings } = checkFields(given, c.req.query('fieldValidation') ?? 'Warn');
  object.metadata = { ...object.metadata };
  checkPlace(target, object);
  return { object, warnings };
}

function checkFields(given: KubeObject, mode: string): Decoded {
  const { kind, apiVersion } = given;
  const entry = KINDS[`${apiVersion}/${kind}`];
  if (!entry) return { object: given, warnings: [] };
  const { value, issues } = checkForm(entry, given);
  const refuse = (text: string): StatusError =>
    badRequest(`${kind} in version "${apiVersion}" cannot be handled as a ${kind}: ${text}`);
  const mistyped = issues.filter((issue) => issue.type !== 'UnknownField');
  if (mistyped.length > 0) throw refuse(mistyped.map((issue) => issue.message).join(', '));
  const unknown = issues.map((issue) => `unknown field "${issue.field}"`);
  if (mode === 'Strict' && unknown.length > 0) throw refuse(`strict decoding error: ${unknown.join(', ')}`);
  return { object: value as KubeObject, warnings: mode === 'Ignore' ? [] : unknown };
}

function checkPlace(target: Target, object: KubeObject): void {
  const { resource, namespace, name } = target;
  const { metadata } = object;
  if (name !== undefined && metadata.name !== undefined && metadata.name !== name)
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  if (name !== undefined) metadata.name = name;
  if (!resource.namespaced) return;
  if (namespace !== undefined && metadata.namespace && metadata.namespace !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (namespace === undefined && name === undefined && !metadata.namespace)
    throw badRequest(`an empty namespace may not be set during creation of ${resourceName(resource)}`);
  metadata.namespace = namespace ?? metadata.namespace ?? 'default';
}

/** True when the request only wants to know what would happen. Throws for other values than All. */
export function isDryRun(values: readonly string[] | undefined): boolean {
  for (const value of values ?? [])
    if (value !== 'All') throw badRequest(`Invalid value: "${value}": supported values: "All"`);
  return (values ?? []).length > 0;
}
