// labfiles.ts - `up -f`: the objects that a lab starts with, checked before anything is started, and given to its cluster.
import type { ApplyResult, Cluster } from '../cluster/cluster.js';
import { checkObjects } from '../manifest/check.js';
import { type LoadedObject, loadManifests } from '../manifest/load.js';
import type { Issue } from '../model/issue.js';
import type { KubeObject, Node, Pod, Service } from '../model/objects.js';
import { asApplied } from './apply.js';
import { paint } from './colour.js';
import { Exit } from './failure.js';
import { stopAtErrors } from './manifests.js';

/** Kinds that others need first; the rest keeps the order of the files. */
const FIRST = ['Namespace', 'Node'];
const rank = (object: KubeObject): number => (FIRST.indexOf(object.kind) + FIRST.length + 1) % (FIRST.length + 1);

/** Reads, checks and orders the files of `-f`. Prints every mistake of every file and ends with exit code 1. */
export function readLabFiles(paths: readonly string[]): LoadedObject[] {
  if (paths.length === 0) return [];
  const loaded = loadManifests(paths);
  for (const notice of loaded.notices) process.stderr.write(`${paint(process.stderr, 'dim', `note: ${notice}`)}\n`);
  const issues: Issue[] = [...loaded.issues, ...checkObjects(loaded.objects)];
  stopAtErrors(issues, 'nothing started');
  if (loaded.objects.length === 0) {
    throw new Exit(1, `error: no objects in ${paths.join(', ')}\nGive -f a manifest or a directory of manifests.`);
  }
  return [...loaded.objects].sort((a, b) => rank(a.object) - rank(b.object));
}

/** The machines that Node objects among the files describe. */
export const describedNodes = (objects: readonly LoadedObject[]): Node[] =>
  objects.map(({ object }) => object).filter((object): object is Node => object.kind === 'Node');

/** What the cluster refused, with the places in the files. */
function refusals(objects: readonly LoadedObject[], result: ApplyResult): Issue[] {
  return result.refused.flatMap(({ index, error }) => {
    const loaded = objects[index];
    const causes = error.status.details?.causes ?? [];
    const fields =
      causes.length > 0 ? causes : [{ field: 'metadata.name', message: error.status.message ?? error.message }];
    return fields.map(({ field = '', message = '' }): Issue => {
      const text = causes.length > 0 ? `${field}: ${message}` : message;
      const place = loaded?.place(field);
      return { type: 'FieldValueInvalid', field, message: text, detail: message, ...(place ? { place } : {}) };
    });
  });
}

/** Gives the objects to the cluster: all of them, or none and exit code 1. */
export function applyLabFiles(cluster: Cluster, objects: readonly LoadedObject[]): void {
  const result = cluster.apply(objects.map(({ object }) => asApplied(object)));
  stopAtErrors(refusals(objects, result), 'nothing applied');
}

/** Services whose selector matches no pod: valid, and seldom meant. */
export function selectNothing(cluster: Cluster): string[] {
  const pods = cluster.store.list<Pod>('Pod');
  return cluster.store.list<Service>('Service').flatMap(({ metadata, spec }) => {
    const selector = Object.entries(spec.selector ?? {});
    const matches = ({ metadata: pod }: Pod): boolean =>
      pod.namespace === metadata.namespace && selector.every(([key, value]) => pod.labels?.[key] === value);
    if (selector.length === 0 || pods.some(matches)) return [];
    const labels = selector.map(([key, value]) => `${key}=${value}`).join(',');
    return [`Service ${metadata.namespace}/${metadata.name} selects no pod: none has ${labels}`];
  });
}
