// socket.ts - where the Unix socket of a lab is: the one rule that `up` and every client share.
import { join } from 'node:path';
import { Fault } from '../../model/fault.js';

/** sockaddr_un holds 108 bytes, with the final zero (unix(7)). */
const LONGEST_PATH = 107;

const NAME = /^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/;

const IN_THE_WAY: Readonly<Record<string, string>> = {
  ENOTDIR: 'a part of the path is not a directory',
  EEXIST: 'something else is there',
  EACCES: 'you may not make it',
  EROFS: 'the file system is read-only',
  ENOENT: 'it cannot be made',
  ELOOP: 'its links lead in a circle',
};

/**
 * Why the directory of sockets cannot be used: it is something else, or nothing can be created. Null for other errors.
 */
export function directoryFault(error: NodeJS.ErrnoException, { directory }: SocketPlace): Fault | null {
  const reason = IN_THE_WAY[error.code ?? ''];
  if (reason === undefined) return null;
  const origin = process.env.XDG_RUNTIME_DIR ? 'XDG_RUNTIME_DIR' : 'TMPDIR';
  return new Fault(
    'NO_PERMISSION',
    `labs have their sockets in ${directory}: ${reason}`,
    `Set ${origin} to a directory of your own.`,
  );
}

export interface SocketPlace {
  /** Only its owner may enter it: mode 0700. */
  readonly directory: string;
  readonly path: string;
}

/**
 * `$XDG_RUNTIME_DIR/kubewire/<name>.sock`, else `$TMPDIR` or `/tmp` + `/kubewire-<uid>/<name>.sock`.
 * Throws Fault USAGE for a name that no file can have, and for a path that is too long for a socket.
 */
export function socketPlace(
  name = 'default',
  env: NodeJS.ProcessEnv = process.env,
  // In a user namespace the process is root, and the lab kept the user's own id (src/lab/host/process.ts).
  uid: number = Number(env.KUBEWIRE_USER_NAMESPACE ?? process.getuid?.() ?? 0),
): SocketPlace {
  if (!NAME.test(name)) {
    throw new Fault(
      'USAGE',
      `"${name}" is not a name for a lab`,
      'Use up to 40 lower-case letters, digits and dashes, beginning and ending with a letter or digit.',
    );
  }
  const runtime = env.XDG_RUNTIME_DIR;
  const directory = runtime ? join(runtime, 'kubewire') : join(env.TMPDIR || '/tmp', `kubewire-${uid}`);
  const path = join(directory, `${name}.sock`);
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    throw new Fault(
      'USAGE',
      `the socket's path is longer than ${LONGEST_PATH} bytes: ${path}`,
      'Set XDG_RUNTIME_DIR or TMPDIR to a shorter directory, or choose a shorter --name.',
    );
  }
  return { directory, path };
}
