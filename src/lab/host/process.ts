// process.ts - runs programs inside namespaces, and obtains the rights that a lab needs.
import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import { Fault } from '../../model/fault.js';
import { after } from '../../model/timer.js';
import { type Namespace, userNamespaceOf, withKernel } from './host.js';

/** Used as stdin, stdout or stderr: a file descriptor of this process (which stays open here), or a pipe. */
type Stdio = 'inherit' | 'ignore' | 'pipe' | number;

interface SpawnOptions {
  /** One for all three, or one for each. Default 'ignore'. */
  readonly stdio?: Stdio | readonly [Stdio, Stdio, Stdio];
  /** Default: the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /**
   * Gives the program its own session: terminal signals do not reach it, and kill() reaches everything it started.
   * Default true.
   */
  readonly ownSession?: boolean;
  /** stdio is a terminal (terminal.ts), which becomes the session's terminal. Default false. */
  readonly terminal?: boolean;
  /** What it sees of files (files.ts), as one of ours or by its path in /proc. Default: what this process sees. */
  readonly view?: { readonly fd: number } | string;
  /** Default: that of this machine. */
  readonly hostname?: string;
}

export interface Spawned {
  readonly pid: number;
  /** Our ends of the requested pipes. */
  readonly stdin?: Socket;
  readonly stdout?: Socket;
  readonly stderr?: Socket;
  /** Exit code; 128 + signal number if a signal ended it, as in a shell. */
  wait(): Promise<number>;
  /** Sends a signal, to the whole session if it has its own. Returns false if it has ended. */
  kill(signal: NodeJS.Signals): boolean;
}

type Three<T> = [T, T, T];

interface Plumbing {
  /** What the child gets; -1 = /dev/null. */
  readonly child: Three<number>;
  /** Our ends; undefined if there is no pipe. */
  readonly ours: Three<number | undefined>;
}

function plumb(stdio: SpawnOptions['stdio'] = 'ignore'): Plumbing {
  const wanted = Array.isArray(stdio) ? stdio : [stdio, stdio, stdio];
  const child: Three<number> = [-1, -1, -1];
  const ours: Three<number | undefined> = [undefined, undefined, undefined];
  for (const [i, kind] of wanted.entries()) {
    if (kind === 'inherit') child[i] = i;
    else if (typeof kind === 'number') child[i] = kind;
    else if (kind === 'pipe') {
      const [readEnd, writeEnd] = withKernel((addon) => addon.createPipe());
      child[i] = i === 0 ? readEnd : writeEnd;
      ours[i] = i === 0 ? writeEnd : readEnd;
    }
  }
  return { child, ours };
}

/** A namespace held by another process may belong to a user namespace, which then provides the rights. */
function foreignUserNamespace(path: string): { pid: number; fd: number } {
  const pid = Number(/^\/proc\/(\d+)\/fd\/\d+$/.exec(path)?.[1] ?? 0);
  if (pid === 0 || pid === process.pid) return { pid: 0, fd: -1 };
  const differs = userNamespaceOf(pid) !== userNamespaceOf('self');
  return { pid, fd: differs ? openSync(`/proc/${pid}/ns/user`, 'r') : -1 };
}

/**
 * Opens a namespace by path. Throws Fault LAB_ABSENT if the process that held it is gone, NO_PERMISSION if it
 * belongs to another user.
 */
function openNamespace(path: string): { fd: number; user: { pid: number; fd: number } } {
  try {
    const user = foreignUserNamespace(path);
    return { fd: openSync(path, 'r'), user };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new Fault('LAB_ABSENT', `no namespace at ${path}`, 'Start the lab: kubewire up.');
    if (code === 'EACCES' || code === 'EPERM') {
      throw new Fault(
        'NO_PERMISSION',
        `the namespace at ${path} belongs to another user`,
        'Run as the user of the lab.',
      );
    }
    throw error;
  }
}

const environment = (env: Readonly<Record<string, string | undefined>>): string[] =>
  Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));

const pipeSocket = (fd: number, readable: boolean): Socket => new Socket({ fd, readable, writable: !readable });

function closeAll(fds: readonly (number | undefined)[]): void {
  for (const fd of fds) if (fd !== undefined && fd >= 0) closeSync(fd);
}

/**
 * Runs a program inside a namespace, given as one of ours or by its path in /proc. It is killed when this process ends,
 * even by kill -9, and when the process that holds a namespace given by path ends. Throws an error with code ENOENT if
 * the program does not exist.
 */
export function spawnInNamespace(ns: Namespace | string, argv: readonly string[], options: SpawnOptions = {}): Spawned {
  const { env = process.env, ownSession = true, terminal = false, view, hostname = '' } = options;
  // Whoever enters a view stands at its root.
  const cwd = options.cwd ?? (view === undefined ? '' : process.cwd());
  const opened = typeof ns === 'string' ? openNamespace(ns) : undefined;
  const { child, ours } = plumb(options.stdio);
  const pipeEnds = child.filter((_, i) => ours[i] !== undefined);
  let finish: (code: number) => void = () => {};
  const ended = new Promise<number>((resolve) => {
    finish = resolve;
  });
  let over = false;
  const onEnd = (code: number, signal: number): void => {
    over = true;
    finish(signal === 0 ? code : 128 + signal);
  };
  const fd = typeof ns === 'string' ? (opened?.fd ?? -1) : ns.fd;
  const seen = typeof view === 'string' ? openSync(view, 'r') : -1;
  const files = typeof view === 'object' ? view.fd : seen;
  const { pid: owner, fd: user } = opened?.user ?? { pid: 0, fd: -1 };
  let pid = 0;
  try {
    pid = withKernel((addon) =>
      addon.spawn(argv, environment(env), cwd, ...child, fd, user, ownSession, owner, terminal, files, hostname, onEnd),
    );
  } catch (error) {
    closeAll(ours);
    throw error;
  } finally {
    closeAll([...pipeEnds, opened?.fd, user, seen]);
  }
  const [stdin, stdout, stderr] = ours;
  return {
    pid,
    ...(stdin === undefined ? {} : { stdin: pipeSocket(stdin, false) }),
    ...(stdout === undefined ? {} : { stdout: pipeSocket(stdout, true) }),
    ...(stderr === undefined ? {} : { stderr: pipeSocket(stderr, true) }),
    wait: () => ended,
    kill(signal) {
      if (over) return false;
      try {
        return process.kill(ownSession ? -pid : pid, signal);
      } catch {
        return false;
      }
    },
  };
}

/** Forwards signals that end a program from outside; those from the terminal reach the child anyway. */
const PASSED_ON = ['SIGTERM', 'SIGHUP'] as const;
const LEFT_TO_CHILD = ['SIGINT', 'SIGQUIT'] as const;

/** Runs a program inside a namespace, in the foreground of this terminal. Resolves with its exit code. */
export async function execInNamespace(
  ns: Namespace | string,
  argv: readonly string[],
  options: Omit<SpawnOptions, 'stdio' | 'ownSession'> = {},
): Promise<number> {
  const child = spawnInNamespace(ns, argv, { ...options, stdio: 'inherit', ownSession: false });
  const passOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  const leave = (): void => {};
  for (const signal of PASSED_ON) process.on(signal, passOn);
  for (const signal of LEFT_TO_CHILD) process.on(signal, leave);
  try {
    return await child.wait();
  } finally {
    for (const signal of PASSED_ON) process.off(signal, passOn);
    for (const signal of LEFT_TO_CHILD) process.off(signal, leave);
  }
}

interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function textOf(stream: Socket | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Runs a program to completion and returns its output. Past the time limit it is killed (code 137). */
export async function runInNamespace(
  ns: Namespace | string,
  argv: readonly string[],
  options: SpawnOptions & { readonly timeoutMs?: number; readonly input?: string } = {},
): Promise<RunResult> {
  const child = spawnInNamespace(ns, argv, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  const stop = after(options.timeoutMs ?? 10_000, () => child.kill('SIGKILL'));
  // A program that does not read its input may close the pipe; that is not an error.
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.input ?? '');
  try {
    const [code, stdout, stderr] = await Promise.all([child.wait(), textOf(child.stdout), textOf(child.stderr)]);
    return { code, stdout, stderr };
  } finally {
    stop();
  }
}

/** Set for a process started by reexecInUserNamespace, so that it never starts another. */
const MARK = 'KUBEWIRE_USER_NAMESPACE';

/**
 * How this process can run a lab: directly, or in its own user namespace. Tries it in a child process.
 * Throws Fault NOT_LINUX, NO_TUN or NO_PERMISSION if neither works, with the reason.
 */
export function labAccess(): 'direct' | 'user-namespace' {
  try {
    withKernel((addon) => addon.probeAccess(false));
    return 'direct';
  } catch (error) {
    const denied = error instanceof Fault && error.code === 'NO_PERMISSION';
    if (!denied || process.getuid?.() === 0 || process.env[MARK]) throw error;
  }
  withKernel((addon) => addon.probeAccess(true));
  return 'user-namespace';
}

/**
 * Replaces this process with the same command in a user namespace where its user is root (same pid, same
 * terminal). KUBEWIRE_USER_NAMESPACE holds the original user id. Never returns; throws Fault TOOL_MISSING if
 * unshare(1) is missing.
 */
export function reexecInUserNamespace(argv: readonly string[] = process.argv.slice(1)): never {
  const env = environment({ ...process.env, [MARK]: String(process.getuid?.() ?? 0) });
  try {
    // The process keeps its network namespace, so its API and page stay reachable on this machine's loopback.
    withKernel((addon) =>
      addon.replaceProcess(
        ['unshare', '--user', '--map-root-user', '--', process.execPath, ...process.execArgv, ...argv],
        env,
      ),
    );
  } catch (error) {
    if ((error as { errno?: number }).errno !== constants.errno.ENOENT) throw error;
  }
  throw new Fault('TOOL_MISSING', 'unshare(1) is not installed', 'Install util-linux, or run as root.');
}
