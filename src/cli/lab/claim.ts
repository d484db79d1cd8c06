// claim.ts - the Unix socket of a running lab: claimed before it starts, and removed afterwards, even after kill -9.
import { spawn } from 'node:child_process';
import { lstatSync, mkdirSync, statSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import type { Census } from '../../lab/host/census.js';
import { MARK_NAME } from '../../lab/host/mark.js';
import { Fault } from '../../model/fault.js';
import { directoryFault, type SocketPlace } from './socket.js';

/** Time that a lab has to accept a connection on its own socket, in milliseconds. */
const ANSWER_MS = 2000;

/** True if somebody accepts connections there; false without a socket, or if it was left behind. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const finish = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(ANSWER_MS, () => finish(true));
    socket.on('connect', () => finish(true));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTSOCK') finish(false);
      else reject(error);
    });
  });
}

/** Nobody else may have access to the directory: they could take the lab's place. */
function makeDirectory(place: SocketPlace): void {
  const { directory } = place;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw directoryFault(error as NodeJS.ErrnoException, place) ?? error;
  }
  const { uid, mode } = lstatSync(directory);
  const safe = lstatSync(directory).isDirectory() && uid === process.getuid?.() && (mode & 0o077) === 0;
  if (safe) return;
  throw new Fault(
    'NO_PERMISSION',
    `${directory} is not a directory that only you can enter`,
    `Remove it, or set XDG_RUNTIME_DIR to a directory of your own.`,
  );
}

/**
 * Makes sure that this lab can have the socket: the directory exists, nobody listens, and nothing is left behind.
 * Throws Fault LAB_RUNNING when a lab of that name runs.
 */
export async function claimSocket(place: SocketPlace, name: string): Promise<void> {
  makeDirectory(place);
  if (await answers(place.path)) {
    throw new Fault(
      'LAB_RUNNING',
      `a lab named "${name}" is running already`,
      'Stop it with "kubewire down", change it with "kubewire apply -f FILE", or start another: kubewire up --name NAME.',
    );
  }
  try {
    unlinkSync(place.path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/**
 * Waits until our end of the pipe is closed, however that happens. Then ends programs that the lab has left running: those
 * with the lab's mark in their environment, and those in one of its namespaces (lines `+ inode` and `- inode` of the
 * pipe tell which). Removes the socket if it is still the same.
 */
const REAPER = `
homes=' '
while read -r sign inode; do
  case $sign in
    +) homes="$homes$inode " ;;
    -) homes="\${homes%% $inode *} \${homes#* $inode }" ;;
  esac
done
left() {
  grep -lz "^$1\\$" /proc/[0-9]*/environ 2>/dev/null
  stat -L -c '%i %n' /proc/[0-9]*/ns/net 2>/dev/null | while read -r inode path; do
    case "$homes" in *" $inode "*) echo "$path" ;; esac
  done
}
for round in 1 2 3 4 5; do
  found=$(left "$4")
  [ -n "$found" ] || break
  for path in $found; do pid=\${path#/proc/}; kill -9 "\${pid%%/*}" 2>/dev/null; done
done
[ "$(stat -c %i "$1" 2>/dev/null)" = "$2" ] && rm -f "$1"
rmdir "$3" 2>/dev/null
exit 0
`;

/** Starts the reaper: a shell in a session of its own, which outlives this process by a moment. */
export function startReaper(place: SocketPlace, mark: string, census: Census): void {
  const inode = String(statSync(place.path).ino);
  const words = ['-c', REAPER, 'kubewire-reaper', place.path, inode, place.directory, `${MARK_NAME}=${mark}`];
  const reaper = spawn('/bin/sh', words, { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
  reaper.on('error', () => undefined);
  reaper.unref();
  const { stdin } = reaper;
  stdin.on('error', () => undefined);
  (stdin as unknown as { unref(): void }).unref();
  census.watch((event) => stdin.write(`${event.type === 'ADDED' ? '+' : '-'} ${event.inode}\n`));
}
