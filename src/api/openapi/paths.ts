// paths.ts - the paths of a resource in an OpenAPI document, with their verbs and parameters.
import type { Resource } from '../../cluster/kinds/kind.js';
import { longName } from '../../schema/names.js';
import { schemaName } from './custom.js';

type Json = Readonly<Record<string, unknown>>;

/** `get` on an object, a collection, …: the word that documents use, and the action that clients look for. */
interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly verb: string;
  readonly action: string;
  /** Names of query parameters. */
  readonly parameters: readonly string[];
}

const WRITE = ['dryRun', 'fieldManager', 'fieldValidation'];
const LIST = ['allowWatchBookmarks', 'continue', 'fieldSelector', 'labelSelector', 'limit', 'resourceVersion', 'watch'];
const DELETE = ['dryRun', 'gracePeriodSeconds', 'orphanDependents', 'propagationPolicy'];

const COLLECTION: readonly Operation[] = [
  { method: 'get', verb: 'list', action: 'list', parameters: LIST },
  { method: 'post', verb: 'create', action: 'post', parameters: WRITE },
  { method: 'delete', verb: 'deleteCollection', action: 'deletecollection', parameters: [...LIST, ...DELETE] },
];
const OBJECT: readonly Operation[] = [
  { method: 'get', verb: 'read', action: 'get', parameters: [] },
  { method: 'put', verb: 'replace', action: 'put', parameters: WRITE },
  { method: 'patch', verb: 'patch', action: 'patch', parameters: [...WRITE, 'force'] },
  { method: 'delete', verb: 'delete', action: 'delete', parameters: DELETE },
];
const EVERYWHERE: readonly Operation[] = [{ method: 'get', verb: 'list', action: 'list', parameters: LIST }];

const BOOLEANS = new Set(['force', 'watch', 'allowWatchBookmarks', 'orphanDependents']);
const NUMBERS = new Set(['limit', 'gracePeriodSeconds']);

const parameter = (name: string, where: 'query' | 'path'): Json => ({
  name,
  in: where,
  ...(where === 'path' ? { required: true } : {}),
  schema: { type: BOOLEANS.has(name) ? 'boolean' : NUMBERS.has(name) ? 'integer' : 'string', uniqueItems: true },
});

const PATCH_TYPES = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];
const OBJECT_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

const content = (types: readonly string[], name: string): Json =>
  Object.fromEntries(types.map((type) => [type, { schema: { $ref: `#/components/schemas/${name}` } }]));

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

function operation(resource: Resource, one: Operation, scope: string, suffix: string): Json {
  const { group, version, kind } = resource;
  const type = schemaName(resource);
  const patch = longName('meta.v1.Patch');
  const body =
    one.method === 'patch'
      ? { requestBody: { required: true, content: content(PATCH_TYPES, patch) } }
      : one.method === 'post' || one.method === 'put'
        ? { requestBody: { required: true, content: content(OBJECT_TYPES, type) } }
        : {};
  return {
    operationId: `${one.verb}${capital(version)}${scope}${kind}${suffix}`,
    parameters: one.parameters.map((name) => parameter(name, 'query')),
    ...body,
    responses: {
      '200': { description: 'OK', content: content(OBJECT_TYPES, type) },
      '401': { description: 'Unauthorized' },
    },
    'x-kubernetes-action': one.action,
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}

function item(resource: Resource, operations: readonly Operation[], path: string, suffix = ''): [string, Json] {
  const scope = path.includes('{namespace}') ? 'Namespaced' : '';
  const words = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => parameter(name, 'path'));
  const methods = operations.map((one) => [one.method, operation(resource, one, scope, suffix)]);
  return [path, { ...Object.fromEntries(methods), ...(words.length === 0 ? {} : { parameters: words }) }];
}

/** The path of an object with what Swagger 2 tells of it: that it can be patched, and how. Of kinds without, nothing. */
export function patchPath(
  { group, version, kind, plural, namespaced, verbs }: Resource,
  root: string,
): [string, Json][] {
  if (!verbs.includes('patch')) return [];
  const parameters = WRITE.map((name) => ({ in: 'query', name, type: 'string' }));
  const patch = { parameters, 'x-kubernetes-group-version-kind': { group, version, kind } };
  return [[`/${root}/${namespaced ? 'namespaces/{namespace}/' : ''}${plural}/{name}`, { patch }]];
}

/** Paths of a resource below `/api/v1` or `/apis/GROUP/VERSION`. */
export function pathsOf(resource: Resource, root: string): Record<string, Json> {
  const { plural, namespaced, subresources } = resource;
  const home = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  return Object.fromEntries([
    ...(namespaced ? [item(resource, EVERYWHERE, `${root}/${plural}`, 'ForAllNamespaces')] : []),
    item(resource, COLLECTION, home),
    item(resource, OBJECT, `${home}/{name}`),
    ...subresources.map(({ name }) =>
      item(
        resource,
        OBJECT.filter(({ method }) => method !== 'delete'),
        `${home}/{name}/${name}`,
        capital(name),
      ),
    ),
  ]);
}
