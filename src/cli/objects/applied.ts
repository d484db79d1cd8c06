// applied.ts - objects of manifests in the form in which `apply` sends them, and to a cluster in the order that they need.
import type { Refused } from '../../cluster/apply.js';
import type { Cluster } from '../../cluster/cluster.js';
import { BUILT_IN } from '../../cluster/kinds/registry.js';
import type { KubeObject } from '../../model/objects.js';
import { toJson } from '../print/json.js';

/**
 * The object in the form in which it is remembered, so that applying it again changes nothing: with sorted keys, and with
 * the namespace that it goes to.
 */
export function asApplied(object: KubeObject): KubeObject {
  const namespaced = BUILT_IN.ofObject(object)?.namespaced ?? false;
  const namespace = object.metadata.namespace ?? 'default';
  const whole = namespaced ? { ...object, metadata: { ...object.metadata, namespace } } : object;
  return JSON.parse(toJson(whole, 0)) as KubeObject;
}

/** Gives objects to a cluster. Kinds are served from the moment when their definitions are stored, so those come first. */
export function applyAll(cluster: Cluster, objects: readonly KubeObject[]): Refused[] {
  const defines = ({ kind }: KubeObject): boolean => kind === 'CustomResourceDefinition';
  return [defines, (object: KubeObject) => !defines(object)].flatMap((now) => {
    const indexes = objects.flatMap((object, index) => (now(object) ? [index] : []));
    const { refused } = cluster.apply(indexes.flatMap((index) => objects[index] ?? []));
    return refused.map((one) => ({ ...one, index: indexes[one.index] ?? -1 }));
  });
}
