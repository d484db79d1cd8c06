// state.ts - cluster state that outlives its process: what was kept, and the keeper for what follows.
import { Fault } from '../../model/fault.js';
import { keyOf } from '../../model/kindkey.js';
import type { KubeObject } from '../../model/objects.js';
import { type Change, decodeCommits, StateError } from './codec.js';
import { openDirectory, type StateFiles } from './files.js';
import { Keeper, type Moment } from './keeper.js';
import { lockDirectory } from './lock.js';

/** What a process left. */
export interface Kept extends Moment {
  /** uids of objects that it deleted: not of all, but of those that others may still depend on. */
  readonly gone: readonly string[];
}

export interface State {
  /** What was kept. For a new directory: nothing, with version 0. */
  readonly kept: Kept;
  /** Keeps what is committed from now on. `moment` gives all there is. */
  start(moment: () => Moment): Keeper;
  /** Gives the directory back. Close the keeper first. */
  close(): Promise<void>;
}

const nameOf = (change: Change): string => {
  if ('gone' in change) return `${change.gone.key}/${change.gone.namespace}/${change.gone.name}`;
  const { namespace = '', name } = change.put.metadata;
  return `${keyOf(change.put)}/${namespace}/${name}`;
};

/** Replays the file. Also returns how much of it is intact. Throws Fault USAGE if it is damaged or in another format. */
async function recall(files: StateFiles): Promise<{ readonly kept: Kept; readonly length: number }> {
  const bytes = (await files.read()) ?? Buffer.alloc(0);
  const objects = new Map<string, KubeObject>();
  const gone: string[] = [];
  let version = 0;
  try {
    const length = decodeCommits(bytes, (commit) => {
      version = commit.version;
      for (const change of commit.changes) {
        const name = nameOf(change);
        if ('put' in change) objects.set(name, change.put);
        else {
          gone.push(objects.get(name)?.metadata.uid ?? '');
          objects.delete(name);
        }
      }
    });
    return { kept: { version, objects: [...objects.values()], gone }, length };
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    throw new Fault(
      'USAGE',
      `cannot read ${files.path}: ${error.message}`,
      `Restore it from a copy; or keep what is before that byte with truncate --size=${error.offset} ${files.path}; or name a new directory with --state.`,
    );
  }
}

/** Throws Fault USAGE if another process uses the directory, or if its contents cannot be read. */
export async function openState(directory: string): Promise<State> {
  const files = await openDirectory(directory);
  const unlock = await lockDirectory(directory);
  try {
    const { kept, length } = await recall(files);
    const file = await files.open(length);
    return { kept, start: (moment) => new Keeper({ files, file, length, moment }), close: unlock };
  } catch (error) {
    await unlock();
    throw error;
  }
}
