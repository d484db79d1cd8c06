// warnings.ts - what is valid in manifests, and seldom meant: said beside them, before and after they are applied.
import type { LabSpec } from '../../lab/registration.js';
import { nodePortWarnings, warning } from '../../manifest/check.js';
import type { LoadedObject } from '../../manifest/load.js';
import type { Issue } from '../../model/issue.js';
import type { KubeObject, Service } from '../../model/objects.js';
import { annotationFindings, annotationWarnings, type SchedulerConfig } from '../../topology/annotated.js';
import { backingFindings } from '../../topology/backing.js';
import { unmodelledFindings } from '../../topology/unmodelled.js';
import { unusableIssues } from '../../topology/usable.js';
import type { Client } from '../lab/client.js';
import type { Manifest } from './manifests.js';

/** Kinds that are pods or create pods. Controllers may not have created them yet. */
const SOURCES = [
  ['/api/v1/pods', 'Pod'],
  ['/apis/apps/v1/deployments', 'Deployment'],
  ['/apis/apps/v1/replicasets', 'ReplicaSet'],
  ['/apis/apps/v1/statefulsets', 'StatefulSet'],
  ['/apis/apps/v1/daemonsets', 'DaemonSet'],
] as const;

function backing(services: readonly LoadedObject[], objects: readonly KubeObject[], where: string): Issue[] {
  return services.flatMap((loaded) =>
    backingFindings(loaded.object as Service, objects, where).map(({ field, detail }) =>
      warning(loaded, field, detail),
    ),
  );
}

const selecting = (objects: readonly LoadedObject[]): LoadedObject[] =>
  objects.filter(({ object }) => object.kind === 'Service' && (object as Service).spec?.selector !== undefined);

/** What the lab does not act on: each sentence once, at the first place it applies to, with the number of objects. */
function unmodelledWarnings(objects: readonly LoadedObject[]): Issue[] {
  const found = new Map<string, { readonly loaded: LoadedObject; readonly field: string; count: number }>();
  for (const loaded of objects) {
    for (const [field, sentence] of unmodelledFindings(loaded.object)) {
      const before = found.get(sentence);
      if (before) before.count++;
      else found.set(sentence, { loaded, field, count: 1 });
    }
  }
  return [...found].map(([sentence, { loaded, field, count }]) =>
    warning(loaded, field, count > 1 ? `${sentence} (so in ${count} objects)` : sentence),
  );
}

/**
 * Warnings for manifests alone, without a lab.
 * @param whole there is nothing but these manifests; else, where they have no pods, their Services are for somebody else's
 */
export function fileWarnings(objects: readonly LoadedObject[], config?: SchedulerConfig, whole = false): Issue[] {
  const all = objects.map(({ object }) => object);
  const makesPods = ({ kind, spec }: KubeObject): boolean =>
    kind === 'Pod' || (spec as { template?: unknown } | undefined)?.template !== undefined;
  return [
    ...(whole || all.some(makesPods) ? backing(selecting(objects), all, 'in these manifests') : []),
    ...nodePortWarnings(objects),
    ...annotationWarnings(objects, config),
    ...unmodelledWarnings(objects),
    ...unusableIssues(objects).map((issue): Issue => ({ ...issue, type: 'Warning' })),
  ];
}

/** Warnings for manifests that were just applied. Asks the lab only for what they need. */
export async function appliedWarnings(client: Client, manifests: readonly Manifest[]): Promise<Issue[]> {
  const placed = manifests.map(({ loaded, object }): LoadedObject => ({ ...loaded, object }));
  const unmodelled = unmodelledWarnings(placed);
  const services = selecting(placed);
  const lists =
    services.length === 0
      ? []
      : await Promise.all(
          SOURCES.map(async ([path, kind]) =>
            // Lists leave out the kind of their items.
            (await client.get<{ items: KubeObject[] }>(path)).items.map((object) => ({ ...object, kind })),
          ),
        );
  const selectors = backing(services, lists.flat(), 'in the lab');
  const annotated = placed.filter(({ object }) => annotationFindings(object).length > 0);
  if (annotated.length === 0) return [...selectors, ...unmodelled];
  const labs = await client.get<{ items: { spec: LabSpec }[] }>('/apis/kubewire.dev/v1alpha1/labs');
  return [...selectors, ...annotationWarnings(annotated, labs.items[0]?.spec.proxy), ...unmodelled];
}
