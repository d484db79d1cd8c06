// mutate.ts - every field of an object made null, empty, something else, or missing: one change at a time.

/** What stands instead of a field's value. `missing` takes the field away. */
export const REPLACEMENTS: readonly (readonly [string, unknown])[] = [
  ['missing', undefined],
  ['null', null],
  ['empty text', ''],
  ['empty list', []],
  ['empty object', {}],
  ['a list with null', [null]],
  ['a number', -1],
  ['a word', 'constructor'],
];

type Path = readonly (string | number)[];

/** Paths of every field and list item, parents first. */
export function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const own = [...path, Array.isArray(value) ? Number(key) : key];
    return [own, ...pathsOf(item, own)];
  });
}

/** A copy in which one field is another. */
export function withField<T>(value: T, path: Path, replacement: unknown): T {
  const copy = structuredClone(value);
  let parent = copy as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) parent = parent[step] as Record<string | number, unknown>;
  const last = path.at(-1) as string | number;
  if (replacement !== undefined) parent[last] = replacement;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}
