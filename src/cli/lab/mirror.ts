// mirror.ts - what a lab starts with that mirrors a live cluster, or one that was recorded.
import type { Cluster } from '../../cluster/cluster.js';
import { Follower } from '../../live/follow.js';
import { mirrored, serviceRanges } from '../../live/mirror.js';
import { liveObjects } from '../../live/objects.js';
import type { LoadedObject, LoadResult } from '../../manifest/load.js';
import type { KubeObject } from '../../model/objects.js';
import { followLive, type LiveFlags, unwritten } from '../packets/live.js';

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

/** The mirror of a live cluster, which is read as long as it is open. */
export interface LiveMirror extends MirrorOfCluster {
  /** From now on the lab follows the cluster. */
  follow(lab: Cluster): void;
  close(): void;
}

export async function mirrorOf(flags: LiveFlags, report: (message: string) => void): Promise<LiveMirror> {
  const { watched, close } = await followLive(flags, 'up', report);
  const objects = liveObjects(watched);
  let follower: Follower | null = null;
  return {
    ...mirrorOfObjects(objects),
    follow(lab) {
      follower = new Follower(watched, lab, mirrored(objects), report);
    },
    close() {
      follower?.close();
      close();
    },
  };
}
