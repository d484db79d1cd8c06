// command.ts - a program that someone runs inside a pod, with pipes or with a terminal.
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { after } from '../../model/timer.js';
import { type Spawned, spawnInNamespace } from '../host/process.js';
import { Terminal } from '../host/terminal.js';
import { programOptions, type RunPlace } from './runner.js';

export interface CommandOptions {
  /** Its stdio is a single terminal. */
  readonly terminal: boolean;
  /** Someone will write to its input; otherwise the input is empty. */
  readonly stdin: boolean;
  /** Whose files and variables it has. Default: the first one's. */
  readonly container?: string;
}

export interface RunningCommand {
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  /** A terminal has none. */
  readonly stderr: Readable | undefined;
  /** Size of the terminal in characters. */
  resize(columns: number, rows: number): void;
  /** Exit code; 128 + signal number if a signal ended it. */
  wait(): Promise<number>;
  /** Hangs up: asks it to end, and kills it if it does not. */
  end(): void;
}

const KILL_AFTER_MS = 1000;

function hangUp(child: Spawned): void {
  if (!child.kill('SIGHUP')) return;
  const stop = after(KILL_AFTER_MS, () => child.kill('SIGKILL'), { unref: true });
  void child.wait().then(stop);
}

function inTerminal(place: RunPlace, argv: readonly string[], { stdin }: CommandOptions): RunningCommand {
  const terminal = new Terminal();
  let child: Spawned;
  try {
    const { env, ...others } = programOptions(place);
    const options = { ...others, stdio: terminal.inner, terminal: true, env: { ...env, TERM: 'xterm' } };
    child = spawnInNamespace(place.sandbox.namespace, argv, options);
  } catch (error) {
    terminal.destroy();
    throw error;
  } finally {
    terminal.release();
  }
  return {
    stdin: stdin ? terminal : undefined,
    stdout: terminal,
    stderr: undefined,
    resize: (columns, rows) => terminal.resize(columns, rows),
    wait: () => child.wait(),
    end() {
      hangUp(child);
      terminal.destroy();
    },
  };
}

/** Throws an error with code ENOENT or EACCES when there is no such program, or it is none. */
export function runCommand(place: RunPlace, argv: readonly string[], options: CommandOptions): RunningCommand {
  if (options.terminal) return inTerminal(place, argv, options);
  const stdio = [options.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'] as const;
  const child = spawnInNamespace(place.sandbox.namespace, argv, { ...programOptions(place), stdio });
  // A program that does not read its input may close the pipe; that is not an error.
  child.stdin?.on('error', () => child.stdin?.destroy());
  return {
    stdin: child.stdin,
    stdout: child.stdout as Socket,
    stderr: child.stderr,
    resize: () => undefined,
    wait: () => child.wait(),
    end() {
      hangUp(child);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
    },
  };
}
