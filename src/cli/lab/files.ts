// files.ts - `up -f`: the objects that a lab starts with. They are checked before anything starts, then applied.
import type { Cluster } from '../../cluster/cluster.js';
import { BUILT_IN } from '../../cluster/kinds/registry.js';
import { checkObjects } from '../../manifest/check.js';
import { type LoadResult, loadManifests } from '../../manifest/load.js';
import type { KubeObject, Node } from '../../model/objects.js';
import type { SchedulerConfig } from '../../topology/annotated.js';
import { unusableIssues } from '../../topology/usable.js';
import { Exit } from '../failure.js';
import { applyAll, asApplied } from '../objects/applied.js';
import { stopAtErrors } from '../objects/manifests.js';
import { refusalIssues } from '../objects/refusal.js';
import { fileWarnings } from '../objects/warnings.js';
import { paint } from '../print/colour.js';

/**
 * Reads and checks the files of `-f`. Prints every mistake of every file and ends with exit code 1; warnings do not
 * stop it.
 */
export function readLabFiles(paths: readonly string[], config?: SchedulerConfig): LoadResult | null {
  if (paths.length === 0) return null;
  const loaded = loadManifests(paths, { served: (apiVersion, kind) => BUILT_IN.ofObject({ apiVersion, kind }) });
  for (const notice of loaded.notices) process.stderr.write(`${paint(process.stderr, 'dim', `note: ${notice}`)}\n`);
  const { issues, objects } = loaded;
  const found = [
    ...issues,
    ...checkObjects(objects),
    ...unusableIssues(objects),
    ...fileWarnings(objects, config, true),
  ];
  stopAtErrors(found, 'nothing started', loaded);
  if (loaded.objects.length === 0) {
    throw new Exit(1, `error: no objects in ${paths.join(', ')}\nGive -f a manifest or a directory of manifests.`);
  }
  return loaded;
}

/** The machines that Node objects in the files describe. */
export const describedNodes = (loaded: LoadResult | null): Node[] =>
  (loaded?.objects ?? []).map(({ object }) => object).filter((object): object is Node => object.kind === 'Node');

/** Namespaces, sorted, that objects need and no file creates. */
export function missingNamespaces(objects: readonly KubeObject[], exists: (name: string) => boolean): string[] {
  const made = new Set(objects.flatMap(({ kind, metadata }) => (kind === 'Namespace' ? [metadata.name] : [])));
  const wanted = objects.flatMap(({ metadata: { namespace } }) => namespace ?? []);
  return [...new Set(wanted)].filter((name) => !made.has(name) && !exists(name)).sort();
}

/**
 * Gives the cluster all of the objects, definitions of kinds before the others, or ends with exit code 1. Creates a missing
 * namespace, with a note.
 */
export function applyLabFiles(cluster: Cluster, loaded: LoadResult): void {
  const objects = loaded.objects.map(({ object }) => asApplied(object));
  const { store } = cluster;
  for (const name of missingNamespaces(objects, (known) => store.get('Namespace', '', known) !== undefined)) {
    store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    process.stderr.write(`${paint(process.stderr, 'dim', `note: namespace ${name} did not exist and was created`)}\n`);
  }
  const issues = applyAll(cluster, objects).flatMap(({ index, object, error }) => {
    const source = loaded.objects[index];
    return source ? refusalIssues({ loaded: source, object }, error.status) : [];
  });
  stopAtErrors(issues, 'nothing applied', loaded);
}
