// text.ts - JSON text of stored objects, made once per object and shared by lists, watches and the log.
import type { KubeObject } from '../model/objects.js';

/** Texts of frozen objects; an entry goes with its object, or when the object is no longer the current one. */
const TEXTS = new WeakMap<KubeObject, string>();

function make({ kind: _kind, apiVersion: _version, ...rest }: KubeObject): string {
  return JSON.stringify(rest);
}

/** `{"metadata":…}`: the object without kind and apiVersion, as it stands in a list. */
export function itemText(object: KubeObject): string {
  const known = TEXTS.get(object);
  if (known !== undefined) return known;
  const text = make(object);
  if (Object.isFrozen(object)) TEXTS.set(object, text);
  return text;
}

/** The whole object, kind and apiVersion first. */
export function objectText(object: KubeObject): string {
  const type = `{"kind":${JSON.stringify(object.kind)},"apiVersion":${JSON.stringify(object.apiVersion)}`;
  const rest = itemText(object);
  return rest === '{}' ? `${type}}` : `${type},${rest.slice(1)}`;
}

/** Drops the text of an outdated object: past states share memory, but their texts would not. */
export function forgetText(object: KubeObject): void {
  TEXTS.delete(object);
}
