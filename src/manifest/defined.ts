// defined.ts - the kinds that the CustomResourceDefinitions among some manifests define.

/** What is to be known of a kind to read its objects. */
export interface Scope {
  readonly namespaced: boolean;
}

type Json = Readonly<Record<string, unknown>>;

const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Json)[key] : undefined;

/** `group/version/Kind` → its scope. What is wrong with a definition is for the server to say: here it defines nothing. */
export function definedKinds(values: readonly unknown[]): ReadonlyMap<string, Scope> {
  const defined = new Map<string, Scope>();
  for (const value of values) {
    if (at(value, 'kind') !== 'CustomResourceDefinition') continue;
    const spec = at(value, 'spec');
    const versions = at(spec, 'versions');
    for (const version of Array.isArray(versions) ? versions : []) {
      const key = `${at(spec, 'group')}/${at(version, 'name')}/${at(at(spec, 'names'), 'kind')}`;
      defined.set(key, { namespaced: at(spec, 'scope') === 'Namespaced' });
    }
  }
  return defined;
}
