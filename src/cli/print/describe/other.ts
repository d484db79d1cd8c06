// other.ts - Namespaces and ConfigMaps as text, and any other object field by field.

import type { Event } from '../../../cluster/columns/cluster.js';
import type { KubeObject } from '../../../model/objects.js';
import { Description } from './text.js';

export function describeNamespace(object: KubeObject): string {
  const text = new Description();
  const { phase = '' } = (object.status ?? {}) as { phase?: string };
  text.line(0, `Name:\t${object.metadata.name}`);
  text.labels('Labels', object.metadata.labels);
  text.annotations('Annotations', object.metadata.annotations);
  text.line(0, `Status:\t${phase}`);
  return text.toString();
}

export function describeConfigMap(object: KubeObject, events: readonly Event[], now: number): string {
  const text = new Description();
  const data = (object.data ?? {}) as Record<string, string>;
  const binary = (object.binaryData ?? {}) as Record<string, string>;
  text.line(0, `Name:\t${object.metadata.name}`);
  text.line(0, `Namespace:\t${object.metadata.namespace ?? ''}`);
  text.labels('Labels', object.metadata.labels);
  text.annotations('Annotations', object.metadata.annotations);
  text.line(0, '\nData\n====');
  for (const key of Object.keys(data).sort()) text.line(0, `${key}:\n----\n${data[key]}\n`);
  text.line(0, '\nBinaryData\n====');
  for (const key of Object.keys(binary).sort()) {
    text.line(0, `${key}: ${Buffer.from(binary[key] ?? '', 'base64').length} bytes`);
  }
  text.line(0, '');
  text.events(events, now);
  return text.toString();
}

/** `clusterIP` → `Cluster IP`, `podCIDRs` → `Pod CID Rs`: words by case, as kubectl splits them. */
function label(field: string): string {
  if (!/^[\p{L}-]+$/u.test(field)) return field;
  const words = field.match(/\p{Lu}+(?=\p{Lu}\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lu}+|-/gu) ?? [field];
  return words
    .map((word) => {
      if (/^(api|url|uid|guid)$/i.test(word)) return word.toUpperCase();
      return word === word.toLowerCase() ? word.charAt(0).toUpperCase() + word.slice(1) : word;
    })
    .join(' ');
}

const SHOWN_ABOVE = new Set([
  '.metadata.managedFields',
  '.metadata.name',
  '.metadata.namespace',
  '.metadata.labels',
  '.metadata.annotations',
]);

function describeFields(
  text: Description,
  level: number,
  fields: Readonly<Record<string, unknown>>,
  path: string,
): void {
  for (const field of Object.keys(fields).sort()) {
    const value = fields[field];
    const here = `${path}.${field}`;
    if (SHOWN_ABOVE.has(here)) continue;
    if (value === null || typeof value !== 'object') {
      text.line(level, `${label(field)}:\t${value ?? '<nil>'}`);
      continue;
    }
    text.line(level, `${label(field)}:`);
    if (!Array.isArray(value)) describeFields(text, level + 1, value as Record<string, unknown>, here);
    for (const item of Array.isArray(value) ? value : []) {
      if (item !== null && typeof item === 'object')
        describeFields(text, level + 1, item as Record<string, unknown>, here);
      else text.line(level + 1, String(item));
    }
  }
}

/** For a kind without a form of its own. */
export function describeAnything(object: KubeObject, events: readonly Event[], now: number): string {
  const text = new Description();
  text.line(0, `Name:\t${object.metadata.name}`);
  text.line(0, `Namespace:\t${object.metadata.namespace ?? ''}`);
  text.labels('Labels', object.metadata.labels);
  text.annotations('Annotations', object.metadata.annotations);
  describeFields(text, 0, object, '');
  text.events(events, now);
  return text.toString();
}
