// field-path.ts - from a field path such as `spec.ports[0].port` to the node of a YAML document that it names.

import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';

/** `spec.ports[0][a.b]` → `spec`, `ports`, `0`, `a.b`. What stands in brackets is one step, dots and all. */
export function fieldSteps(field: string): string[] {
  const steps: string[] = [];
  for (const match of field.matchAll(/\[([^\]]*)\]|[^.[\]]+/g)) steps.push(match[1] ?? match[0]);
  return steps;
}

export const keyText = (key: unknown): string => (isScalar(key) ? String(key.value) : '');
export const startOf = (node: unknown): number | undefined => (node as Node | null | undefined)?.range?.[0];

/** The entry of a key; of the same key in other letters; of `clusterIP` where `clusterIPs` is asked for. */
function pairOf(map: YAMLMap, step: string): YAMLMap['items'][number] | undefined {
  const find = (wanted: string) => map.items.find((item) => keyText(item.key).toLowerCase() === wanted.toLowerCase());
  return map.items.find((item) => keyText(item.key) === step) ?? find(step) ?? find(step.replace(/s$/, ''));
}

/** Offset of the deepest part of the path that the text has. */
export function offsetOf(document: Document.Parsed, steps: readonly string[], part?: 'key'): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const step of steps) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = pairOf(node, step);
      if (!pair) break;
      node = pair.value;
      const shown = part !== 'key' && isScalar(node) && node.value !== null ? node : pair.key;
      offset = startOf(shown) ?? offset;
    } else if (isSeq(node)) {
      const item = node.items[Number(step)];
      if (item === undefined) break;
      node = isPair(item) ? item.key : item;
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset;
}
