// kindkey.ts - a name for a kind that is unique across API groups.

/** `Pod`, `Deployment.apps`: as Go prints a GroupKind. All versions of a kind share it. */
export type KindKey = string;

export const kindKey = (group: string, kind: string): KindKey => (group === '' ? kind : `${kind}.${group}`);

/** The key of an object's kind. */
export function keyOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): KindKey {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? kind : `${kind}.${apiVersion.slice(0, slash)}`;
}
