// warnings.ts - what is valid in manifests that were just applied, and seldom meant.
import type { LabSpec } from '../../lab/registration.js';
import type { Issue } from '../../model/issue.js';
import { annotationFindings, annotationWarnings } from '../../plan/annotations.js';
import type { Client } from '../lab/client.js';
import type { Manifest } from './manifests.js';
import { selectorWarnings } from './selectors.js';

/** Asks the lab only what is needed to say it. */
export async function appliedWarnings(client: Client, manifests: readonly Manifest[]): Promise<Issue[]> {
  const selectors = await selectorWarnings(client, manifests);
  const annotated = manifests.filter(({ object }) => annotationFindings(object).length > 0);
  if (annotated.length === 0) return selectors;
  const labs = await client.get<{ items: { spec: LabSpec }[] }>('/apis/kubewire.dev/v1alpha1/labs');
  const objects = annotated.map(({ loaded }) => loaded);
  return [...selectors, ...annotationWarnings(objects, labs.items[0]?.spec.proxy)];
}
