// selectors.ts - Services that were just applied and whose selector matches nothing in the lab: valid, and seldom meant.
import type { Issue } from '../../model/issue.js';
import type { KubeObject, Labels, Service } from '../../model/objects.js';
import type { Client } from '../lab/client.js';
import type { Manifest } from './manifests.js';

/** Whatever has pods or makes some; controllers may not have made them yet. */
const SOURCES = [
  '/api/v1/pods',
  '/apis/apps/v1/deployments',
  '/apis/apps/v1/replicasets',
  '/apis/apps/v1/statefulsets',
  '/apis/apps/v1/daemonsets',
] as const;

interface Labelled {
  readonly namespace: string | undefined;
  readonly labels: Labels;
}

function labelled({ metadata, spec }: KubeObject): Labelled {
  const template = (spec as { template?: { metadata?: { labels?: Labels } } } | undefined)?.template;
  return { namespace: metadata.namespace, labels: (template ? template.metadata?.labels : metadata.labels) ?? {} };
}

const selectorOf = ({ object }: Manifest): [string, string][] =>
  object.kind === 'Service' ? Object.entries((object as Service).spec?.selector ?? {}) : [];

/** A warning at the selector of every Service among the manifests that matches no pod of its namespace. */
export async function selectorWarnings(client: Client, manifests: readonly Manifest[]): Promise<Issue[]> {
  const services = manifests.filter((manifest) => selectorOf(manifest).length > 0);
  if (services.length === 0) return [];
  const lists = await Promise.all(SOURCES.map((path) => client.get<{ items: KubeObject[] }>(path)));
  const known = lists.flatMap(({ items }) => items.map(labelled));
  return services.flatMap((manifest): Issue[] => {
    const selector = selectorOf(manifest);
    const { loaded, object } = manifest;
    const matches = ({ namespace, labels }: Labelled): boolean =>
      namespace === object.metadata.namespace && selector.every(([key, value]) => labels[key] === value);
    if (known.some(matches)) return [];
    const detail = `no pod in the lab has ${selector.map(([key, value]) => `${key}=${value}`).join(',')}`;
    const message = `spec.selector: ${detail}`;
    return [{ type: 'Warning', field: 'spec.selector', message, detail, place: loaded.place('spec.selector') }];
  });
}
