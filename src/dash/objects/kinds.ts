// kinds.ts - the kinds that the lab serves, as its discovery tells, and the paths of their objects.
import { ask } from '../api.js';

export interface Kind {
  /** `pods`, `deployments.apps`: as kubectl writes it in full. */
  readonly id: string;
  readonly kind: string;
  readonly plural: string;
  /** `/api/v1`, `/apis/apps/v1` */
  readonly root: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly scalable: boolean;
}

interface Resource {
  readonly resource: string;
  readonly responseKind: { readonly kind: string };
  readonly scope: string;
  readonly verbs: readonly string[];
  readonly subresources?: readonly { readonly subresource: string }[];
}

interface Groups {
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly { readonly version: string; readonly resources?: readonly Resource[] }[];
  }[];
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Of each group the version that the server prefers, which comes first. */
function kindsIn({ items }: Groups): Kind[] {
  return items.flatMap(({ metadata: { name = '' }, versions: [first] }) =>
    (first?.resources ?? []).map(({ resource, responseKind, scope, verbs, subresources = [] }) => ({
      id: name === '' ? resource : `${resource}.${name}`,
      kind: responseKind.kind,
      plural: resource,
      root: name === '' ? `/api/${first?.version}` : `/apis/${name}/${first?.version}`,
      namespaced: scope === 'Namespaced',
      verbs,
      scalable: subresources.some(({ subresource }) => subresource === 'scale'),
    })),
  );
}

/** Kinds that can be listed, in the order of discovery. */
export async function loadKinds(): Promise<Kind[]> {
  const found = await Promise.all(['/api', '/apis'].map((path) => ask<Groups>(path, { accept: AGGREGATED })));
  return found.flatMap(kindsIn).filter(({ verbs }) => verbs.includes('list'));
}

/** Path of an object, or of a list when there is no name. */
export function pathOf({ root, plural, namespaced }: Kind, namespace: string, name?: string): string {
  const place =
    namespaced && namespace !== ''
      ? `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
      : `${root}/${plural}`;
  return name === undefined ? place : `${place}/${encodeURIComponent(name)}`;
}

/** The kind of a name as kubectl takes it: `pods`, `deployments`, `deployments.apps`. */
export const kindNamed = (kinds: readonly Kind[], text: string): Kind | undefined =>
  kinds.find(({ id }) => id === text) ?? kinds.find(({ plural }) => plural === text);
