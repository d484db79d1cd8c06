// runner.ts - pods that run a real command instead of the default application: starts it, and restarts it when it ends.
import type { Socket } from 'node:net';
import { after } from '../../model/timer.js';
import type { FileView } from '../host/files.js';
import { type Spawned, spawnInNamespace } from '../host/process.js';
import type { Sandbox } from '../host/sandbox.js';
import { Backoff } from './backoff.js';
import type { PodLog } from './log.js';

interface RunListener {
  /** The command has been started, once more. */
  readonly started: () => void;
  /** It is not running, and is started again after this time. */
  readonly waits: (code: number, waitMs: number, problem: string) => void;
  /** The command has ended with this exit code; true = for good. */
  readonly ended: (code: number) => boolean;
}

/** What a shell says of a program that cannot be run. */
const CANNOT_RUN = 127;
/** A command that does not end after SIGTERM gets SIGKILL. */
const KILL_AFTER_MS = 1000;
/** A program that prints without end is heard at this pace, so that it takes no time from others. */
const BREATH_MS = 5;

export interface RunningProgram {
  /** Ends it: SIGTERM, and SIGKILL if it does not listen. It starts again. */
  kill(): void;
  /** Ends it for good: SIGTERM, and SIGKILL after so many milliseconds. Resolves when it has ended. */
  stop(graceMs?: number): Promise<void>;
}

/** Where the command runs, what it finds in its environment, and where what it prints goes. */
export interface RunPlace {
  readonly sandbox: Sandbox;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: that of this machine. */
  readonly hostname?: string;
  /** What it sees of files. Default: what this process sees. */
  readonly view?: FileView;
  readonly log: PodLog;
}

/** Of a place, what every program there is started with. */
export const programOptions = ({ env, hostname, view }: RunPlace) => ({
  env,
  ...(hostname === undefined ? {} : { hostname }),
  ...(view === undefined ? {} : { view }),
});

export class Runner {
  readonly #clock: () => Date;

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  /** Runs `command` by a shell in the sandbox, again and again, until it is stopped. */
  run(place: RunPlace, command: string, { started, waits, ended }: RunListener): RunningProgram {
    const { sandbox, log } = place;
    let child: Spawned | null = null;
    let timer: NodeJS.Timeout | null = null;
    let stopped = false;
    let again = false;
    const backoff = new Backoff();
    const wait = (code: number, ranMs: number, problem: string): void => {
      if (stopped) return;
      const waitMs = backoff.next(ranMs);
      waits(code, waitMs, problem);
      timer = setTimeout(start, waitMs);
    };
    const start = (): void => {
      const since = performance.now();
      // The first start is told by whoever asked for it.
      if (again) started();
      again = true;
      try {
        const argv = ['/bin/sh', '-c', `exec ${command}`];
        const options = { ...programOptions(place), stdio: ['ignore', 'pipe', 'pipe'] as const };
        child = spawnInNamespace(sandbox.namespace, argv, options);
        for (const stream of [child.stdout, child.stderr]) if (stream) this.#keep(stream, log);
      } catch (error) {
        wait(CANNOT_RUN, 0, `cannot run "${command}": ${(error as Error).message}`);
        return;
      }
      void child.wait().then((code) => {
        if (stopped || ended(code)) return;
        wait(code, performance.now() - since, `"${command}" ended with exit code ${code}`);
      });
    };
    start();
    const kill = async (graceMs = KILL_AFTER_MS): Promise<void> => {
      const last = child;
      if (!last?.kill('SIGTERM')) return;
      const stop = after(graceMs, () => last.kill('SIGKILL'));
      await last.wait();
      stop();
    };
    const stop = (graceMs?: number): Promise<void> => {
      stopped = true;
      if (timer) clearTimeout(timer);
      return kill(graceMs);
    };
    return { kill: () => void kill(), stop };
  }

  #keep(stream: Socket, log: PodLog): void {
    stream.on('error', () => stream.destroy());
    stream.on('data', (bytes) => {
      log.append(this.#clock().getTime(), bytes);
      stream.pause();
      after(BREATH_MS, () => stream.resume(), { unref: true });
    });
  }
}
