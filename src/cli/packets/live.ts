// live.ts - `--kubeconfig` and `--context`: the objects of a cluster that runs elsewhere, read and never written.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { Changer } from '../../live/changer.js';
import { targetInside } from '../../live/incluster.js';
import { type Target, targetIn } from '../../live/kubeconfig.js';
import { LIVE_PATHS, type LivePart, liveObjects } from '../../live/objects.js';
import { LiveServer } from '../../live/server.js';
import { Watched } from '../../live/watched.js';
import type { LoadedObject } from '../../manifest/load.js';
import { Fault } from '../../model/fault.js';
import type { KubeObject } from '../../model/objects.js';
import { usage } from '../failure.js';

export interface LiveFlags {
  kubeconfig?: string;
  context?: string;
}

export const liveOptions = (command: Command): Command =>
  command
    .option('--kubeconfig <path>', 'a live cluster instead of -f: it is read, and nothing is ever written')
    .option('--context <name>', 'with --kubeconfig: the context (default: the current one)');

/** The server and the user that the flags name. */
function targetOf({ kubeconfig = '', context }: LiveFlags, verb: string): Target {
  if (kubeconfig === '') throw usage('--kubeconfig needs the path of a file', verb);
  let text: string;
  try {
    text = readFileSync(kubeconfig, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing ? 'does not exist' : `cannot be read: ${(error as Error).message}`;
    throw new Fault('NOT_FOUND', `${kubeconfig} ${why}`, 'Give the file that kubectl uses.');
  }
  return targetIn(text, kubeconfig, context);
}

/** The same for those who also write; without --kubeconfig in a pod, the cluster of that pod. */
export function changerOf(flags: LiveFlags, verb: string): Changer {
  const inside = flags.kubeconfig === undefined ? targetInside(process.env) : null;
  if (flags.kubeconfig === undefined && inside === null) throw usage('--kubeconfig FILE is needed', verb);
  return new Changer(inside ?? targetOf(flags, verb), process.env, Date.now);
}

/** An object that was read from a cluster: no file says where it stands. */
export const unwritten = (object: KubeObject): LoadedObject => ({
  object,
  file: '',
  broken: [],
  place: () => ({ file: '', line: 0, column: 0 }),
});

/** The cluster as it is now. */
export async function readLive(
  flags: LiveFlags,
  verb: string,
): Promise<{ readonly objects: KubeObject[]; readonly context: string }> {
  const server = new LiveServer(targetOf(flags, verb), process.env, Date.now);
  const objects = liveObjects(await Watched.read(server, LIVE_PATHS));
  return { objects, context: server.target.context };
}

/** A cluster that is followed through disconnects. */
interface Followed {
  readonly watched: Watched<LivePart>;
  close(): void;
}

/** The same again after every failure, later and later, in milliseconds. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/** The cluster as it is now, and as it changes. That it cannot be reached is reported once for each time. */
export async function followLive(flags: LiveFlags, verb: string, report: (message: string) => void): Promise<Followed> {
  const server = new LiveServer(targetOf(flags, verb), process.env, Date.now);
  const patience = (error: unknown, failures: number): number => {
    if (failures === 1)
      report(`${server.target.server} is not reached (${(error as Error).message}): it is tried again`);
    return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
  };
  const watched = await Watched.open(server, LIVE_PATHS, (error) => report((error as Error).message), patience);
  const close = (): void => {
    watched.close();
    server.close();
  };
  return { watched, close };
}
