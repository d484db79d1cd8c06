// live.ts - `--kubeconfig` and `--context`: the objects of a cluster that runs elsewhere, read and never written.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { targetIn } from '../../live/kubeconfig.js';
import { LIVE_PATHS, liveObjects } from '../../live/objects.js';
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

/** The server that the flags name. */
function liveServer({ kubeconfig = '', context }: LiveFlags, verb: string): LiveServer {
  if (kubeconfig === '') throw usage('--kubeconfig needs the path of a file', verb);
  let text: string;
  try {
    text = readFileSync(kubeconfig, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing ? 'does not exist' : `cannot be read: ${(error as Error).message}`;
    throw new Fault('NOT_FOUND', `${kubeconfig} ${why}`, 'Give the file that kubectl uses.');
  }
  return new LiveServer(targetIn(text, kubeconfig, context), process.env, Date.now);
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
  const server = liveServer(flags, verb);
  const objects = liveObjects(await Watched.read(server, LIVE_PATHS));
  return { objects, context: server.target.context };
}
