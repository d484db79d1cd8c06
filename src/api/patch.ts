// patch.ts - the four ways to patch an object: JSON merge patch, JSON patch, strategic merge patch, server-side apply.
import { strategicMerge } from '../cluster/merge/strategic.js';
import { badRequest, invalid, unsupportedMediaType } from '../cluster/status.js';
import type { KubeObject } from '../model/objects.js';

const TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

type Json = Record<string, unknown>;

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object with the patch in it. Throws UnsupportedMediaType or BadRequest. */
export function patched(current: KubeObject, patch: unknown, type: string): Json {
  if (!TYPES.includes(type)) throw unsupportedMediaType(TYPES);
  if (type === 'application/json-patch+json') return jsonPatch(current, patch) as unknown as Json;
  if (!isMap(patch)) throw badRequest('the patch is not an object');
  if (type === 'application/merge-patch+json') return mergePatch(current, patch) as Json;
  // Of server-side apply this is the part without ownership: what is named is set, nothing is removed.
  return strategicMerge(current as Json, patch);
}

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const result: Json = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

interface Operation {
  op: string;
  path: string;
  from?: string;
  value?: unknown;
}

/** RFC 6902. Throws Invalid when an operation does not fit the object. */
export function jsonPatch(current: KubeObject, patch: unknown): KubeObject {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch is a list of operations');
  const document = { root: structuredClone(current) as unknown };
  for (const operation of patch as Operation[]) {
    const problem = perform(document, operation);
    if (problem) throw invalid(current.kind, '', current.metadata.name, [issue(operation, problem)]);
  }
  return document.root as KubeObject;
}

const issue = (operation: Operation, problem: string) => ({
  type: 'FieldValueInvalid' as const,
  field: 'patch',
  message: `patch: Invalid value: ${JSON.stringify(operation)}: ${problem}`,
  detail: problem,
});

function perform(document: { root: unknown }, { op, path, from, value }: Operation): string | undefined {
  switch (op) {
    case 'add':
      return write(document, path, structuredClone(value), true);
    case 'replace':
      return read(document, path).found ? write(document, path, structuredClone(value), false) : 'no such path';
    case 'remove':
      return remove(document, path);
    case 'test':
      return JSON.stringify(read(document, path).value) === JSON.stringify(value) ? undefined : 'testing value failed';
    case 'move':
    case 'copy': {
      const source = read(document, from ?? '');
      if (!source.found) return 'no such path';
      const copy = structuredClone(source.value);
      return (op === 'move' ? remove(document, from ?? '') : undefined) ?? write(document, path, copy, true);
    }
    default:
      return `unknown operation ${op}`;
  }
}

/** RFC 6901. */
const steps = (pointer: string): string[] =>
  pointer === ''
    ? []
    : pointer
        .slice(1)
        .split('/')
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

function read(document: { root: unknown }, pointer: string): { found: boolean; value: unknown } {
  let value: unknown = document.root;
  for (const step of steps(pointer)) {
    if (Array.isArray(value)) value = value[Number(step)];
    else if (isMap(value) && Object.hasOwn(value, step)) value = value[step];
    else return { found: false, value: undefined };
  }
  return { found: value !== undefined, value };
}

/** The container of the last step of a pointer, and that step. */
function parentOf(document: { root: unknown }, pointer: string): { parent: unknown; last: string } {
  const path = steps(pointer);
  const last = path.pop() ?? '';
  const escaped = path.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return { parent: read(document, escaped).value, last };
}

function write(document: { root: unknown }, pointer: string, value: unknown, insert: boolean): string | undefined {
  if (pointer === '') {
    document.root = value;
    return undefined;
  }
  const { parent, last } = parentOf(document, pointer);
  if (Array.isArray(parent)) {
    const index = last === '-' ? parent.length : Number(last);
    if (!Number.isInteger(index) || index < 0 || index > parent.length) return 'no such path';
    parent.splice(index, insert ? 0 : 1, value);
    return undefined;
  }
  if (!isMap(parent) || last === '__proto__') return 'no such path';
  parent[last] = value;
  return undefined;
}

function remove(document: { root: unknown }, pointer: string): string | undefined {
  const { parent, last } = parentOf(document, pointer);
  if (Array.isArray(parent) && Number(last) < parent.length) parent.splice(Number(last), 1);
  else if (isMap(parent) && Object.hasOwn(parent, last)) delete parent[last];
  else return 'no such path';
  return undefined;
}
