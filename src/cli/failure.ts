// failure.ts - the message shown when something goes wrong, and the exit code: 1, or 2 for wrong usage.
import { existsSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { isStatusFailure } from '../live/status.js';
import { Fault } from '../model/fault.js';
import { printable } from '../model/printable.js';
import { asTyped } from './invocation.js';
import { statusText } from './objects/status.js';
import { paint } from './print/colour.js';

/** Ends the command with a code; writes `text`, if any, to stderr as it is. */
export class Exit extends Error {
  readonly code: number;
  readonly text: string | undefined;

  constructor(code: number, text?: string) {
    super(text ?? `exit ${code}`);
    this.name = 'Exit';
    this.code = code;
    this.text = text;
  }
}

/** A failure whose exit code says more than that: `compare` ends with 2 if anything kept it from comparing. */
export class Coded extends Error {
  readonly code: number;

  constructor(code: number, cause: unknown) {
    super('failed', { cause });
    this.name = 'Coded';
    this.code = code;
  }
}

/** Wrong usage of a verb: the sentence, where to read more, and exit code 2. */
export function usage(message: string, verb: string): Exit {
  return new Exit(2, `error: ${message}\nSee 'kubewire ${verb} --help' for usage.`);
}

interface Shortage {
  readonly message: string;
  readonly remedy: string;
}

/** Refusals of the machine (errno(3)): nobody's bug, with what helps. */
const SHORTAGES: Readonly<Record<string, Shortage>> = {
  EMFILE: { message: 'no file descriptors are left for this process', remedy: 'Raise the limit: ulimit -n 65536' },
  ENFILE: { message: 'no file descriptors are left on this machine', remedy: 'Raise the limit: sysctl fs.file-max' },
  EAGAIN: {
    message: 'this machine lets this user start no more processes or threads',
    remedy: 'End some of them, or raise the limit: ulimit -u, or pids.max of the cgroup.',
  },
  ENOMEM: {
    message: 'no memory is left',
    remedy: 'End other programs, use a smaller lab, or raise the limit: ulimit -v',
  },
  ENOBUFS: {
    message: 'the kernel has no memory left for the network',
    remedy: 'End other programs, or use a smaller lab.',
  },
  ENOSPC: { message: 'no space is left where it was to be written', remedy: 'Make room on that disk or device.' },
  EDQUOT: { message: 'the disk quota is used up', remedy: 'Make room, or write somewhere else.' },
  EROFS: { message: 'the file system is read-only', remedy: 'Write somewhere else.' },
  EIO: { message: 'the device failed to read or write', remedy: 'See what the kernel says: dmesg' },
};

/**
 * Whether a module that "cannot be found" is there: then the file that says where it begins could not be opened, which
 * the interpreter takes for a missing one.
 */
function isThere(message: string): boolean {
  const [, name = '', from = ''] =
    /^Cannot find (?:package|module) '([^']+)'(?: imported from (.+))?/.exec(message) ?? [];
  if (name.startsWith('/')) return existsSync(/^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(name)?.[0] ?? name);
  const parts = from.split('/');
  return name !== '' && parts.some((_, i) => existsSync([...parts.slice(0, i), 'node_modules', name].join('/')));
}

/** An error of the system that is the machine's fault, in a sentence; null for any other. */
function shortageOf(error: unknown): Shortage | null {
  const { errno, syscall, path, ...more } = (error ?? {}) as NodeJS.ErrnoException;
  // The addon gives only the number, and in its message what it tried.
  const code = more.code ?? (typeof errno === 'number' ? getSystemErrorName(-Math.abs(errno)) : undefined);
  if (code === 'ERR_WORKER_OUT_OF_MEMORY' || code === 'ERR_MEMORY_ALLOCATION_FAILED') return SHORTAGES.ENOMEM ?? null;
  if (code === 'ERR_MODULE_NOT_FOUND' && isThere((error as Error).message)) return SHORTAGES.EMFILE ?? null;
  if (code === 'ERR_DLOPEN_FAILED' && /Too many open files|EMFILE/.test((error as Error).message))
    return SHORTAGES.EMFILE ?? null;
  // What the engine itself could not get, for an array or for WebAssembly.
  if (error instanceof RangeError && /out of memory|allocation failed/i.test(error.message))
    return SHORTAGES.ENOMEM ?? null;
  if (code === 'ERR_WORKER_INIT_FAILED') return SHORTAGES.EAGAIN ?? null;
  if (code === undefined) return null;
  if (syscall === 'uv_cwd') {
    return { message: 'the current directory no longer exists', remedy: 'Go to another one: cd ~' };
  }
  if (path?.startsWith('/proc/') && !existsSync('/proc/self')) {
    return { message: '/proc is not mounted', remedy: 'Mount it: mount -t proc proc /proc' };
  }
  const known = SHORTAGES[code];
  const where = path === undefined ? '' : `${path}: `;
  const tried = syscall ?? (error as Error).message;
  if (known) return { message: `${where}${known.message} (${tried}: ${code})`, remedy: known.remedy };
  if (path === undefined || syscall === undefined) return null;
  // Files that the user named are checked where they are read; this is about files of our own.
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'no permission',
    EPERM: 'no permission',
    ENOTDIR: 'a part of the path is not a directory',
    ENOENT: 'it does not exist',
    EEXIST: 'something else is in its place',
    EISDIR: 'it is a directory',
  };
  const reason = reasons[code];
  if (reason === undefined) return null;
  return { message: `cannot use ${path}: ${reason}`, remedy: `That is what ${syscall} said (${code}).` };
}

interface ReportOptions {
  /** Shows the stack of an unexpected error. */
  readonly debug: boolean;
  readonly stderr: NodeJS.WritableStream & { isTTY?: boolean };
  /** The verbs, to recognise a command in a text. */
  readonly verbs: readonly string[];
}

/** Writes one clear message for any thrown value and returns the exit code. */
export function report(error: unknown, options: ReportOptions): number {
  const { stderr, debug, verbs } = options;
  const say = (text: string): void => {
    const line = printable(asTyped(text, verbs)).replace(/^error:/, paint(stderr, 'red', 'error:'));
    stderr.write(line.endsWith('\n') ? line : `${line}\n`);
  };
  if (error instanceof Coded) {
    report(error.cause, options);
    return error.code;
  }
  if (error instanceof Exit) {
    if (error.text !== undefined) say(error.text);
    return error.code;
  }
  if (error instanceof Fault && error.code !== 'INTERNAL') {
    say(`error: ${error.message}`);
    if (error.remedy) say(error.remedy);
    if (debug) say(error.stack ?? '');
    return error.code === 'USAGE' ? 2 : 1;
  }
  if (isStatusFailure(error)) {
    say(statusText(error.status));
    return 1;
  }
  if ((error as NodeJS.ErrnoException | null)?.code === 'EPIPE') return 0;
  const shortage = shortageOf(error);
  if (shortage) {
    say(`error: ${shortage.message}`);
    say(shortage.remedy);
    if (debug) say((error as Error).stack ?? '');
    return 1;
  }
  const known = error instanceof Error;
  say(`error: unexpected: ${known ? error.message : String(error)}`);
  if (debug) say((known && error.stack) || 'no stack');
  else say('This is a bug of kubewire. Run the command again with --debug to see where it happened.');
  return 1;
}
