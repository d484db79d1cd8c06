// revisions.ts - the ControllerRevisions of StatefulSets and DaemonSets: one per template that they have had.
//
// As k8s.io/kubernetes/pkg/controller/history: kubectl applies `data` to a set to roll it back; a template that comes back
// makes its old revision the newest.
import type { KubeObject } from '../../model/objects.js';
import type { ControllerContext } from '../context.js';
import { same } from '../freeze.js';
import { Index, ownerKeys } from '../index.js';
import { StatusError } from '../status.js';
import { ownerReference, type PodTemplate, templateHash, type Workload } from './template.js';

export interface Revision extends KubeObject {
  readonly revision: number;
  readonly data: { readonly spec: { readonly template: PodTemplate & { readonly $patch?: string } } };
}

/** How a kind of workload labels its pods and revisions. */
export const REVISION_LABEL = 'controller-revision-hash';

export interface History {
  /** Oldest first; the last one is that of the current template. */
  readonly revisions: readonly Revision[];
  readonly newest: Revision;
  readonly collisions: number;
}

/** The template of a revision, as the set had it. */
export function templateOf({ data }: Revision): PodTemplate {
  const { $patch: _, ...template } = data.spec.template;
  return template;
}

export class Revisions {
  readonly #context: ControllerContext;
  readonly #label: string;
  readonly #byOwner: Index<Revision>;

  /** @param label that a revision carries with its hash */
  constructor(context: ControllerContext, label: string) {
    this.#context = context;
    this.#label = label;
    this.#byOwner = new Index<Revision>(context.store, 'ControllerRevision', ownerKeys);
  }

  stop(): void {
    this.#byOwner.stop();
  }

  /** The revisions of a set; that of its current template is made, or made the newest. */
  of(set: Workload): History {
    const collisions = Number(set.status?.collisionCount ?? 0);
    const known = this.#list(set);
    const last = known.at(-1);
    const equal = known.findLast((one) => same(templateOf(one), set.spec.template));
    if (equal && equal === last) return { revisions: known, newest: equal, collisions };
    const number = 1 + (last?.revision ?? 0);
    const made = equal
      ? { newest: this.#context.store.update({ ...equal, revision: number }) as Revision, collisions }
      : this.#create(set, number, collisions);
    return { ...made, revisions: this.#list(set) };
  }

  /** Deletes the oldest revisions that no pod has, down to the limit; the newest is not counted. */
  prune(set: Workload, { revisions, newest }: History, live: ReadonlySet<string>): void {
    const limit = Number(set.spec.revisionHistoryLimit ?? 10);
    const idle = revisions.filter(({ metadata }) => metadata.uid !== newest.metadata.uid && !live.has(metadata.name));
    for (const { metadata } of idle.slice(0, Math.max(0, idle.length - limit)))
      this.#context.store.delete('ControllerRevision', metadata.namespace ?? '', metadata.name);
  }

  /** By number. */
  #list({ metadata }: Workload): Revision[] {
    return this.#byOwner.list(metadata.uid ?? '').sort((a, b) => a.revision - b.revision);
  }

  #create(set: Workload, revision: number, before: number): { newest: Revision; collisions: number } {
    const { store } = this.#context;
    const { template } = set.spec;
    const data = { spec: { template: { ...template, $patch: 'replace' } } };
    for (let collisions = before; ; collisions++) {
      const hash = templateHash(template, collisions);
      const metadata = {
        name: `${set.metadata.name}-${hash}`,
        namespace: set.metadata.namespace ?? 'default',
        labels: { ...template.metadata?.labels, [this.#label]: hash },
        ...(set.metadata.annotations ? { annotations: set.metadata.annotations } : {}),
        ownerReferences: [ownerReference(set)],
      };
      try {
        const made = { apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata, data, revision };
        return { newest: store.create(made) as Revision, collisions };
      } catch (error) {
        if (!(error instanceof StatusError) || error.reason !== 'AlreadyExists') throw error;
      }
    }
  }
}
