// mirror.ts - what a lab starts with that mirrors a live cluster, or one that was recorded.
import { mirrored, serviceRanges } from '../../live/mirror.js';
import type { LoadedObject, LoadResult } from '../../manifest/load.js';
import type { KubeObject } from '../../model/objects.js';
import { type LiveFlags, readLive, unwritten } from '../packets/live.js';

/** Objects that no file holds, as if one did. */
export const asLoaded = (objects: readonly LoadedObject[]): LoadResult => ({
  objects: [...objects],
  issues: [],
  notices: [],
  documents: objects.length,
  sourceLine: () => undefined,
  documentAt: () => 1,
});

interface MirrorOfCluster {
  readonly loaded: LoadResult;
  /** One a family. */
  readonly serviceCIDRs: readonly string[];
}

/** The Services of recorded objects, before stand-ins for their endpoints. */
export const mirrorOfObjects = (objects: readonly KubeObject[]): MirrorOfCluster => ({
  loaded: asLoaded(mirrored(objects).map(unwritten)),
  serviceCIDRs: serviceRanges(objects),
});

/** The same of a live cluster, read once. */
export const mirrorOf = async (flags: LiveFlags): Promise<MirrorOfCluster> =>
  mirrorOfObjects((await readLive(flags, 'up')).objects);
