// namespaces.ts - empties a namespace that is being deleted, says what is left of it, and lets it go.
//
// Conditions and words of k8s.io/kubernetes/pkg/controller/namespace/deletion of Kubernetes 1.36.
import { transitionTime } from '../../model/conditions.js';
import type { KubeObject } from '../../model/objects.js';
import { timestamp } from '../../model/timestamp.js';
import type { ControllerContext } from '../context.js';
import { isKept, type Resource } from '../kinds/kind.js';
import { type Controller, SLICE_MS } from '../queue.js';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string;
  readonly reason: string;
  readonly message: string;
}

/** What is left: how many objects of each resource, and how many that each finalizer keeps. */
interface Left {
  readonly resources: Map<string, number>;
  readonly finalizers: Map<string, number>;
}

const bump = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

const listed = (counts: ReadonlyMap<string, number>, text: (key: string) => string): string =>
  [...counts]
    .map(([key, count]) => `${text(key)} ${count} resource instances`)
    .sort()
    .join(', ');

function conditionsOf({ resources, finalizers }: Left): Condition[] {
  const condition = (type: string, holds: boolean, reason: string, message: string): Condition => ({
    ...{ type, status: holds ? 'True' : 'False', reason, message },
  });
  const content = listed(resources, (key) => `${key} has`);
  const kept = listed(finalizers, (key) => `${key} in`);
  return [
    condition(
      'NamespaceDeletionDiscoveryFailure',
      false,
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ),
    condition(
      'NamespaceDeletionGroupVersionParsingFailure',
      false,
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    condition(
      'NamespaceDeletionContentFailure',
      false,
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ),
    resources.size > 0
      ? condition('NamespaceContentRemaining', true, 'SomeResourcesRemain', `Some resources are remaining: ${content}`)
      : condition('NamespaceContentRemaining', false, 'ContentRemoved', 'All content successfully removed'),
    finalizers.size > 0
      ? condition(
          'NamespaceFinalizersRemaining',
          true,
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${kept}`,
        )
      : condition(
          'NamespaceFinalizersRemaining',
          false,
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        ),
  ];
}

export class NamespaceController implements Controller {
  readonly name = 'namespace';
  readonly #context: ControllerContext;

  constructor(context: ControllerContext) {
    const { store, queue } = context;
    this.#context = context;
    store.watch(({ type, key, object }) => {
      if (key === 'Namespace') queue.add(this, object.metadata.name);
      else if (type === 'DELETED' && this.#isTerminating(object.metadata.namespace))
        queue.add(this, object.metadata.namespace ?? '');
    });
  }

  sync(name: string): void {
    const { store, queue } = this.#context;
    const namespace = store.get('Namespace', '', name);
    if (!namespace?.metadata.deletionTimestamp) return;
    this.#writeStatus(namespace, undefined);
    const left: Left = { resources: new Map(), finalizers: new Map() };
    const until = performance.now() + SLICE_MS;
    for (const resource of store.kinds.all()) {
      if (!resource.namespaced || !isKept(resource)) continue;
      for (const object of store.list(resource, name)) {
        this.#delete(resource, name, object, left);
        if (performance.now() <= until) continue;
        // Handle the rest later, so that others get a turn.
        queue.add(this, name);
        return;
      }
    }
    const latest = store.get('Namespace', '', name);
    if (!latest) return;
    if (left.resources.size > 0) this.#writeStatus(latest, left);
    else store.update({ ...latest, metadata: { ...latest.metadata, resourceVersion: '' }, spec: {} });
  }

  #delete(resource: Resource, namespace: string, { metadata }: KubeObject, { resources, finalizers }: Left): void {
    const { store } = this.#context;
    if (!metadata.deletionTimestamp) store.delete(resource, namespace, metadata.name);
    const still = store.get(resource, namespace, metadata.name);
    if (!still) return;
    bump(resources, `${resource.plural}.${resource.group}`);
    for (const finalizer of still.metadata.finalizers ?? []) bump(finalizers, finalizer);
  }

  #isTerminating(namespace: string | undefined): boolean {
    if (!namespace) return false;
    return this.#context.store.get('Namespace', '', namespace)?.metadata.deletionTimestamp !== undefined;
  }

  #writeStatus(namespace: KubeObject, left: Left | undefined): void {
    const { store, clock } = this.#context;
    const { conditions: before = [] } = (namespace.status ?? {}) as { conditions?: readonly Condition[] };
    const conditions = left
      ? conditionsOf(left).map((condition) => ({
          ...condition,
          lastTransitionTime: transitionTime(before, condition, timestamp(clock())),
        }))
      : before;
    const status = { phase: 'Terminating', ...(conditions.length > 0 ? { conditions } : {}) };
    store.updateStatus({ ...namespace, metadata: { ...namespace.metadata, resourceVersion: '' }, status });
  }
}
