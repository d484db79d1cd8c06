// weights.ts - IPVS weights of endpoints, from an annotation on their pod or on their EndpointSlice.
import type { Endpoint, EndpointSlice, KubeObject, ObjectMeta } from '../model/objects.js';

export const WEIGHT_ANNOTATION = 'kubewire.dev/weight';

/** The range that ipvsadm accepts. */
export const MOST_WEIGHT = 65_535;
/** The weight that kube-proxy gives every endpoint (pkg/proxy/ipvs/proxier.go). */
export const USUAL_WEIGHT = 1;

/** The weight that an object asks for; null when it asks for none or the value is not a weight. */
export function weightIn({ annotations }: Pick<ObjectMeta, 'annotations'>): number | null {
  const text = annotations?.[WEIGHT_ANNOTATION];
  if (text === undefined || !/^\d{1,5}$/.test(text)) return null;
  const weight = Number(text);
  return weight <= MOST_WEIGHT ? weight : null;
}

export type Weights = (slice: EndpointSlice, endpoint: Endpoint) => number;

const keyOf = (namespace: string | undefined, name: string | undefined): string => `${namespace ?? 'default'}/${name}`;

/** The annotation on an endpoint's pod wins over the one on its slice. */
export function endpointWeights(pods: readonly KubeObject[]): Weights {
  const own = new Map<string, number>();
  for (const { metadata } of pods) {
    const weight = weightIn(metadata);
    if (weight !== null) own.set(keyOf(metadata.namespace, metadata.name), weight);
  }
  return ({ metadata }, { targetRef }) => {
    const isPod = own.size > 0 && targetRef?.kind === 'Pod';
    const ofPod = isPod ? own.get(keyOf(targetRef.namespace ?? metadata.namespace, targetRef.name)) : undefined;
    return ofPod ?? weightIn(metadata) ?? USUAL_WEIGHT;
  };
}
