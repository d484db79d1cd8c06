// path.ts - the simple JSON paths in definitions: fields, list indexes, and items selected by content.
type Step = { readonly key: string } | { readonly every: true } | { readonly where: readonly [string, string] };

const STEP = /\.?([A-Za-z0-9_$-]+)|\['([^']+)'\]|\[(\d+|\*)\]|\[\?\(@\.([\w.]+)\s*==\s*["']([^"']*)["']\)\]|\\\./y;

function stepsOf(path: string): Step[] | undefined {
  const steps: Step[] = [];
  const text = path.replace(/^\$?\.?/, '.');
  for (STEP.lastIndex = 0; STEP.lastIndex < text.length; ) {
    const match = STEP.exec(text);
    if (!match) return undefined;
    const [, field, quoted, index, where, value] = match;
    if (where !== undefined) steps.push({ where: [where, value ?? ''] });
    else if (index === '*') steps.push({ every: true });
    else steps.push({ key: field ?? quoted ?? index ?? '' });
  }
  return steps;
}

const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;

const deep = (value: unknown, path: string): unknown => path.split('.').reduce(at, value);

/** The values that a path leads to; an unreadable path leads nowhere. */
export function valuesAt(object: unknown, path: string): unknown[] {
  let values: unknown[] = [object];
  for (const step of stepsOf(path) ?? [{ key: '' }])
    values = values.flatMap((value) => {
      if ('key' in step) return [at(value, step.key)];
      const items = Array.isArray(value) ? value : [];
      if ('every' in step) return items;
      const [field, wanted] = step.where;
      return items.filter((item) => String(deep(item, field)) === wanted);
    });
  return values.filter((value) => value !== undefined && value !== null);
}
