// objects.ts - what of a live cluster is read for questions about its Services: the lists, and where they are.
import type { KubeObject } from '../model/objects.js';
import type { Watched } from './watched.js';

export const LIVE_PATHS = {
  services: ['/api/v1/services'],
  endpointSlices: ['/apis/discovery.k8s.io/v1/endpointslices'],
  nodes: ['/api/v1/nodes'],
  pods: ['/api/v1/pods'],
} as const;

export type LivePart = keyof typeof LIVE_PATHS;

const PARTS = Object.keys(LIVE_PATHS) as LivePart[];

/** All of them, in the order of their names, so that two readings of one state are equal. */
export function liveObjects(watched: Pick<Watched<LivePart>, 'list'>): KubeObject[] {
  const nameOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;
  const byName = (a: KubeObject, b: KubeObject): number => (nameOf(a) < nameOf(b) ? -1 : 1);
  return PARTS.flatMap((part) => watched.list(part).sort(byName));
}
