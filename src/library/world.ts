// world.ts - objects → a world to ask questions in: validated, completed as a cluster would, and wired up.
import { checkObjects } from '../manifest/check.js';
import { type LoadResult, loadTexts } from '../manifest/load.js';
import { report } from '../manifest/print.js';
import type { Issue } from '../model/issue.js';
import type { KubeObject } from '../model/objects.js';
import { RefusedObjects, worldFromObjects } from '../observe/objects.js';
import type { World } from '../observe/world.js';
import type { ProxyConfig } from '../plan/plan.js';
import { unusableIssues } from '../topology/usable.js';

export interface WorldOptions {
  /** kube-proxy's configuration, by its flags in camel case; the rest has the defaults of kube-proxy or of the lab. */
  readonly proxy?: Partial<ProxyConfig>;
}

/** Objects that no API server would take. `message` is the report that `kubewire validate` prints. */
export class InvalidObjects extends Error {
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[], message: string) {
    super(message);
    this.name = 'InvalidObjects';
    this.issues = issues;
  }
}

/** Objects made by a program, as if they had been read from files: `objects[2]` is the place of the third. */
const asLoaded = (objects: readonly KubeObject[]): LoadResult =>
  loadTexts(objects.map((object, i) => ({ file: `objects[${i}]`, text: JSON.stringify(object) })));

/**
 * The world that manifests describe: nodes (those of the default lab where none are given), pods, Services and endpoints.
 * What a cluster would decide (addresses, ports, pods of Deployments, endpoints) is decided as the lab decides it.
 * Throws InvalidObjects for what validation or the cluster refuses.
 */
export async function createWorld(
  given: LoadResult | readonly KubeObject[],
  { proxy = {} }: WorldOptions = {},
): Promise<World> {
  const loaded = 'objects' in given ? given : asLoaded(given);
  const issues =
    loaded.issues.length > 0 ? loaded.issues : [...checkObjects(loaded.objects), ...unusableIssues(loaded.objects)];
  if (issues.length > 0) {
    throw new InvalidObjects(issues, report(issues, { sourceLine: loaded.sourceLine }, 'no world was made'));
  }
  const objects = loaded.objects.map(({ object }) => object);
  try {
    return await worldFromObjects(objects, { impliedNode: null, config: proxy });
  } catch (error) {
    if (!(error instanceof RefusedObjects)) throw error;
    const refused = error.refused.map(({ index, object, error: status }): Issue => {
      const place = loaded.objects[index]?.place('metadata.name');
      const about = { kind: object.kind, name: object.metadata.name };
      return {
        type: 'InternalError',
        field: '',
        message: status.message,
        detail: '',
        ...about,
        ...(place && { place }),
      };
    });
    throw new InvalidObjects(refused, report(refused, { sourceLine: loaded.sourceLine }, 'no world was made'));
  }
}
